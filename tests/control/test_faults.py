"""Faults that strike calls: armed by hand or by a file, counted, drawn from the seed, and gone when they should be."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from beanpole import fault_routes
from beanpole.bodies import Wrong
from beanpole.model import errors
from beanpole.testing import ACCOUNT

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
    monkeypatch.setattr("beanpole.strikes.sleep", slept.append)
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
        ({"what": "command-fails", "where": {"instance": -1}}, "where"),
        ({"what": "command-fails", "where": {"operation": "LaunchRocket"}}, "where"),
        ({"what": "resource-fails", "where": {"resource": "cake"}}, "where"),
        ({"what": "command-fails", "times": 0}, "times"),
        ({"what": "command-fails", "probability": 0}, "probability"),
        ({"what": "command-fails", "until": "tomorrow"}, "until"),
    ],
)
def test_what_is_no_fault_is_refused(fresh_world: Any, fault: dict[str, Any], place: str) -> None:
    world = fresh_world()
    answer = world.app.test_client().post(f"{FAULTS}?account={ACCOUNT}", json=fault)
    assert answer.status_code == 400
    assert place in answer.get_json()["errors"]
    assert listed(world) == []


def test_a_file_arms_what_it_holds(fresh_world: Any, tmp_path: Path) -> None:
    world, file = fresh_world(), tmp_path / "faults.yaml"
    file.write_text(
        f"- {{account: '{ACCOUNT}', what: refuse, code: Throttling, where: {{operation: DescribeEvents}}}}\n"
        "- {what: command-fails, times: 1, until: 2026-02-01T00:00:00Z}\n"
    )
    fault_routes.arm_file(world.store, file)
    assert [it["what"] for it in listed(world)] == ["refuse"]
    assert [it.until for it in world.store.world("000000000000", "us-east-1").faults()] == [1_769_904_000_000]
    assert outcome(world.client.describe_events) == "Throttling"


@pytest.mark.parametrize(
    "text", ["what: refuse", "- refuse", "- {what: explode}", "- {account: 12, what: command-fails}"]
)
def test_a_file_that_holds_none_arms_none(fresh_world: Any, tmp_path: Path, text: str) -> None:
    world, file = fresh_world(), tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises((ValueError, Wrong)):
        fault_routes.arm_file(world.store, file)
    assert listed(world) == []
