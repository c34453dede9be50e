"""The activities of a group: also those of instances that are gone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from beanpole.model.environment.lanes import Sighting
from beanpole.store import codec
from beanpole.testing import Beanstalk
from environments import describe
from neighbours.callers import APPLICATION, SINGLE, instance_ids, launched, neighbour_of, refusal, resources

COMMAND = "aws:elasticbeanstalk:command"
LAUNCHED, TERMINATED = "Launching a new EC2 instance", "Terminating EC2 instance"
JOINS, LEAVES = (LAUNCHED, "Attaching an existing EC2 instance"), (TERMINATED, "Detaching EC2 instance")


def activities(world: Beanstalk, **selected: Any) -> list[dict[str, Any]]:
    return list(neighbour_of(world, "autoscaling").describe_scaling_activities(**selected)["Activities"])


def of_instance(world: Beanstalk, id_: str, doing: str, **selected: Any) -> dict[str, Any]:
    """The activity of one kind with an instance; ValueError unless there is one."""
    (activity,) = (
        activity for activity in activities(world, **selected) if activity["Description"] == f"{doing}: {id_}"
    )
    return activity


def group_of(world: Beanstalk) -> str:
    return str(resources(world)["AutoScalingGroups"][0]["Name"])


def at(world: Beanstalk) -> datetime:
    return datetime.fromtimestamp(world.now / 1000, UTC)


def deploy(world: Beanstalk, policy: str) -> None:
    launched(world, "web1", *APPLICATION, (COMMAND, "DeploymentPolicy", policy), (COMMAND, "BatchSize", "40"))
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    world.client.update_environment(EnvironmentName="web1", VersionLabel="v2")


def test_a_terminated_instance_keeps_its_launch_and_its_termination(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    dead, *_ = instance_ids(beanstalk)
    launch, now = of_instance(beanstalk, dead, LAUNCHED), at(beanstalk)
    neighbour_of(beanstalk, "ec2").terminate_instances(InstanceIds=[dead])
    assert of_instance(beanstalk, dead, TERMINATED)["StatusCode"] == "InProgress"
    beanstalk.advance(7200)
    assert dead not in instance_ids(beanstalk)
    assert of_instance(beanstalk, dead, LAUNCHED) == launch
    assert json.loads(launch["Details"])["Availability Zone"].startswith("us-east-1")
    termination = of_instance(beanstalk, dead, TERMINATED)
    assert (termination["StatusCode"], termination["Progress"], termination["StartTime"]) == ("Successful", 100, now)
    assert termination["StartTime"] < termination["EndTime"] < at(beanstalk)
    assert termination["Cause"] == (
        f"At {now:%Y-%m-%dT%H:%M:%SZ} an instance was taken out of service in response to an EC2 health check "
        "indicating it has been terminated or stopped."
    )
    newest = activities(beanstalk)[0]
    assert newest["Cause"].endswith("increasing the capacity from 2 to 3.")
    assert newest["Description"].startswith(LAUNCHED)


def test_the_cause_of_a_termination_outlives_later_ones(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    autoscaling = neighbour_of(beanstalk, "autoscaling")
    first, second, _ = instance_ids(beanstalk)
    autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=False)
    beanstalk.advance(7200)
    before = of_instance(beanstalk, first, TERMINATED)
    neighbour_of(beanstalk, "ec2").terminate_instances(InstanceIds=[second])
    beanstalk.advance(7200)
    assert of_instance(beanstalk, first, TERMINATED) == before
    assert before["Cause"].endswith(f"instance {first} was taken out of service in response to a user request.")


def test_a_group_that_shrinks_says_from_which_size_to_which(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    autoscaling, name = neighbour_of(beanstalk, "autoscaling"), group_of(beanstalk)
    for capacity in (4, 3):
        autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=capacity)
        beanstalk.advance(1200)
    newest, before, *launches = activities(beanstalk)
    assert "shrinking the capacity from 4 to 3." in newest["Cause"]
    assert newest["Cause"].endswith(f"instance {newest['Description'].split()[-1]} was selected for termination.")
    assert before["Cause"].endswith("increasing the capacity from 3 to 4.")
    assert {launch["Cause"].partition("capacity, ")[2] for launch in launches} == {
        "increasing the capacity from 0 to 3."
    }


@pytest.mark.parametrize("policy", ["RollingWithAdditionalBatch", "Immutable"])
def test_activities_add_up_to_the_groups_at_every_instant_of_a_deployment(beanstalk: Beanstalk, policy: str) -> None:
    deploy(beanstalk, policy)
    autoscaling = neighbour_of(beanstalk, "autoscaling")
    for _ in range(40):
        balance: dict[tuple[str, str], int] = {}
        for activity in activities(beanstalk):
            doing, _, id_ = activity["Description"].partition(": ")
            sign = 1 if doing in JOINS else -1 if activity["StatusCode"] == "Successful" else 0
            assert doing in (*JOINS, *LEAVES)
            balance[activity["AutoScalingGroupName"], id_] = (
                balance.get((activity["AutoScalingGroupName"], id_), 0) + sign
            )
        groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        members = {
            (one["AutoScalingGroupName"], instance["InstanceId"]) for one in groups for instance in one["Instances"]
        }
        assert {key for key, count in balance.items() if count} == members
        assert set(balance.values()) <= {0, 1}
        beanstalk.advance(40)
    assert describe(beanstalk)["Status"] == "Ready"
    assert any(activity["Description"].startswith(TERMINATED) for activity in activities(beanstalk))


def test_an_instance_that_is_terminated_while_a_plan_goes_on_is_gone_at_once(beanstalk: Beanstalk) -> None:
    deploy(beanstalk, "Rolling")
    dead, now = instance_ids(beanstalk)[0], at(beanstalk)
    neighbour_of(beanstalk, "ec2").terminate_instances(InstanceIds=[dead])
    termination = of_instance(beanstalk, dead, TERMINATED)
    assert (termination["StartTime"], termination["EndTime"], termination["StatusCode"]) == (now, now, "Successful")


def test_the_activities_of_deleted_groups_are_listed_only_if_the_call_asks(beanstalk: Beanstalk) -> None:
    deploy(beanstalk, "Immutable")
    beanstalk.until_ready("web1")
    permanent = group_of(beanstalk)
    assert {activity["AutoScalingGroupName"] for activity in activities(beanstalk)} == {permanent}
    every = activities(beanstalk, IncludeDeletedGroups=True)
    (temporary,) = {activity["AutoScalingGroupName"] for activity in every} - {permanent}
    selected = activities(beanstalk, AutoScalingGroupName=temporary, IncludeDeletedGroups=True)
    assert selected == [activity for activity in every if activity["AutoScalingGroupName"] == temporary]
    beanstalk.client.terminate_environment(EnvironmentName="web1")
    beanstalk.advance(3600)
    assert activities(beanstalk) == []
    after = activities(beanstalk, IncludeDeletedGroups=True)
    assert [activity for activity in after if activity in every] == every
    assert sum(activity["Description"].startswith(TERMINATED) for activity in after) >= 3


def test_activities_are_selected_by_id_by_instant_and_by_status_in_pages(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    autoscaling, name = neighbour_of(beanstalk, "autoscaling"), group_of(beanstalk)
    neighbour_of(beanstalk, "ec2").terminate_instances(InstanceIds=instance_ids(beanstalk))
    beanstalk.advance(1200)
    every = activities(beanstalk)
    assert len(every) == 3
    assert [activity["StartTime"] for activity in every] == sorted(
        (activity["StartTime"] for activity in every), reverse=True
    )
    pages = autoscaling.get_paginator("describe_scaling_activities").paginate(PaginationConfig={"PageSize": 2})
    assert [activity for page in pages for activity in page["Activities"]] == every
    assert activities(beanstalk, ActivityIds=[every[1]["ActivityId"], "unknown"]) == [every[1]]

    def filtered(name_of_filter: str, value: str) -> list[dict[str, Any]]:
        filters = [{"Name": name_of_filter, "Values": [value]}]
        return activities(beanstalk, AutoScalingGroupName=name, Filters=filters)

    middle = every[1]["StartTime"]
    assert filtered("StartTimeLowerBound", middle.isoformat()) == every[:2]
    assert filtered("StartTimeUpperBound", middle.replace(tzinfo=None).isoformat()) == every[1:]
    assert filtered("Status", "Successful") == every
    assert filtered("Status", "Failed") == []
    call = autoscaling.describe_scaling_activities
    for bad in ("Colour", "StartTimeLowerBound"):
        assert refusal(call, Filters=[{"Name": bad, "Values": ["red"]}])[0] == "ValidationError"
    beanstalk.advance(timedelta(days=43).total_seconds())
    assert activities(beanstalk) == []


def test_only_the_sighting_of_a_call_names_the_service_that_was_called() -> None:
    of_call, of_plan = Sighting(1, "i-1", None, "ec2"), Sighting(1, "i-1", None)
    assert codec.encode_sighting(of_plan) == b'[1,"i-1",null]'
    assert [codec.decode_sighting(codec.encode_sighting(sighting)) for sighting in (of_call, of_plan)] == [
        of_call,
        of_plan,
    ]
