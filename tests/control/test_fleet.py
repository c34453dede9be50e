"""The fleet, the plan and where it stands."""

import re

from control.asking import Caller

FLEET = "/_beanpole/environments/shop-web/fleet"


def test_a_plan_that_nobody_has_made_has_no_steps(manual: Caller) -> None:
    manual.launch()
    assert manual.told("GET", FLEET) == {
        "instances": [],
        "plan": {
            "steps": [],
            "step": 0,
            "waits_for": "a worker",
            "waits_until": "2026-01-01T00:00:00.000Z",
            "undoes": False,
            "aborting": False,
        },
    }


def test_a_launch_is_seen_to_stand_somewhere_in_its_plan(manual: Caller) -> None:
    manual.launch()
    manual.told("POST", "/_beanpole/clock/advance", {"seconds": 60})
    plan = manual.told("GET", FLEET)["plan"]
    assert 0 < plan["step"] < len(plan["steps"])
    states = [it["state"] for it in plan["steps"]]
    assert states == ["done"] * plan["step"] + ["current"] + ["to come"] * (len(states) - plan["step"] - 1)
    assert plan["waits_for"] == "the auto scaling group to be created"
    assert plan["steps"][plan["step"]]["step"]["does"] == "provision"
    assert plan["waits_until"] > "2026-01-01T00:01:00.000Z"


def test_a_fleet_that_is_at_rest_has_no_plan(manual: Caller) -> None:
    manual.launch()
    manual.told("POST", "/_beanpole/clock/advance", {"seconds": 3600})
    fleet = manual.told("GET", FLEET)
    assert fleet["plan"] is None
    assert [it["state"] for it in fleet["instances"]] == ["running"] * len(fleet["instances"]) != []
    assert all(it["in_service"] and it["deployment_id"] == 1 for it in fleet["instances"])


def test_an_environment_is_looked_for_in_its_region(manual: Caller) -> None:
    manual.launch()
    assert "eu-west-1" in manual.told("GET", FLEET, status=404, query_string={"region": "eu-west-1"})["detail"]


def test_a_termination_and_a_tagging_say_what_they_wait_for(manual: Caller) -> None:
    manual.launch()
    manual.told("POST", "/_beanpole/clock/advance", {"seconds": 3600})
    arn = re.search(r"<EnvironmentArn>(.*)</EnvironmentArn>", manual.call("DescribeEnvironments"))[1]
    tag = {"TagsToAdd.member.1.Key": "team", "TagsToAdd.member.1.Value": "blue"}
    manual.call("UpdateTagsForResource", ResourceArn=arn, **tag)
    assert "tags to be put on all that there is" in _waits(manual)
    manual.told("POST", "/_beanpole/clock/advance", {"seconds": 300})
    manual.call("TerminateEnvironment", EnvironmentName="shop-web")
    assert any(it.endswith(" to shut down") for it in _waits(manual))


def _waits(manual: Caller) -> set[str]:
    """What a plan waits for, in each of thirty seconds."""
    said = set()
    for _ in range(30):
        plan = manual.told("GET", FLEET)["plan"]
        said |= {plan["waits_for"]} if plan else set()
        manual.told("POST", "/_beanpole/clock/advance", {"seconds": 1})
    assert "nothing" not in said
    return said
