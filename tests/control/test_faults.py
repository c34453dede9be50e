"""Faults of calls: armed, listed, counted, drawn from the seed, and disarmed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from beanpole.model import errors
from beanpole.testing import ACCOUNT
from control.arming import DENIED, FAULTS, arm, armed_faults, outcome


def test_a_call_is_refused_as_ordered(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, where={"operation": "CreateApplication"})
    with pytest.raises(ClientError) as caught:
        beanstalk.client.create_application(ApplicationName="shop")
    assert caught.value.response["Error"] == {"Type": "Sender", "Code": "AccessDenied", "Message": DENIED["message"]}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert beanstalk.client.describe_applications()["Applications"] == []


@pytest.mark.parametrize("error", errors.ORDERED_ONLY, ids=lambda error: error.code)
def test_an_error_that_the_stand_in_never_raises_can_be_ordered_by_its_code(fresh_world: Any, error: Any) -> None:
    world = fresh_world()
    arm(world, what="refuse", code=error.code)
    passes = error is errors.PassRoleNotPermitted
    with pytest.raises(ClientError) as caught:
        world.client.create_environment(ApplicationName="shop") if passes else world.client.describe_events()
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (error.code, error.status)
    slots = {"principal": f"arn:aws:iam::{ACCOUNT}:user/beanpole", "operation": "DescribeEvents"}
    assert response["Error"]["Message"] == error(**slots, arn="*", action="s3:CreateBucket").message


def test_a_fault_fires_as_often_as_its_times_allow(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, times=2)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(4)] == ["AccessDenied"] * 2 + ["ok"] * 2
    assert [(fault["id"], fault["fired"], fault["times"]) for fault in armed_faults(beanstalk)] == [("fault-1", 2, 2)]


def test_a_fault_fits_the_environment_that_the_call_names(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, where={"environment": "web-1"})
    client = beanstalk.client
    assert outcome(client.describe_environment_resources, EnvironmentName="web-1") == "AccessDenied"
    assert outcome(client.describe_environment_resources, EnvironmentName="web-2") == "InvalidParameterValue"


def test_calls_are_throttled_by_the_clock_of_the_account(beanstalk: Any) -> None:
    arm(beanstalk, what="throttle", rate=0.5, burst=2)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(3)] == ["ok", "ok", "Throttling"]
    beanstalk.advance(2)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(2)] == ["ok", "Throttling"]
    beanstalk.advance(3600)
    assert [outcome(beanstalk.client.describe_applications) for _ in range(3)] == ["ok", "ok", "Throttling"]


def test_a_fault_ends_at_its_until(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, until="2026-01-01T00:01:00Z")
    assert outcome(beanstalk.client.describe_applications) == "AccessDenied"
    beanstalk.advance(60)
    assert outcome(beanstalk.client.describe_applications) == "ok"


def test_chance_comes_from_the_seed(fresh_world: Any) -> None:
    def outcomes() -> list[str]:
        world = fresh_world()
        arm(world, **DENIED, probability=0.5)
        return [outcome(world.client.describe_applications) for _ in range(20)]

    series = outcomes()
    assert set(series) == {"ok", "AccessDenied"}
    assert outcomes() == series


def test_a_delay_takes_real_time(fresh_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("beanpole.api.call_faults.sleep", slept.append)
    world = fresh_world()
    arm(world, what="delay", seconds=1.5, times=1)
    assert [outcome(world.client.describe_applications) for _ in range(2)] == ["ok", "ok"]
    assert slept == [1.5]


def test_a_fault_is_disarmed_by_its_id_or_with_all_others(beanstalk: Any) -> None:
    http = beanstalk.app.test_client()
    for _ in range(3):
        arm(beanstalk, **DENIED)
    assert http.delete(f"{FAULTS}?account={ACCOUNT}&id=fault-2").get_json() == {"disarmed": ["fault-2"]}
    assert arm(beanstalk, **DENIED)["id"] == "fault-4"
    assert http.delete(f"{FAULTS}?account={ACCOUNT}").get_json() == {"disarmed": ["fault-1", "fault-3", "fault-4"]}
    assert outcome(beanstalk.client.describe_applications) == "ok"


def test_a_reset_forgets_a_fault_and_a_state_keeps_it(beanstalk: Any) -> None:
    http, state = beanstalk.app.test_client(), f"/_beanpole/state?account={ACCOUNT}"
    arm(beanstalk, **DENIED)
    exported = http.get(state).get_json()
    http.post(f"/_beanpole/reset?account={ACCOUNT}")
    assert (armed_faults(beanstalk), outcome(beanstalk.client.describe_applications)) == ([], "ok")
    assert http.put(state, json=exported).status_code == 200
    assert outcome(beanstalk.client.describe_applications) == "AccessDenied"


def test_a_fault_hits_no_other_account_or_region(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED)
    assert outcome(beanstalk.clients(region="eu-west-1").describe_applications) == "ok"
    assert outcome(beanstalk.clients(account="210987654321").describe_applications) == "ok"


@pytest.mark.parametrize(("call", "hits"), [("refuse", 3), ("throttle", 2), ("delay", 3)])
def test_each_fault_shows_the_count_of_its_hits(beanstalk: Any, call: str, hits: int) -> None:
    own = {"refuse": {"code": "Throttling"}, "throttle": {"rate": 0, "burst": 1}, "delay": {"seconds": 0}}[call]
    arm(beanstalk, what=call, where={"operation": "DescribeEvents"}, **own)
    arm(beanstalk, what=call, where={"operation": "SwapEnvironmentCNAMEs"}, **own)
    for _ in range(3):
        outcome(beanstalk.client.describe_events)
    beanstalk.client.describe_applications()
    assert [fault["fired"] for fault in armed_faults(beanstalk)] == [hits, 0]
    state, http = f"/_beanpole/state?account={ACCOUNT}", beanstalk.app.test_client()
    assert http.put(state, json=http.get(state).get_json()).status_code == 200
    assert [fault["fired"] for fault in armed_faults(beanstalk)] == [hits, 0]
    http.delete(f"{FAULTS}?account={ACCOUNT}")
    assert arm(beanstalk, what=call, **own)["fired"] == 0
    assert [fault["fired"] for fault in armed_faults(beanstalk)] == [0]


@pytest.mark.parametrize("times", [{}, {"times": 9}])
def test_the_count_shows_every_hit_on_a_plan(beanstalk: Any, times: dict[str, int]) -> None:
    arm(beanstalk, what="launch-refused", **times)
    create(beanstalk)
    assert [fault["fired"] for fault in armed_faults(beanstalk)] == [times.get("times", 18)]


def create(world: Any) -> None:
    world.client.create_application(ApplicationName="shop")
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
    )
    world.until_ready("shop-web")


def test_a_restoration_is_hit_by_faults_of_the_call_that_requests_it(beanstalk: Any) -> None:
    create(beanstalk)
    environment_id = beanstalk.client.describe_environments()["Environments"][0]["EnvironmentId"]
    beanstalk.client.terminate_environment(EnvironmentName="shop-web")
    beanstalk.until("shop-web", "Terminated")
    arm(beanstalk, what="no-instance-profile", where={"operation": "RebuildEnvironment"})
    beanstalk.client.rebuild_environment(EnvironmentId=environment_id)
    beanstalk.advance(60)
    assert [fault["fired"] for fault in armed_faults(beanstalk)] == [1]


def test_a_call_that_names_several_environments_names_each(beanstalk: Any) -> None:
    arm(beanstalk, **DENIED, where={"environment": "shop-web", "operation": "DescribeEnvironments"})
    describe = beanstalk.client.describe_environments
    assert outcome(describe, EnvironmentNames=["shop-job", "shop-web"]) == "AccessDenied"
    assert outcome(describe, EnvironmentNames=["shop-job"]) == "ok"
