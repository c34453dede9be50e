"""The stack of a worker environment has its queues and the table of its daemons."""

import re
from typing import Any

import pytest

from beanpole.testing import Beanstalk
from environments import STACK, describe
from neighbours.callers import SINGLE, launched, neighbour_of, resources

WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
TABLE = "AWSEBWorkerCronLeaderRegistry"
OWN_QUEUE = ("aws:elasticbeanstalk:sqsd", "WorkerQueueURL", "https://sqs.us-east-1.amazonaws.com/123456789012/mine")


def in_stack(cloudformation: Any, name: str) -> dict[str, dict[str, Any]]:
    listed = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return {row["LogicalResourceId"]: row for row in listed}


def test_every_view_of_a_worker_stack_shows_the_same_table(beanstalk: Beanstalk) -> None:
    id_ = launched(beanstalk, "web1", *SINGLE, Tier=WORKER)["EnvironmentId"]
    cloudformation, stack = neighbour_of(beanstalk, "cloudformation"), f"awseb-{id_}-stack"
    listed = in_stack(cloudformation, stack)
    name = listed[TABLE]["PhysicalResourceId"]
    assert re.fullmatch(rf"{stack}-{TABLE}-[A-Za-z0-9]{{12,13}}", name)
    assert listed[TABLE]["ResourceType"] == "AWS::DynamoDB::Table"
    queues = {queue["URL"] for queue in resources(beanstalk)["Queues"]}
    assert queues == {listed[f"AWSEBWorker{kind}Queue"]["PhysicalResourceId"] for kind in ("", "DeadLetter")}
    one = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=TABLE)["StackResourceDetail"]
    by_name = cloudformation.describe_stack_resources(PhysicalResourceId=name)["StackResources"]
    assert one["PhysicalResourceId"] == name
    assert {row["LogicalResourceId"] for row in by_name} == listed.keys()
    assert TABLE in cloudformation.get_template(StackName=stack)["TemplateBody"]["Resources"]
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    assert {event["ResourceStatus"] for event in events if event["PhysicalResourceId"] == name} == {
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    }
    assert not any(TABLE in event["Message"] for event in beanstalk.client.describe_events()["Events"])


@pytest.mark.parametrize(("tier", "options", "has_table"), [(None, (), False), (WORKER, (OWN_QUEUE,), True)])
def test_the_tier_decides_on_the_table(
    beanstalk: Beanstalk, tier: dict[str, str] | None, options: tuple[tuple[str, str, str], ...], has_table: bool
) -> None:
    id_ = launched(beanstalk, "web1", *SINGLE, *options, **({} if tier is None else {"Tier": tier}))["EnvironmentId"]
    listed = in_stack(neighbour_of(beanstalk, "cloudformation"), f"awseb-{id_}-stack")
    assert (TABLE in listed) == has_table


def test_the_table_is_as_old_as_the_stack_and_goes_with_it(beanstalk: Beanstalk) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    created = beanstalk.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, Tier=WORKER
    )
    cloudformation, stack = neighbour_of(beanstalk, "cloudformation"), f"awseb-{created['EnvironmentId']}-stack"
    names: set[str] = set()
    instants: set[Any] = set()
    while describe(beanstalk)["Status"] == "Launching":
        for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
            if event["LogicalResourceId"] == TABLE:
                names.add(event["PhysicalResourceId"])
                instants.add(event["Timestamp"])
        beanstalk.advance(20)
    assert (len(names), len(instants)) == (1, 1)
    beanstalk.client.terminate_environment(EnvironmentName="web1")
    beanstalk.advance(3600)
    assert cloudformation.list_stacks()["StackSummaries"] == []
