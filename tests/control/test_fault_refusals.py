"""A fault that could never fire is refused with the reason; one whose target does not exist yet is armed."""

from typing import Any

import pytest

from beanpole.model.environment.resources import WORDS as KINDS
from beanpole.model.plan.fault_targets import WORDS
from beanpole.model.plan.recent import LOOKUPS
from beanpole.wire import spec
from control.arming import arm, armed_faults, post


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        ({}, "what"),
        ({"what": "explode"}, "what"),
        ({"what": "refuse"}, "code"),
        ({"what": "refuse", "code": "A B"}, "code"),
        ({"what": "throttle", "rate": 1}, "burst"),
        ({"what": "command-fails", "health": "Warning"}, "health"),
        ({"what": "health-check-never-passes", "health": "Ok"}, "health"),
        ({"what": "delay", "seconds": 61}, "seconds"),
        ({"what": "delay", "seconds": 1, "code": "X"}, "code"),
        ({"what": "command-fails", "times": 0}, "times"),
        ({"what": "command-fails", "probability": 0}, "probability"),
        ({"what": "command-fails", "until": "tomorrow"}, "until"),
        ({"what": "command-fails", "until": "2025-12-31T23:59:59Z"}, "until"),
        ({"what": "command-fails", "until": "2026-01-01T00:00:00Z"}, "until"),
        ({"what": "command-fails", "whence": {}}, "whence"),
        ({"what": "command-fails", "lasts": 60}, "lasts"),
        ({"what": "no-data", "seconds": 60}, "seconds"),
        ({"what": "no-data", "share": 0.5}, "share"),
        ({"what": "client-errors", "share": 1.5}, "share"),
        ({"what": "high-cpu", "percent": 101}, "percent"),
        ({"what": "high-cpu", "percent": 60, "io_wait": 61}, "io_wait"),
        ({"what": "stopped-services", "services": []}, "services"),
        ({"what": "stopped-services", "services": "proxy"}, "services"),
        ({"what": "dead-letters", "messages": 0}, "messages"),
    ],
)
def test_a_body_that_is_no_fault_is_refused(fresh_world: Any, fault: dict[str, Any], place: str) -> None:
    world = fresh_world()
    answer = post(world, fault)
    assert answer.status_code == 400
    assert place in answer.get_json()["errors"]
    assert armed_faults(world) == []


COMMAND = "command-fails"
WAIT = "health-check-never-passes"
STEPS = f"; steps are {', '.join(WORDS)}."
BEGUN = "CreateEnvironment, UpdateEnvironment, ApplyEnvironmentManagedAction, RebuildEnvironment, RestartAppServer"
NO_ID = "Neither an index from 0, nor an id such as i-0123456789abcdef0, nor any, first-new or leader."
NO_NAME = "Neither the name of an environment nor its id."


@pytest.mark.parametrize(
    ("what", "where", "reason"),
    [
        (COMMAND, {"step": "dance"}, f"No plan has such a step{STEPS}"),
        (COMMAND, {"step": "await-health"}, "command-fails hits no such step; it hits deploy."),
        (WAIT, {"step": "provision"}, f"{WAIT} hits no such step; it hits await-health, deploy."),
        (
            "resource-fails",
            {"step": "deploy"},
            "resource-fails hits no such step; it hits delete-stack, deprovision, provision, update-stack.",
        ),
        (
            "resource-fails",
            {"operation": "TerminateEnvironment"},
            f"resource-fails {{}} {BEGUN.removesuffix(', RestartAppServer')}.",
        ),
        ("no-instance-profile", {"step": "announce"}, "no-instance-profile does not look at it."),
        ("refuse", {"step": "deploy"}, "refuse does not look at it."),
        ("delay", {"instance": 0}, "delay does not look at it."),
        ("launch-refused", {"instance": 0}, "launch-refused does not look at it."),
        (COMMAND, {"resource": "target-group"}, "command-fails does not look at it."),
        ("no-data", {"operation": "UpdateEnvironment"}, "no-data does not look at it."),
        ("messages-waiting", {"instance": 0}, "messages-waiting does not look at it."),
        (COMMAND, {"instance": -1}, NO_ID),
        (COMMAND, {"instance": 1.5}, NO_ID),
        (COMMAND, {"instance": True}, NO_ID),
        (COMMAND, {"instance": "1"}, NO_ID),
        (COMMAND, {"instance": "i-12345678"}, NO_ID),
        (COMMAND, {"instance": "i-0123456789ABCDEF0"}, NO_ID),
        (COMMAND, {"environment": "web"}, NO_NAME),
        (COMMAND, {"environment": "-web-"}, NO_NAME),
        (COMMAND, {"environment": "e-abcdefghij!"}, NO_NAME),
        (COMMAND, {"version_label": ""}, "Length must be between 1 and 100."),
        (COMMAND, {"version_label": "v" * 101}, "Length must be between 1 and 100."),
        (COMMAND, {"application": "shop"}, "Unknown field."),
        (COMMAND, {"operation": "LaunchRocket"}, f"Must be one of: {', '.join(sorted(spec.load().operations))}."),
        (COMMAND, {"operation": "DescribeEvents"}, f"{COMMAND} {{}} {BEGUN}."),
        (COMMAND, {"operation": "ComposeEnvironments"}, f"{COMMAND} {{}} {BEGUN}."),
        (
            WAIT,
            {"step": "await-health", "operation": "CreateEnvironment"},
            f"{WAIT} {{}} {BEGUN[19:].replace('RebuildEnvironment, ', '')}.",
        ),
        (
            "no-instance-profile",
            {"operation": "UpdateEnvironment"},
            "no-instance-profile {} CreateEnvironment, RebuildEnvironment.",
        ),
        ("service-role-required", {"step": "announce"}, "service-role-required does not look at it."),
        ("no-data", {"instance": "leader"}, "no-data knows an instance by its index or its id alone."),
        (
            "not-found-yet",
            {"operation": "CreateApplication"},
            f"not-found-yet hits no such call; it hits {', '.join(LOOKUPS)}.",
        ),
        ("resource-fails", {"resource": "cake"}, f"Must be one of: {', '.join(KINDS)}."),
        (
            "delay",
            {"operation": "CreateApplication", "environment": "shop-web"},
            "CreateApplication names no environment.",
        ),
        ("delay", {"operation": "RestartAppServer", "version_label": "v1"}, "RestartAppServer names no version."),
    ],
)
def test_a_fault_that_could_never_fire_is_refused_with_the_reason(
    fresh_world: Any, what: str, where: dict[str, Any], reason: str
) -> None:
    more = {"refuse": {"code": "X"}, "delay": {"seconds": 0}, "not-found-yet": {"within": 5}}.get(what, {})
    problem = refusal(fresh_world(), {"what": what, "where": where, **more})
    (reasons,) = problem["errors"]["where"].values()
    assert reasons == [reason.format("hits no plan of it; it hits the plans of")]


def refusal(world: Any, fault: dict[str, Any]) -> dict[str, Any]:
    answer = post(world, fault)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert armed_faults(world) == []
    problem: dict[str, Any] = answer.get_json()
    assert problem["detail"] == "The body is not what this route takes."
    return problem


def test_a_target_that_does_not_exist_yet_may_come(fresh_world: Any) -> None:
    where = {"environment": "shop-web", "version_label": "v9", "instance": f"i-{0:017x}", "step": "deploy"}
    assert arm(fresh_world(), what=COMMAND, where=where)["where"] == where
