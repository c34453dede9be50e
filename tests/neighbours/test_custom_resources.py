"""Custom resources and outputs of configuration files, in the stack of their environment."""

import json
from typing import Any

from archives import zipped
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from environments import STACK, describe
from neighbours.callers import ENVIRONMENT, neighbour_of, refusal

QUEUE = """
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 60}
  Uploads: {Type: "AWS::S3::Bucket"}
  Sessions:
    Type: AWS::DynamoDB::Table
    Properties: {BillingMode: PAY_PER_REQUEST}
  Alerts:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: {"Fn::Join": ["-", ["alerts", {"Ref": "AWS::Region"}]]}
  ToJobs:
    Type: AWS::SNS::Subscription
    Properties: {Protocol: sqs, TopicArn: {Ref: Alerts}, Endpoint: {"Fn::GetAtt": [Jobs, Arn]}}
  Audit: {Type: "AWS::Logs::LogGroup"}
  Cache: {Type: "Custom::Cache"}
  AWSEBAutoScalingGroup:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {Cooldown: 120}
Parameters:
  Stage: {Type: String, Default: beta}
Outputs:
  JobsUrl:
    Description: Where jobs go
    Value: {Ref: Jobs}
    Export: {Name: {"Fn::Sub": "${AWS::StackName}-jobs"}}
  Summary: {Value: {"Fn::Sub": "${Stage} ${Alerts.TopicName} ${Uploads.Arn} ${!kept} ${AWSEBAutoScalingGroup}"}}
  Table:
    Value: {"Fn::Join": [":", [{"Ref": Sessions}, {"Fn::GetOptionSetting": {OptionName: Size, DefaultValue: s}}]]}
  Nothing: {Value: {"Fn::GetAtt": [Cache, Endpoint]}}
"""
CUSTOM = {"Jobs", "Uploads", "Sessions", "Alerts", "ToJobs", "Audit", "Cache"}


def version(world: Beanstalk, label: str, *, content: str | None) -> None:
    files = {"app.py": "", **({} if content is None else {".ebextensions/one.config": content})}
    world.objects.write("bucket", f"{label}.zip", zipped(files))
    world.client.create_application_version(
        ApplicationName="shop", VersionLabel=label, SourceBundle={"S3Bucket": "bucket", "S3Key": f"{label}.zip"}
    )


def created(world: Beanstalk, label: str = "v1") -> str:
    environment = world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        VersionLabel=label,
        SolutionStackName=STACK,
        OptionSettings=[
            {"Namespace": ENVIRONMENT, "OptionName": "EnvironmentType", "Value": "SingleInstance"},
        ],
    )
    return f"awseb-{environment['EnvironmentId']}-stack"


class Stack:
    """The stack of an environment as CloudFormation's calls show it."""

    def __init__(self, world: Beanstalk, name: str) -> None:
        self._client, self._name = neighbour_of(world, "cloudformation"), name

    def custom(self) -> dict[str, str]:
        """The custom resources with their physical ids, on which all calls agree."""
        listed = self._client.list_stack_resources(StackName=self._name)["StackResourceSummaries"]
        ids = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in listed}
        described = self._client.describe_stack_resources(StackName=self._name)["StackResources"]
        assert {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in described} == ids
        events = self._client.describe_stack_events(StackName=self._name)["StackEvents"]
        complete = [event for event in events if event["ResourceStatus"] == "CREATE_COMPLETE"]
        assert {row["LogicalResourceId"] for row in complete} - {self._name} == ids.keys()
        body = self._client.get_template(StackName=self._name)["TemplateBody"]
        assert (body if isinstance(body, dict) else json.loads(body))["Resources"].keys() == ids.keys()
        (stack,) = self._client.describe_stacks(StackName=self._name)["Stacks"]
        own = [event for event in events if event["LogicalResourceId"] == self._name]
        assert own[0]["ResourceStatus"] == stack["StackStatus"]
        for name, id_ in ids.items():
            one = self._client.describe_stack_resource(StackName=self._name, LogicalResourceId=name)
            assert one["StackResourceDetail"]["PhysicalResourceId"] == id_
        return {name: id_ for name, id_ in ids.items() if not name.startswith("AWSEB")}

    def is_there(self) -> bool:
        stacks = self._client.describe_stacks()["Stacks"]
        return any(stack["StackName"] == self._name for stack in stacks)

    def described(self) -> dict[str, Any]:
        (stack,) = self._client.describe_stacks(StackName=self._name)["Stacks"]
        return dict(stack)

    def exports(self) -> dict[str, str]:
        return {export["Name"]: export["Value"] for export in self._client.list_exports()["Exports"]}


def test_custom_resources_come_with_the_stack_and_go_with_their_version(beanstalk_with_objects: Beanstalk) -> None:
    world = beanstalk_with_objects
    world.client.create_application(ApplicationName="shop")
    version(world, "v1", content=QUEUE)
    version(world, "v2", content="Resources: {Jobs: {Type: 'AWS::SQS::Queue', Properties: {VisibilityTimeout: 90}}}")
    version(world, "v3", content=None)
    name = created(world)
    stack = Stack(world, name)
    world.advance(1)
    assert stack.custom() == {}
    while not (custom := stack.custom()):
        assert describe(world)["Status"] == "Launching"
        world.advance(10)
    assert describe(world)["Status"] == "Launching"
    assert custom.keys() == CUSTOM
    assert stack.described()["Outputs"] == []
    world.until_ready("web1")
    assert stack.custom() == custom
    world.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    world.advance(5)
    assert stack.custom() == {"Jobs": custom["Jobs"]}
    assert describe(world)["Status"] == "Updating"
    assert (stack.described()["StackStatus"], stack.described()["Outputs"]) == ("UPDATE_COMPLETE", [])
    world.until_ready("web1")
    world.client.update_environment(EnvironmentName="web1", VersionLabel="v3")
    world.until_ready("web1")
    assert stack.custom() == {}
    messages = [event["Message"] for event in world.client.describe_events()["Events"]]
    assert not [message for message in messages if "Jobs" in message or "Uploads" in message]


def test_physical_ids_have_the_form_of_their_type_and_outputs_refer_to_them(beanstalk_with_objects: Beanstalk) -> None:
    world = beanstalk_with_objects
    world.client.create_application(ApplicationName="shop")
    version(world, "v1", content=QUEUE)
    name = created(world)
    world.until_ready("web1")
    stack = Stack(world, name)
    custom = stack.custom()
    account, region = ACCOUNT, REGION
    queue = custom["Jobs"].rpartition("/")[2]
    assert custom["Jobs"] == f"https://sqs.{region}.amazonaws.com/{account}/{queue}"
    assert queue.startswith(f"{name}-Jobs-")
    assert len(queue.rpartition("-")[2]) == 12
    assert custom["Uploads"].startswith(f"{name}-uploads-")
    assert custom["Uploads"] == custom["Uploads"].lower()
    assert custom["Sessions"].startswith(f"{name}-Sessions-")
    assert custom["Alerts"] == f"arn:aws:sns:{region}:{account}:alerts-{region}"
    assert custom["ToJobs"].startswith(f"{custom['Alerts']}:")
    assert custom["Cache"].startswith(f"{name}-Cache-")
    described = stack.described()["Outputs"]
    assert described[0] == {
        "OutputKey": "JobsUrl",
        "OutputValue": custom["Jobs"],
        "Description": "Where jobs go",
        "ExportName": f"{name}-jobs",
    }
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described}
    group = world.client.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]
    names = f"beta alerts-{region} arn:aws:s3:::{custom['Uploads']}", group["AutoScalingGroups"][0]["Name"]
    assert outputs["Summary"] == f"{names[0]} ${{kept}} {names[1]}"
    assert outputs["Table"] == f"{custom['Sessions']}:s"
    assert "Nothing" not in outputs
    assert stack.exports() == {f"{name}-jobs": custom["Jobs"]}
    client = neighbour_of(world, "cloudformation")
    assert refusal(client.describe_stack_resource, StackName=name, LogicalResourceId="Absent")[0] == "ValidationError"


def test_an_aborted_deployment_gives_back_the_custom_resources(
    beanstalk_with_objects: Beanstalk,
) -> None:
    world = beanstalk_with_objects
    world.client.create_application(ApplicationName="shop")
    version(world, "v1", content="Resources: {Old: {Type: 'AWS::SQS::Queue'}}")
    version(world, "v2", content="Resources: {New: {Type: 'AWS::SQS::Queue'}}")
    stack = Stack(world, created(world))
    world.until_ready("web1")
    world.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    world.advance(4)
    assert stack.custom().keys() == {"New"}
    world.client.abort_environment_update(EnvironmentName="web1")
    world.until_ready("web1")
    assert describe(world)["VersionLabel"] == "v1"
    assert stack.custom().keys() == {"Old"}
    world.client.rebuild_environment(EnvironmentName="web1")
    world.until_ready("web1")
    assert stack.custom().keys() == {"Old"}
    world.client.terminate_environment(EnvironmentName="web1")
    while stack.is_there():
        assert stack.custom().keys() == {"Old"}
        world.advance(5)
    assert describe(world)["Status"] == "Terminating"
