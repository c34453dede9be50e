"""CloudFormation and RDS as a client of an environment sees them."""

from wsgiref.types import WSGIApplication

from beanpole.model.environment.resources import KINDS
from beanpole.neighbours.cloudformation import TYPES
from beanpole.neighbours.security_groups import DESCRIPTIONS
from beanpole.testing import Beanstalk
from environments import STACK, describe
from neighbours.callers import APPLICATION, DATABASE, SINGLE, launched, neighbour_of, refusal, resources, status_of

COMMAND = "aws:elasticbeanstalk:command"


def stack_names(beanstalk: Beanstalk) -> list[str]:
    stacks = neighbour_of(beanstalk, "cloudformation").describe_stacks()["Stacks"]
    return sorted(stack["StackName"] for stack in stacks)


def test_the_stack_has_the_resources_of_the_environment(beanstalk: Beanstalk) -> None:
    id_ = launched(beanstalk, "web1", *APPLICATION)["EnvironmentId"]
    cloudformation = neighbour_of(beanstalk, "cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=f"awseb-{id_}-stack")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {"Key": "elasticbeanstalk:environment-name", "Value": "web1"} in stack["Tags"]
    rows = cloudformation.describe_stack_resources(StackName=stack["StackId"])["StackResources"]
    physical = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows}
    own = resources(beanstalk)
    assert physical["AWSEBAutoScalingGroup"] == own["AutoScalingGroups"][0]["Name"]
    assert physical["AWSEBV2LoadBalancer"] == own["LoadBalancers"][0]["Name"]
    assert physical["AWSEBEC2LaunchTemplate"] == own["LaunchTemplates"][0]["Id"]
    listed = cloudformation.list_stack_resources(StackName=stack["StackName"])["StackResourceSummaries"]
    assert {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in listed} == physical
    same = cloudformation.describe_stack_resources(PhysicalResourceId=physical["AWSEBAutoScalingGroup"])
    assert len(same["StackResources"]) == len(rows)
    (one,) = cloudformation.describe_stack_resources(
        StackName=stack["StackName"], LogicalResourceId="AWSEBAutoScalingGroup"
    )["StackResources"]
    assert one["ResourceType"] == "AWS::AutoScaling::AutoScalingGroup"
    assert refusal(cloudformation.describe_stacks, StackName="nobodys") == (
        "ValidationError",
        "Stack with id nobodys does not exist",
    )


def test_the_temporary_group_of_an_immutable_update_has_a_stack_as_long_as_it_exists(beanstalk: Beanstalk) -> None:
    id_ = launched(beanstalk, "web1", *APPLICATION, (COMMAND, "DeploymentPolicy", "Immutable"))["EnvironmentId"]
    autoscaling = neighbour_of(beanstalk, "autoscaling")
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    states: list[tuple[list[str], dict[str, int]]] = []
    while status_of(beanstalk, id_) != "Ready":
        beanstalk.advance(5)
        groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        sizes = {group["AutoScalingGroupName"].rpartition("-AWSEB")[0]: len(group["Instances"]) for group in groups}
        state = stack_names(beanstalk), sizes
        if states[-1:] != [state]:
            states.append(state)
    own, temporary = f"awseb-{id_}-stack", f"awseb-{id_}-immutable-stack"
    assert all(sorted(sizes) == stacks for stacks, sizes in states)
    assert [tuple(sizes.get(name, -1) for name in (own, temporary)) for _, sizes in states] == [
        (3, -1),
        (3, 1),
        (3, 3),
        (6, 0),
        (5, 0),
        (3, -1),
    ]


def test_a_stack_follows_the_life_of_its_environment(beanstalk: Beanstalk) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    settings = [{"Namespace": SINGLE[0][0], "OptionName": SINGLE[0][1], "Value": SINGLE[0][2]}]
    created = beanstalk.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=settings
    )
    cloudformation, name = neighbour_of(beanstalk, "cloudformation"), f"awseb-{created['EnvironmentId']}-stack"

    def status() -> str:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    beanstalk.advance(10)
    assert status() == "CREATE_IN_PROGRESS"
    with beanstalk.waiting():
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name)
    beanstalk.until_ready("web1")
    properties = {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "A", "Value": "b"}
    beanstalk.client.update_environment(EnvironmentName="web1", OptionSettings=[properties])
    beanstalk.advance(5)
    assert status() == "UPDATE_IN_PROGRESS"
    beanstalk.until_ready("web1")
    assert status() == "UPDATE_COMPLETE"
    beanstalk.client.terminate_environment(EnvironmentName="web1")
    beanstalk.advance(5)
    assert status() == "DELETE_IN_PROGRESS"
    with beanstalk.waiting():
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name)
    assert describe(beanstalk)["Status"] == "Terminated"


def test_other_stacks_and_databases_come_from_the_companion(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1", *DATABASE)
    cloudformation, rds = (neighbour_of(beanstalk, name, moto) for name in ("cloudformation", "rds"))
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    cloudformation.create_stack(StackName="theirs", TemplateBody=template)
    names = sorted(stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"])
    assert names == sorted([f"awseb-{describe(beanstalk)['EnvironmentId']}-stack", "theirs"])
    (topic,) = cloudformation.list_stack_resources(StackName="theirs")["StackResourceSummaries"]
    assert topic["LogicalResourceId"] == "Topic"
    assert refusal(cloudformation.describe_stacks, StackName="nobodys")[0] == "ValidationError"
    rds.create_db_instance(
        DBInstanceIdentifier="theirs",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        MasterUsername="root",
        MasterUserPassword="secretive",
        AllocatedStorage=20,
    )
    databases = {
        database["DBInstanceIdentifier"]: database["Engine"] for database in rds.describe_db_instances()["DBInstances"]
    }
    assert sorted(databases.values()) == ["mysql", "postgres"]
    assert databases["theirs"] == "mysql"


def test_the_database_of_an_environment_has_its_name_and_options(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *DATABASE)
    rds = neighbour_of(beanstalk, "rds")
    (database,) = rds.describe_db_instances()["DBInstances"]
    stack = neighbour_of(beanstalk, "cloudformation").describe_stacks()["Stacks"][0]["StackName"]
    rows = neighbour_of(beanstalk, "cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    physical = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows}
    assert physical["AWSEBRDSDatabase"] == database["DBInstanceIdentifier"]
    assert (database["Engine"], database["Endpoint"]["Port"]) == ("postgres", 5432)
    assert refusal(rds.describe_db_instances, DBInstanceIdentifier="nobodys")[0] == "DBInstanceNotFound"


def test_every_kind_of_resource_has_a_type_of_cloudformation() -> None:
    assert set(TYPES) == {kind.logical_id for kind in KINDS.values()}
    assert set(DESCRIPTIONS) == {name for name, kind in KINDS.items() if kind.noun == "security group"}


def test_the_events_of_a_stack_end_with_the_status_it_has_at_every_instant(beanstalk: Beanstalk) -> None:
    id_ = launched_slowly(beanstalk)
    cloudformation, name = neighbour_of(beanstalk, "cloudformation"), f"awseb-{id_}-stack"
    statuses: list[str] = []

    def look() -> None:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        own = [event for event in events if event["ResourceType"] == "AWS::CloudFormation::Stack"]
        assert own[0]["ResourceStatus"] == stack["StackStatus"], (statuses, own)
        assert [event["Timestamp"] for event in events] == sorted(
            (event["Timestamp"] for event in events), reverse=True
        )
        assert len({event["EventId"] for event in events}) == len(events)
        complete = {event["LogicalResourceId"] for event in events if event["ResourceStatus"] == "CREATE_COMPLETE"}
        listed = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
        assert complete - {name} == {row["LogicalResourceId"] for row in listed}
        (summary,) = cloudformation.list_stacks(StackStatusFilter=[stack["StackStatus"]])["StackSummaries"]
        assert (summary["StackId"], summary["StackStatus"]) == (stack["StackId"], stack["StackStatus"])
        assert cloudformation.list_stacks(StackStatusFilter=["IMPORT_COMPLETE"])["StackSummaries"] == []
        if not statuses or statuses[-1] != stack["StackStatus"]:
            statuses.append(stack["StackStatus"])

    def play() -> None:
        while status_of(beanstalk, id_) not in ("Ready", "Terminated"):
            look()
            beanstalk.advance(9)

    play()
    look()
    properties = {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "A", "Value": "b"}
    beanstalk.client.update_environment(EnvironmentName="web1", OptionSettings=[properties])
    play()
    look()
    beanstalk.client.update_tags_for_resource(
        ResourceArn=describe(beanstalk)["EnvironmentArn"], TagsToAdd=[{"Key": "a", "Value": "b"}]
    )
    play()
    look()
    beanstalk.client.rebuild_environment(EnvironmentName="web1")
    look()
    beanstalk.until_ready("web1")
    look()
    beanstalk.client.terminate_environment(EnvironmentName="web1")
    look()
    assert statuses[:4] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    assert statuses[-1] == "DELETE_IN_PROGRESS"


def test_the_event_of_a_resource_has_the_instant_of_the_environments_event(beanstalk: Beanstalk) -> None:
    id_ = launched(beanstalk, "web1", *APPLICATION)["EnvironmentId"]
    cloudformation = neighbour_of(beanstalk, "cloudformation")
    events = cloudformation.describe_stack_events(StackName=f"awseb-{id_}-stack")["StackEvents"]
    log = {
        event["Message"].rpartition(": ")[2]: event["EventDate"]
        for event in beanstalk.client.describe_events()["Events"]
    }
    instants = {
        event["PhysicalResourceId"]: event["Timestamp"] for event in events if event["PhysicalResourceId"] in log
    }
    assert len(instants) >= 4
    assert all(log[name] == at for name, at in instants.items())
    assert refusal(cloudformation.describe_stack_events, StackName="nobodys") == (
        "ValidationError",
        "Stack [nobodys] does not exist",
    )


def test_events_of_other_stacks_are_the_companions_in_its_order(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1", *SINGLE)
    cloudformation = neighbour_of(beanstalk, "cloudformation", moto)
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    cloudformation.create_stack(StackName="theirs", TemplateBody=template)
    events = cloudformation.describe_stack_events(StackName="theirs")["StackEvents"]
    assert (events[0]["ResourceStatus"], events[-1]["ResourceStatus"]) == ("CREATE_COMPLETE", "CREATE_IN_PROGRESS")
    assert {stack["StackName"] for stack in cloudformation.list_stacks()["StackSummaries"]} >= {"theirs"}


def launched_slowly(beanstalk: Beanstalk) -> str:
    """The id of an environment that is about to be launched."""
    beanstalk.client.create_application(ApplicationName="shop")
    settings = [{"Namespace": SINGLE[0][0], "OptionName": SINGLE[0][1], "Value": SINGLE[0][2]}]
    created = beanstalk.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=settings
    )
    return str(created["EnvironmentId"])
