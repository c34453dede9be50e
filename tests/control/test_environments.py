"""A line for each environment: all of them, or those that have changed; the accounts; what is due next."""

from typing import Any

import pytest

from control.calling import ACCOUNT, Caller, rest

ROUTE = "/_beanpole/environments"


def lines(caller: Caller, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = caller.request("GET", f"{ROUTE}{query}")
    return answer


def test_a_line_tells_what_a_table_needs(manual: Caller) -> None:
    manual.launch()
    rest(manual, 3600)
    (line,) = lines(manual)["environments"]
    assert (line["name"], line["status"], line["health"], line["health_status"]) == ("shop-web", "Ready", "Green", "Ok")
    assert (line["instances"], line["in_service"]) == (1, 1)
    assert line["cname"].startswith("shop-web.")
    events = manual.call("DescribeEvents", EnvironmentName="shop-web", MaxRecords="1")
    assert line["last_event"] in events


def test_only_what_has_changed_is_listed_after_a_generation(manual: Caller) -> None:
    manual.launch()
    rest(manual, 3600)
    before = lines(manual)
    assert lines(manual, f"?after={before['generation']}")["environments"] == []
    manual.launch("shop-jobs", "jobs")
    after = lines(manual, f"?after={before['generation']}")
    assert [line["name"] for line in after["environments"]] == ["shop-jobs"]
    assert after["total"] == 2


def test_the_last_event_is_not_that_of_another_environment_of_the_name(manual: Caller) -> None:
    manual.launch()
    rest(manual, 3600)
    manual.call("TerminateEnvironment", EnvironmentName="shop-web")
    rest(manual, 3600)
    named = {"ApplicationName": "shop", "EnvironmentName": "shop-web"}
    manual.call("CreateEnvironment", SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14", **named)
    new, old = lines(manual)["environments"]
    assert (new["status"], old["status"]) == ("Launching", "Terminated")
    assert old["last_event"] is None
    assert new["last_event"] is not None


@pytest.mark.parametrize("after", ["-1", "1.5", "²", "1" * 17, ""])
def test_an_odd_generation_is_refused(manual: Caller, after: str) -> None:
    assert "generation" in manual.request("GET", f"{ROUTE}?after={after}", status=400)["detail"]


def test_accounts_are_listed_with_their_regions(manual: Caller) -> None:
    assert manual.request("GET", "/_beanpole/accounts") == {"accounts": []}
    manual.launch()
    assert manual.request("GET", "/_beanpole/accounts")["accounts"] == [{"account": ACCOUNT, "regions": ["us-east-1"]}]


@pytest.mark.parametrize("mode", ["manual", "wall"])
def test_what_is_due_next_is_told_with_its_reason(manual: Caller, wall: Caller, mode: str) -> None:
    caller = manual if mode == "manual" else wall
    assert caller.request("GET", "/_beanpole/due") == {"due": []}
    caller.launch()
    now = caller.request("GET", "/_beanpole/clock")["now"]
    (due,) = caller.request("GET", "/_beanpole/due")["due"]
    assert (due["name"], due["kind"], due["what"]) == ("shop-web", "environment", "step of its plan")
    assert due["at"] <= now


def test_the_clock_can_be_moved_to_what_is_due(manual: Caller) -> None:
    manual.launch()
    rest(manual, 1)
    (due,) = manual.request("GET", "/_beanpole/due")["due"]
    manual.request("POST", "/_beanpole/clock/advance", {"to": due["at"]})
    (later,) = manual.request("GET", "/_beanpole/due")["due"]
    assert later["at"] > due["at"]
