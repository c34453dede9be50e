"""The environments that answer a CNAME: after a swap both, until the last resolver has forgotten the old address."""

import pytest

from control.calling import Caller, rest

TTL = 60


@pytest.fixture
def pair(manual: Caller) -> Caller:
    """`blue` and `green`, both serving."""
    manual.launch("blue")
    manual.call("CreateApplicationVersion", ApplicationName="shop", VersionLabel="v2")
    manual.call(
        "CreateEnvironment",
        ApplicationName="shop",
        EnvironmentName="green",
        CNAMEPrefix="green",
        VersionLabel="v2",
        SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
    )
    rest(manual, 3600)
    return manual


def answers(caller: Caller, cname: str) -> list[tuple[str, dict[str, int], bool]]:
    rows = caller.request("GET", f"/_beanpole/cnames/{cname}")["answers"]
    return [(answerer["environment_name"], answerer["versions"], answerer["until"] is None) for answerer in rows]


def swap(caller: Caller, source: str, destination: str) -> None:
    named = {"SourceEnvironmentName": source, "DestinationEnvironmentName": destination}
    caller.call("SwapEnvironmentCNAMEs", **named)


BLUE, GREEN = {"": 1}, {"v2": 1}


def test_the_holder_of_a_cname_answers(pair):
    whole = pair.request("GET", "/_beanpole/cnames/blue")["cname"]
    assert whole == "blue.us-east-1.elasticbeanstalk.com"
    assert answers(pair, whole) == answers(pair, "BLUE") == [("blue", BLUE, True)]
    assert answers(pair, "green") == [("green", GREEN, True)]


def test_after_a_swap_both_answer_until_the_old_address_is_forgotten(pair):
    swap(pair, "blue", "green")
    before = pair.request("GET", "/_beanpole/clock")["now"]
    assert answers(pair, "blue") == [("green", GREEN, True), ("blue", BLUE, False)]
    assert answers(pair, "green") == [("blue", BLUE, True), ("green", GREEN, False)]
    until = pair.request("GET", "/_beanpole/cnames/blue")["answers"][1]["until"]
    rest(pair, TTL - 0.001)
    assert len(answers(pair, "blue")) == 2
    rest(pair, 0.001)
    assert answers(pair, "blue") == [("green", GREEN, True)]
    assert pair.request("GET", "/_beanpole/clock")["now"] == until > before


def test_a_cname_that_is_swapped_back_within_that_time_is_answered_by_both(pair):
    swap(pair, "blue", "green")
    rest(pair, 30)
    swap(pair, "blue", "green")
    assert answers(pair, "blue") == [("blue", BLUE, True), ("green", GREEN, False)]
    rest(pair, 30)
    assert answers(pair, "green") == [("green", GREEN, True), ("blue", BLUE, False)]
    rest(pair, 30)
    assert answers(pair, "green") == [("green", GREEN, True)]


def test_a_terminated_environment_answers_no_cname(pair):
    swap(pair, "blue", "green")
    rest(pair, 10)
    pair.call("TerminateEnvironment", EnvironmentName="blue")
    rest(pair, 40)
    names = [name for name, _, _ in answers(pair, "blue")]
    assert names[0] == "green"
    rest(pair, 3600)
    assert "green" in pair.request("GET", "/_beanpole/cnames/green", status=404)["detail"]


def test_a_swap_survives_its_export(pair):
    swap(pair, "blue", "green")
    before = answers(pair, "blue")
    pair.request("PUT", "/_beanpole/state", pair.request("GET", "/_beanpole/state"))
    assert answers(pair, "blue") == before


def test_a_holder_is_named_once_though_it_gave_the_name_away_before(pair):
    swap(pair, "blue", "green")
    rest(pair, 10)
    swap(pair, "green", "blue")
    assert answers(pair, "blue") == [("blue", BLUE, True), ("green", GREEN, False)]
