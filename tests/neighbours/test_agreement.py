"""The law of the neighbours: at every instant all services describe the same environment.

While each policy deploys, with faults, aborts and terminations through EC2, the clock is moved by hand in short
strides, and after each the services are asked for all that they know.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from beanpole.model.environment.environment_info import STATES_WITH_LOGS
from beanpole.model.environment.instance import State
from beanpole.store.keys import WorldKeys
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from environments import describe
from mould import moulded
from neighbours.callers import APPLICATION, SINGLE, client_of, launched, neighbour_of, resources, status_of
from worked import Worked

COMMAND = "aws:elasticbeanstalk:command"
STREAMED = ("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true")
POLICIES = ("AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting")
EC2_STATES: dict[State, str] = {
    "pending": "pending",
    "running": "running",
    "deploying": "running",
    "terminating": "shutting-down",
}
LIFECYCLE: dict[State, str] = {
    "pending": "Pending",
    "running": "InService",
    "deploying": "InService",
    "terminating": "Terminating",
}
JOINS = ("Launching a new EC2 instance", "Attaching an existing EC2 instance")
AFTERWARDS = 400  # seconds after an update, in which a group comes to its size


def abort(world: Beanstalk) -> None:
    if describe(world)["AbortableOperationInProgress"]:
        world.client.abort_environment_update(EnvironmentName="web1")


def kill(world: Beanstalk) -> None:
    fleet = world.store.world(ACCOUNT, REGION).fleet(describe(world)["EnvironmentId"])
    neighbour_of(world, "ec2").terminate_instances(InstanceIds=[next(iter(fleet))])


def kill_the_newest(world: Beanstalk) -> None:
    fleet = world.store.world(ACCOUNT, REGION).fleet(describe(world)["EnvironmentId"])
    neighbour_of(world, "ec2").terminate_instances(InstanceIds=[list(fleet)[-1]])


def fail(world: Beanstalk) -> None:
    world.arm("command-fails", where={"instance": "any"}, times=1)


def grow(world: Beanstalk) -> None:
    name = resources(world)["AutoScalingGroups"][0]["Name"]
    neighbour_of(world, "autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=4)


def nothing(world: Beanstalk) -> None:
    """The update is left alone."""


# What happens, and after how many strides of an update.
EVENTS: dict[str, tuple[Callable[[Beanstalk], None], int]] = {
    "nothing": (nothing, 0),
    "a fault": (fail, 0),
    "an abort": (abort, 8),
    "an early termination": (kill, 1),
    "a late termination": (kill_the_newest, 12),
    "another capacity": (grow, 4),
}
TWO = (("Immutable", "nothing"), ("Rolling", "a late termination"))
ALL = [(policy, event) for policy in POLICIES for event in EVENTS]


class Everybody:
    """The clients of all services that tell of the environment."""

    def __init__(self, world: Beanstalk) -> None:
        self._world, self._client = world, client_of(world.app, "elasticbeanstalk")
        names = ("ec2", "autoscaling", "elbv2", "cloudformation")
        self._ec2, self._autoscaling, self._elbv2, self._cloudformation = (neighbour_of(world, name) for name in names)
        self._fleet: list[dict[str, Any]] | None = None
        self._tagging = neighbour_of(world, "resourcegroupstaggingapi")
        self._cloudwatch, self._logs = neighbour_of(world, "cloudwatch"), neighbour_of(world, "logs")

    def agree(self) -> None:
        """Hold each to what the fleet route shows."""
        route = f"/_beanpole/environments/web1/fleet?account={ACCOUNT}"
        fleet = self._world.app.test_client().get(route).get_json()["instances"]
        there = {instance["id"] for instance in fleet if instance["state"] != "terminating"}
        answer = self._client.describe_environment_resources(EnvironmentName="web1")
        own = answer["EnvironmentResources"]
        assert {instance["Id"] for instance in own["Instances"]} == there
        health = self._client.describe_instances_health(EnvironmentName="web1", AttributeNames=["All"])
        assert {row["InstanceId"] for row in health["InstanceHealthList"]} == there
        groups = list(self._autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"])
        self._instances(fleet)
        self._groups(fleet, own, groups)
        self._targets(fleet)
        self._stacks(fleet, own, groups)
        if fleet != self._fleet:  # of which they are functions alone
            self._devices(fleet)
            self._activities(fleet)
            self._others(fleet)
            self._fleet = fleet

    def state(self) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
        """The version of every kind, and the ends of the log: each commit changes at least one of them."""
        redis, world = self._world.store.redis, WorldKeys(ACCOUNT, REGION)
        return redis.hgetall(world.versions), redis.hgetall(world.chains)

    def _instances(self, fleet: list[dict[str, Any]]) -> None:
        reservations = self._ec2.describe_instances()["Reservations"]
        pairs = {
            instance["InstanceId"]: instance["State"]["Name"] for one in reservations for instance in one["Instances"]
        }
        left = {id_: state for id_, state in pairs.items() if state != "terminated"}
        assert left == {instance["id"]: EC2_STATES[instance["state"]] for instance in fleet}

    def _groups(self, fleet: list[dict[str, Any]], own: dict[str, Any], groups: list[dict[str, Any]]) -> None:
        pairs = {
            (group["AutoScalingGroupName"], instance["InstanceId"], instance["LifecycleState"])
            for group in groups
            for instance in group["Instances"]
        }
        assert pairs == {(instance["group"], instance["id"], LIFECYCLE[instance["state"]]) for instance in fleet}
        names = {group["AutoScalingGroupName"] for group in groups}
        permanent = {group["Name"] for group in own["AutoScalingGroups"]}
        assert permanent <= names
        assert all("-immutable-stack-" in name for name in names - permanent)
        alone = self._autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"]
        assert {(row["AutoScalingGroupName"], row["InstanceId"], row["LifecycleState"]) for row in alone} == pairs

    def _targets(self, fleet: list[dict[str, Any]]) -> None:
        for group in self._elbv2.describe_target_groups()["TargetGroups"]:
            health = self._elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
            pairs = {
                target["Target"]["Id"]: target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]
            }
            assert {id_ for id_, state in pairs.items() if state == "healthy"} == {
                instance["id"] for instance in fleet if instance["in_service"]
            }
            registered = {instance["id"] for instance in fleet if instance["registered"]}
            assert pairs.keys() - registered == {
                instance["id"] for instance in fleet if instance["state"] == "terminating"
            }
            assert registered <= pairs.keys()

    def _devices(self, fleet: list[dict[str, Any]]) -> None:
        ids = sorted(instance["id"] for instance in fleet)
        volumes = self._ec2.describe_volumes()["Volumes"]
        assert sorted(volume["Attachments"][0]["InstanceId"] for volume in volumes) == ids
        interfaces = self._ec2.describe_network_interfaces()["NetworkInterfaces"]
        assert sorted(interface["Attachment"]["InstanceId"] for interface in interfaces) == ids
        running = {instance["id"] for instance in fleet if EC2_STATES[instance["state"]] == "running"}
        statuses = self._ec2.describe_instance_status()["InstanceStatuses"]
        assert {status["InstanceId"] for status in statuses} == running

    def _activities(self, fleet: list[dict[str, Any]]) -> None:
        """The activities of a group have led to the instances that it has."""
        pages = self._autoscaling.get_paginator("describe_scaling_activities").paginate()
        counts: Counter[tuple[str, str]] = Counter()
        for activity in (activity for page in pages for activity in page["Activities"]):
            doing, _, id_ = activity["Description"].partition(": ")
            has_ended = activity["StatusCode"] == "Successful"
            counts[activity["AutoScalingGroupName"], id_] += 1 if doing in JOINS else -int(has_ended)
        assert set(counts.values()) <= {0, 1}
        assert {key for key, count in counts.items() if count} == {
            (instance["group"], instance["id"]) for instance in fleet
        }

    def _others(self, fleet: list[dict[str, Any]]) -> None:
        """Tags, metrics and logs are of the same instances."""
        ids = {instance["id"] for instance in fleet}
        tagged = self._tagging.get_resources(ResourceTypeFilters=["ec2:instance"])["ResourceTagMappingList"]
        assert {row["ResourceARN"].rpartition("/")[2] for row in tagged} == ids
        metrics = self._cloudwatch.list_metrics(MetricName="CPUUtilization")["Metrics"]
        assert {metric["Dimensions"][0]["Value"] for metric in metrics} == ids
        self._healthy(fleet)
        for group in self._logs.describe_log_groups(logGroupNamePattern="eb-engine")["logGroups"]:
            streams = self._logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]
            logged = {instance["id"] for instance in fleet if instance["state"] in STATES_WITH_LOGS}
            assert {stream["logStreamName"] for stream in streams} == logged

    def _healthy(self, fleet: list[dict[str, Any]]) -> None:
        """The number of healthy hosts of this minute is that of the fleet."""
        now = datetime.fromtimestamp(self._world.now // 60_000 * 60, UTC)
        for metric in self._cloudwatch.list_metrics(MetricName="HealthyHostCount")["Metrics"]:
            (point,) = self._cloudwatch.get_metric_statistics(
                **metric, StartTime=now, EndTime=now + timedelta(minutes=1), Period=60, Statistics=["Maximum"]
            )["Datapoints"]
            assert point["Maximum"] == sum(instance["in_service"] for instance in fleet)

    def _stacks(self, fleet: list[dict[str, Any]], own: dict[str, Any], groups: list[dict[str, Any]]) -> None:
        resources_of_stacks = {}
        for stack in self._cloudformation.describe_stacks()["Stacks"]:
            listed = self._cloudformation.list_stack_resources(StackName=stack["StackName"])["StackResourceSummaries"]
            for row in listed:
                resources_of_stacks[row["PhysicalResourceId"]] = stack["StackName"], row["LogicalResourceId"]
        assert {instance["group"] for instance in fleet} <= resources_of_stacks.keys()
        names = [resource["Name"] for resource in (*own["AutoScalingGroups"], *own["LoadBalancers"])]
        assert {*names, *(template["Id"] for template in own["LaunchTemplates"])} <= resources_of_stacks.keys()
        listed = {id_ for id_, (_, logical) in resources_of_stacks.items() if logical == "AWSEBAutoScalingGroup"}
        assert listed == {group["AutoScalingGroupName"] for group in groups}


def update(world: Beanstalk, policy: str, event: str, stride: int) -> None:
    """Hold the services to each other after each stride of an update.

    On a Redis only after those in which something has happened: in process they have answered at all instants.
    """

    def make() -> None:
        launched(
            world, "web1", *APPLICATION, STREAMED, (COMMAND, "DeploymentPolicy", policy), (COMMAND, "BatchSize", "40")
        )
        world.client.create_application_version(ApplicationName="shop", VersionLabel="v2")

    moulded(world, f"neighbours agree {policy}", make)
    everybody, (act, when) = Everybody(world), EVENTS[event]
    everybody.agree()
    id_ = world.client.update_environment(EnvironmentName="web1", VersionLabel="v2")["EnvironmentId"]
    after, state = 0, None
    for index in range(5000 // stride):
        if index == when:
            act(world)
        world.advance(stride)
        before, state = state, everybody.state() if isinstance(world, Worked) else None
        if state is None or state != before:
            everybody.agree()
        after = after + 1 if status_of(world, id_) == "Ready" else 0
        if after * stride >= AFTERWARDS:
            break
    assert describe(world)["Status"] == "Ready"
    size = 4 if event == "another capacity" else 3
    assert len(resources(world)["Instances"]) == size


@pytest.mark.parametrize(("policy", "event"), TWO)
def test_all_services_describe_the_same_environment(beanstalk: Beanstalk, policy: str, event: str) -> None:
    update(beanstalk, policy, event, stride=40)


@pytest.mark.merge
@pytest.mark.parametrize(("policy", "event"), ALL)
def test_all_services_agree_at_every_instant_of_an_event(beanstalk: Beanstalk, policy: str, event: str) -> None:
    update(beanstalk, policy, event, stride=20)


def test_all_services_describe_the_same_single_instance(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    everybody = Everybody(beanstalk)
    kill(beanstalk)
    for _ in range(8):
        everybody.agree()
        beanstalk.advance(25)
    (address,) = neighbour_of(beanstalk, "ec2").describe_addresses()["Addresses"]
    assert [{"Id": address["InstanceId"]}] == resources(beanstalk)["Instances"]
