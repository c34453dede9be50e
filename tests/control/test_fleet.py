"""The route of fleets: the instances, the plan and its current step."""

import re

from control.calling import Caller

FLEET = "/_beanpole/environments/shop-web/fleet"


def test_a_plan_has_no_steps_before_a_worker_makes_it(manual: Caller) -> None:
    manual.launch()
    assert manual.request("GET", FLEET) == {
        "instances": [],
        "shares": [{"percent": 100, "versions": {}}],
        "plan": {
            "steps": [],
            "step": 0,
            "waits_for": "a worker",
            "waits_until": "2026-01-01T00:00:00.000Z",
            "undoes": False,
            "aborting": False,
        },
    }


def test_a_launch_shows_the_current_step_of_its_plan(manual: Caller) -> None:
    manual.launch()
    manual.request("POST", "/_beanpole/clock/advance", {"seconds": 60})
    plan = manual.request("GET", FLEET)["plan"]
    assert 0 < plan["step"] < len(plan["steps"])
    states = [step["state"] for step in plan["steps"]]
    assert states == ["done"] * plan["step"] + ["current"] + ["to come"] * (len(states) - plan["step"] - 1)
    assert plan["waits_for"] == "the auto scaling group to be created"
    assert plan["steps"][plan["step"]]["step"]["does"] == "provision"
    assert plan["waits_until"] > "2026-01-01T00:01:00.000Z"


def test_an_idle_environment_has_no_plan(manual: Caller) -> None:
    manual.launch()
    manual.request("POST", "/_beanpole/clock/advance", {"seconds": 3600})
    fleet = manual.request("GET", FLEET)
    assert fleet["plan"] is None
    assert [instance["state"] for instance in fleet["instances"]] == ["running"] * len(fleet["instances"]) != []
    assert all(instance["in_service"] and instance["deployment_id"] == 1 for instance in fleet["instances"])


def test_an_environment_is_found_in_its_region_only(manual: Caller) -> None:
    manual.launch()
    assert "eu-west-1" in manual.request("GET", FLEET, status=404, query_string={"region": "eu-west-1"})["detail"]


def test_a_termination_and_a_change_of_tags_say_what_they_wait_for(manual: Caller) -> None:
    manual.launch()
    manual.request("POST", "/_beanpole/clock/advance", {"seconds": 3600})
    arn = re.search(r"<EnvironmentArn>(.*)</EnvironmentArn>", manual.call("DescribeEnvironments"))[1]
    tag = {"TagsToAdd.member.1.Key": "team", "TagsToAdd.member.1.Value": "blue"}
    manual.call("UpdateTagsForResource", ResourceArn=arn, **tag)
    assert "tags to be put on all that there is" in _waits(manual)
    manual.request("POST", "/_beanpole/clock/advance", {"seconds": 300})
    manual.call("TerminateEnvironment", EnvironmentName="shop-web")
    assert any(wait.endswith(" to shut down") for wait in _waits(manual))


def _waits(manual: Caller) -> set[str]:
    """What the plan waits for, in each of thirty seconds."""
    reasons = set()
    for _ in range(30):
        plan = manual.request("GET", FLEET)["plan"]
        reasons |= {plan["waits_for"]} if plan else set()
        manual.request("POST", "/_beanpole/clock/advance", {"seconds": 1})
    assert "nothing" not in reasons
    return reasons


def test_shares_tell_which_versions_get_requests(manual: Caller) -> None:
    manual.launch()
    manual.request("POST", "/_beanpole/clock/advance", {"seconds": 3600})
    assert manual.request("GET", FLEET)["shares"] == [{"percent": 100, "versions": {"": 1}}]
