"""Faults that strike calls: armed by hand or by a file, counted, drawn from the seed, and gone when they should be."""

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from beanpole.command.cli import main
from beanpole.control import faults
from beanpole.model import errors
from beanpole.model.environment.resources import WORDS as KINDS
from beanpole.model.faults.table import FAULTS as ROWS
from beanpole.model.faults.table import of_kind
from beanpole.model.plan.fault_targets import WORDS
from beanpole.testing import ACCOUNT
from beanpole.wire import spec
from control.asking import document, must_fit

FAULTS = "/_beanpole/faults"
DENIED = {
    "what": "refuse",
    "code": "AccessDenied",
    "message": "User: bob is not authorized to perform: elasticbeanstalk:X on resource: *",
    "status": 403,
}


def arm(world: Any, **fault: Any) -> dict[str, Any]:
    answer = world.app.test_client().post(f"{FAULTS}?account={ACCOUNT}", json=fault)
    assert answer.status_code == 201, answer.data
    told: dict[str, Any] = answer.get_json()
    return told


def listed(world: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = world.app.test_client().get(f"{FAULTS}?account={ACCOUNT}").get_json()["faults"]
    return told


def outcome(call: Any, **asked: Any) -> str:
    """`ok`, or the code that it is refused with."""
    try:
        call(**asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def test_a_call_is_refused_as_ordered(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, where={"operation": "CreateApplication"})
    with pytest.raises(ClientError) as caught:
        beanstalk.client.create_application(ApplicationName="shop")
    assert caught.value.response["Error"] == {"Type": "Sender", "Code": "AccessDenied", "Message": DENIED["message"]}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert beanstalk.client.describe_applications()["Applications"] == []


@pytest.mark.parametrize("error", errors.ORDERED_ONLY, ids=lambda it: it.code)
def test_what_a_stand_in_has_no_reason_for_can_be_ordered_by_its_code(fresh_world: Any, error: Any) -> None:
    world = fresh_world()
    arm(world, what="refuse", code=error.code)
    passes = error is errors.PassRoleNotPermitted
    with pytest.raises(ClientError) as caught:
        world.client.create_environment(ApplicationName="shop") if passes else world.client.describe_events()
    told = caught.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (error.code, error.status)
    slots = {"principal": f"arn:aws:iam::{ACCOUNT}:user/beanpole", "operation": "DescribeEvents"}
    assert told["Error"]["Message"] == error(**slots, arn="*", action="s3:CreateBucket").message


def test_it_strikes_as_often_as_it_is_to(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, times=2)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(4)] == ["AccessDenied"] * 2 + ["ok"] * 2
    assert [(it["id"], it["fired"], it["times"]) for it in listed(beanstalk)] == [("fault-1", 2, 2)]


def test_it_fits_the_environment_that_the_call_names(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, where={"environment": "web-1"})
    client = beanstalk.client
    assert outcome(client.describe_environment_resources, EnvironmentName="web-1") == "AccessDenied"
    assert outcome(client.describe_environment_resources, EnvironmentName="web-2") == "InvalidParameterValue"


def test_calls_are_throttled_by_the_account_s_own_clock(beanstalk: Any) -> None:
    arm(beanstalk, what="throttle", rate=0.5, burst=2)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(3)] == ["ok", "ok", "Throttling"]
    beanstalk.advance(2)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(2)] == ["ok", "Throttling"]
    beanstalk.advance(3600)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(3)] == ["ok", "ok", "Throttling"]


def test_it_ends_when_it_is_to(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, until="2026-01-01T00:01:00Z")
    assert outcome(beanstalk.client.describe_applications) == "AccessDenied"
    beanstalk.advance(60)
    assert outcome(beanstalk.client.describe_applications) == "ok"


def test_chance_comes_from_the_seed(fresh_world: Any) -> None:
    def outcomes() -> list[str]:
        world = fresh_world()
        arm(world, **DENIED, probability=0.5)
        return [outcome(world.client.describe_applications) for _ in range(20)]

    drawn = outcomes()
    assert set(drawn) == {"ok", "AccessDenied"}
    assert outcomes() == drawn


def test_a_delay_takes_real_time(fresh_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("beanpole.api.call_faults.sleep", slept.append)
    world = fresh_world()
    arm(world, what="delay", seconds=1.5, times=1)
    assert [outcome(world.client.describe_applications) for _ in range(2)] == ["ok", "ok"]
    assert slept == [1.5]


def test_it_is_disarmed_by_its_id_or_with_all_others(beanstalk: Any) -> None:
    http = beanstalk.app.test_client()
    for _ in range(3):
        arm(beanstalk, **DENIED)
    assert http.delete(f"{FAULTS}?account={ACCOUNT}&id=fault-2").get_json() == {"disarmed": ["fault-2"]}
    assert arm(beanstalk, **DENIED)["id"] == "fault-4"
    assert http.delete(f"{FAULTS}?account={ACCOUNT}").get_json() == {"disarmed": ["fault-1", "fault-3", "fault-4"]}
    assert outcome(beanstalk.client.describe_applications) == "ok"


def test_a_reset_forgets_it_and_a_state_keeps_it(beanstalk: Any) -> None:
    http, state = beanstalk.app.test_client(), f"/_beanpole/state?account={ACCOUNT}"
    arm(beanstalk, **DENIED)
    kept = http.get(state).get_json()
    http.post(f"/_beanpole/reset?account={ACCOUNT}")
    assert (listed(beanstalk), outcome(beanstalk.client.describe_applications)) == ([], "ok")
    assert http.put(state, json=kept).status_code == 200
    assert outcome(beanstalk.client.describe_applications) == "AccessDenied"


def test_other_accounts_and_regions_notice_nothing(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED)
    assert outcome(beanstalk.clients(region="eu-west-1").describe_applications) == "ok"
    assert outcome(beanstalk.clients(account="210987654321").describe_applications) == "ok"


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
def test_what_is_no_fault_is_refused(fresh_world: Any, fault: dict[str, Any], place: str) -> None:
    world = fresh_world()
    answer = world.app.test_client().post(f"{FAULTS}?account={ACCOUNT}", json=fault)
    assert answer.status_code == 400
    assert place in answer.get_json()["errors"]
    assert listed(world) == []


COMMAND = "command-fails"
WAIT = "health-check-never-passes"
STEPS = f"; steps are {', '.join(WORDS)}."
BEGUN = "CreateEnvironment, UpdateEnvironment, ApplyEnvironmentManagedAction, RebuildEnvironment, RestartAppServer"
NO_ID = "Neither an index from 0 nor an id such as i-0123456789abcdef0."
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
            "resource-fails hits no such step; it hits deprovision, provision.",
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
        ("resource-fails", {"resource": "cake"}, f"Must be one of: {', '.join(KINDS)}."),
        (
            "delay",
            {"operation": "CreateApplication", "environment": "shop-web"},
            "CreateApplication names no environment.",
        ),
        ("delay", {"operation": "RestartAppServer", "version_label": "v1"}, "RestartAppServer names no version."),
    ],
)
def test_one_that_could_never_strike_is_refused_with_the_reason(
    fresh_world: Any, what: str, where: dict[str, Any], reason: str
) -> None:
    more = {"refuse": {"code": "X"}, "delay": {"seconds": 0}}.get(what, {})
    told = refusal(fresh_world(), {"what": what, "where": where, **more})
    (reasons,) = told["errors"]["where"].values()
    assert reasons == [reason.format("hits no plan of it; it hits the plans of")]


def refusal(world: Any, fault: dict[str, Any]) -> dict[str, Any]:
    answer = world.app.test_client().post(f"{FAULTS}?account={ACCOUNT}", json=fault)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert listed(world) == []
    told: dict[str, Any] = answer.get_json()
    assert told["detail"] == "The body is not what this route takes."
    return told


def test_every_sort_is_in_the_document_and_every_ailment_can_last(fresh_world: Any) -> None:
    world, sorts = fresh_world(), document()["components"]["schemas"]["FaultToArm"]["properties"]["what"]["enum"]
    assert sorts == list(ROWS)
    armed = [arm(world, what=it, lasts=60, times=1, probability=0.5) for it in of_kind("symptom")]
    assert [it["what"] for it in armed] == [it["what"] for it in listed(world)] == list(of_kind("symptom"))
    for it in armed:
        must_fit({"$ref": "#/components/schemas/Fault"}, it)


def test_what_is_not_there_yet_may_come(fresh_world: Any) -> None:
    where = {"environment": "shop-web", "version_label": "v9", "instance": f"i-{0:017x}", "step": "deploy"}
    assert arm(fresh_world(), what=COMMAND, where=where)["where"] == where


@pytest.mark.parametrize(("call", "strikes"), [("refuse", 3), ("throttle", 2), ("delay", 3)])
def test_it_is_shown_how_often_each_struck(beanstalk: Any, call: str, strikes: int) -> None:
    own = {"refuse": {"code": "Throttling"}, "throttle": {"rate": 0, "burst": 1}, "delay": {"seconds": 0}}[call]
    arm(beanstalk, what=call, where={"operation": "DescribeEvents"}, **own)
    arm(beanstalk, what=call, where={"operation": "SwapEnvironmentCNAMEs"}, **own)
    for _ in range(3):
        outcome(beanstalk.client.describe_events)
    beanstalk.client.describe_applications()
    assert [it["fired"] for it in listed(beanstalk)] == [strikes, 0]
    state, http = f"/_beanpole/state?account={ACCOUNT}", beanstalk.app.test_client()
    assert http.put(state, json=http.get(state).get_json()).status_code == 200
    assert [it["fired"] for it in listed(beanstalk)] == [strikes, 0]
    http.delete(f"{FAULTS}?account={ACCOUNT}")
    assert arm(beanstalk, what=call, **own)["fired"] == 0
    assert [it["fired"] for it in listed(beanstalk)] == [0]


@pytest.mark.parametrize("times", [{}, {"times": 9}])
def test_a_plan_is_struck_as_often_as_is_shown(beanstalk: Any, times: dict[str, int]) -> None:
    arm(beanstalk, what="launch-refused", **times)
    create(beanstalk)
    assert [it["fired"] for it in listed(beanstalk)] == [times.get("times", 18)]


def create(world: Any) -> None:
    world.client.create_application(ApplicationName="shop")
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
    )
    world.until_ready("shop-web")


def test_a_restoration_is_struck_by_the_call_that_asks_for_it(beanstalk: Any) -> None:
    create(beanstalk)
    environment_id = beanstalk.client.describe_environments()["Environments"][0]["EnvironmentId"]
    beanstalk.client.terminate_environment(EnvironmentName="shop-web")
    beanstalk.until("shop-web", "Terminated")
    arm(beanstalk, what="no-instance-profile", where={"operation": "RebuildEnvironment"})
    beanstalk.client.rebuild_environment(EnvironmentId=environment_id)
    beanstalk.advance(60)
    assert [it["fired"] for it in listed(beanstalk)] == [1]


def test_a_call_that_names_several_environments_names_each(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, where={"environment": "shop-web", "operation": "DescribeEnvironments"})
    describe = beanstalk.client.describe_environments
    assert outcome(describe, EnvironmentNames=["shop-job", "shop-web"]) == "AccessDenied"
    assert outcome(describe, EnvironmentNames=["shop-job"]) == "ok"


def test_a_file_arms_what_it_holds(fresh_world: Any, tmp_path: Path) -> None:
    world, file = fresh_world(), tmp_path / "faults.yaml"
    file.write_text(
        f"- {{account: '{ACCOUNT}', what: refuse, code: Throttling, where: {{operation: DescribeEvents}}}}\n"
        "- {what: command-fails, times: 1, until: 2026-02-01T00:00:00Z}\n"
    )
    faults.arm_file(world.store, file)
    assert [it["what"] for it in listed(world)] == ["refuse"]
    assert [it.until for it in world.store.world("000000000000", "us-east-1").faults()] == [1_769_904_000_000]
    assert outcome(world.client.describe_events) == "Throttling"


GOOD = f"- {{what: command-fails, account: '{ACCOUNT}'}}\n"
BAD_FILES = {
    "what: refuse": "it is not a list of faults",
    "": "it is not a list of faults",
    "- {": "it is not YAML: ",
    "- refuse": "entry 1: it is no fault",
    GOOD + "- {what: explode}": "entry 2: what: Must be one of: refuse, ",
    GOOD + "- {account: 12, what: command-fails}": "entry 2: 12 in us-east-1 is no account in a region; quote an ",
    GOOD + "- {what: command-fails, where: {step: dance}}": "entry 2: where.step: No plan has such a step; steps are ",
    GOOD + "- {what: delay, 7: 8, where: {instance: -1}}": "entry 2: where.instance: Neither an index from 0 nor an id",
    GOOD + "- {what: high-cpu, percent: .nan}": "entry 2: percent: ",
    GOOD + "- {what: command-fails, until: 2025-01-01T00:00:00Z}": "entry 2: until: The clock shows 2026-01-01T00",
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_a_file_that_holds_none_arms_none_and_is_told_of_with_its_entry(
    fresh_world: Any, tmp_path: Path, text: str
) -> None:
    world, file = fresh_world(), tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(BAD_FILES[text])):
        faults.arm_file(world.store, file)
    assert listed(world) == []


@pytest.mark.parametrize("text", ["- {what: command-fails, where: {step: dance}}", "- {"])
def test_a_server_does_not_start_with_a_file_that_holds_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    ended = CliRunner().invoke(main, ["serve", "--faults", str(file), "--clock", "manual"])
    assert ended.exit_code == 2
    assert f"Error: {file}: " in ended.output
    assert ("entry 1: where.step: No plan has such a step" in ended.output) == ("dance" in text)
