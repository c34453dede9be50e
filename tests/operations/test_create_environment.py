"""CreateEnvironment: what is answered at once, and what is refused."""

import re
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.testing import ACCOUNT, REGION
from environments import STACK, describe
from options import option

WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
TOO_MANY = "You cannot have more than 2 Environments. Either remove some Environments or request a limit increase."
RETIRED = "64bit Amazon Linux 2 v3.3.14 running Python 3.8"
PACKER = "64bit Amazon Linux 2018.03 v2.6.33 running Packer 1.0.3"
NAME_RULE = (
    "failed to satisfy constraint: Member must contain only letters, digits, and the dash character "
    "and may not start or end with a dash"
)


MEMBERS = {
    "EnvironmentName",
    "EnvironmentId",
    "ApplicationName",
    "VersionLabel",
    "SolutionStackName",
    "PlatformArn",
    "Description",
    "DateCreated",
    "DateUpdated",
    "Status",
    "AbortableOperationInProgress",
    "Health",
    "Tier",
    "EnvironmentLinks",
    "EnvironmentArn",
    "OperationsRole",
}


def reserved(key):
    return f"Tag key '{key}' is reserved by AWS and cannot be added, changed or removed."


@pytest.mark.shows("CreateEnvironment", "success")
def test_the_answer_is_a_launch_that_has_no_address_yet(shop, create):
    role = "arn:aws:iam::123456789012:role/operations"
    answer = create("web1", Description="front", OperationsRole=role)
    date = datetime.fromtimestamp(shop.now / 1000, UTC)
    assert (answer["DateCreated"], answer["DateUpdated"]) == (date, date)
    assert answer["OperationsRole"] == role
    assert (answer["EnvironmentName"], answer["ApplicationName"]) == ("web1", "shop")
    assert re.fullmatch("e-[a-z0-9]{10}", answer["EnvironmentId"])
    assert answer.keys() == {*MEMBERS, "ResponseMetadata"}
    assert answer["Status"] == "Launching"
    assert answer["Health"] == "Grey"
    assert answer["AbortableOperationInProgress"] is False
    assert answer["Tier"] == {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
    assert answer["SolutionStackName"] == STACK
    assert answer["PlatformArn"] == PLATFORM
    assert answer["VersionLabel"] == "v1"
    assert answer["Description"] == "front"
    assert answer["EnvironmentLinks"] == []
    assert answer["EnvironmentArn"] == "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/shop/web1"
    assert not {"CNAME", "EndpointURL", "HealthStatus"} & answer.keys()


def test_a_prefix_is_a_name_at_once(shop, create):
    assert create("web1", CNAMEPrefix="shop-front")["CNAME"] == "shop-front.us-east-1.elasticbeanstalk.com"
    answer = shop.client.check_dns_availability(CNAMEPrefix="Shop-Front")
    assert answer["Available"] is False
    assert answer["FullyQualifiedCNAME"] == "Shop-Front.us-east-1.elasticbeanstalk.com"
    assert shop.client.check_dns_availability(CNAMEPrefix="other")["Available"] is True


def test_the_first_event_is_there_before_the_answer(shop, create):
    answer = create("web1")
    events = shop.client.describe_events(RequestId=answer["ResponseMetadata"]["RequestId"])["Events"]
    assert [event["Message"] for event in events] == ["createEnvironment is starting."]


def test_without_a_version_it_has_none_and_runs_the_sample(shop):
    answer = shop.client.create_environment(ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK)
    assert "VersionLabel" not in answer
    shop.until_ready("web1")
    shop.advance(120)
    environment = describe(shop)
    assert ("VersionLabel" in environment, environment["Health"]) == (False, "Green")
    (instance,) = shop.client.describe_instances_health(EnvironmentName="web1", AttributeNames=["All"])[
        "InstanceHealthList"
    ]
    assert (instance["Deployment"]["Status"], "VersionLabel" in instance["Deployment"]) == ("Deployed", False)


def test_a_platform_is_a_stack_or_an_arn(shop):
    answer = shop.client.create_environment(ApplicationName="shop", EnvironmentName="web1", PlatformArn=PLATFORM)
    assert answer["SolutionStackName"] == STACK


def test_a_worker_has_a_queue_and_no_name(shop, launch):
    answer = launch("jobs", Tier=WORKER)
    assert answer["Tier"] == {**WORKER, "Version": "1.0"}
    assert not {"CNAME", "EndpointURL"} & answer.keys()
    queues = shop.client.describe_environment_resources(EnvironmentName="jobs")["EnvironmentResources"]["Queues"]
    assert [queue["Name"] for queue in queues] == ["WorkerQueue", "WorkerDeadLetterQueue"]
    assert all(queue["URL"].startswith("https://sqs.us-east-1.amazonaws.com/123456789012/awseb-e-") for queue in queues)


@pytest.mark.shows("CreateEnvironment", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({"ApplicationName": "nobody"}, "InvalidParameterValue", "No Application named 'nobody' found."),
        ({"VersionLabel": "v9"}, "InvalidParameterValue", "No Application Version named 'v9' found."),
        ({"TemplateName": "saved"}, "InvalidParameterValue", "No Configuration Template named 'shop/saved' found."),
        ({"SolutionStackName": "BeOS"}, "InvalidParameterValue", "No Solution Stack named 'BeOS' found."),
        ({"PlatformArn": "arn:x"}, "InvalidParameterValue", "No Platform named 'arn:x' found."),
        (
            {"SolutionStackName": STACK, "PlatformArn": PLATFORM},
            "InvalidParameterCombination",
            "You cannot specify both solution stack and platform as modifiers",
        ),
        ({"EnvironmentName": "my_env"}, "InvalidParameterValue", f"Value my_env at 'EnvironmentName' {NAME_RULE}"),
        ({"EnvironmentName": "-env"}, "InvalidParameterValue", f"Value -env at 'EnvironmentName' {NAME_RULE}"),
        ({"CNAMEPrefix": "a.b.c"}, "InvalidParameterValue", f"Value a.b.c at 'CNAMEPrefix' {NAME_RULE}"),
        ({"Tier": WORKER, "CNAMEPrefix": "jobs"}, "InvalidParameterValue", "Environment does not support a cname"),
        ({"Tier": {"Name": "Oak"}}, "InvalidParameterValue", "Environment tier definition not found"),
        (
            {"Tier": {"Name": "Worker", "Type": "Standard"}},
            "InvalidParameterValue",
            "Environment tier definition not found",
        ),
        (
            {"OptionSettings": [option("aws:autoscaling:asg", "Minimum", "1")]},
            "ConfigurationValidationException",
            "Configuration validation exception: Invalid option specification (Namespace: 'aws:autoscaling:asg', "
            "OptionName: 'Minimum'): Unknown configuration setting.",
        ),
        (
            {"OptionSettings": [option("aws:elasticbeanstalk:command", "BatchSize", "0")]},
            "ConfigurationValidationException",
            "Configuration validation exception: Invalid option value: '0' (Namespace: 'aws:elasticbeanstalk:command', "
            "OptionName: 'BatchSize'): Value is less than minimum allowed value: 1",
        ),
        (
            {"OptionSettings": [option("aws:autoscaling:scheduledaction", "MinSize", "1")]},
            "InvalidParameterValue",
            "The scheduled action name cannot be blank.",
        ),
        (
            {"Tier": {"Name": "Cluster", "Type": "EKS"}},
            "InvalidParameterValue",
            "Environment tier definition not found",
        ),
        ({"Tags": [{"Key": "Name", "Value": "mine"}]}, "InvalidParameterValue", reserved("Name")),
        ({"Tags": [{"Key": "aws:mine", "Value": "1"}]}, "InvalidParameterValue", reserved("aws:mine")),
        (
            {"Tags": [{"Key": "elasticbeanstalk:environment-id", "Value": "e-1"}]},
            "InvalidParameterValue",
            reserved("elasticbeanstalk:environment-id"),
        ),
        (
            {"Tags": [{"Key": f"key{number}", "Value": "1"} for number in range(48)]},
            "TooManyTagsException",
            "The number of tags exceeds the limit of 47.",
        ),
        (
            {"OperationsRole": "r" * 257},
            "ValidationError",
            f"1 validation error detected: Value '{'r' * 257}' at 'operationsRole' failed to satisfy constraint: "
            "Member must have length less than or equal to 256",
        ),
        (
            {"GroupName": "g" * 20},
            "ValidationError",
            f"1 validation error detected: Value '{'g' * 20}' at 'groupName' failed to satisfy constraint: Member must "
            "have length less than or equal to 19",
        ),
    ],
)
def test_a_refusal_leaves_nothing_behind(shop, create, refused, parameters, code, sentence):
    before = shop.events()
    with refused(code, sentence):
        create(**{"EnvironmentName": "web1", **parameters})
    assert shop.events() == before
    assert shop.client.describe_environments()["Environments"] == []


def test_it_needs_a_platform(shop, refused):
    with refused("InvalidParameterValue", "Unable to determine base for template pack (no solution stack)"):
        shop.client.create_environment(ApplicationName="shop", EnvironmentName="web1")


@pytest.mark.shows("CreateEnvironment", "errors")
def test_it_needs_a_name(shop, refused):
    with refused("MissingRequiredParameter", "Either EnvironmentName or GroupName must be specified."):
        shop.client.create_environment(ApplicationName="shop", SolutionStackName=STACK)


@pytest.mark.shows("CreateEnvironment", "errors")
def test_where_there_is_no_sample_it_needs_a_version(shop, refused):
    with refused("InvalidParameterValue", "No application version exists to deploy for Application named shop."):
        shop.client.create_environment(ApplicationName="shop", EnvironmentName="web1", SolutionStackName=PACKER)


@pytest.mark.shows("CreateEnvironment", "states")
def test_nothing_is_put_into_an_application_that_is_going(shop, launch, refused):
    launch("web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    sentence = "Application named shop is in an invalid state for this operation. It is currently pending deletion."
    with refused("InvalidParameterValue", sentence):
        shop.client.create_environment(ApplicationName="shop", EnvironmentName="web2", SolutionStackName=STACK)


@pytest.mark.shows("CreateEnvironment", "states")
def test_a_version_that_failed_is_not_deployed(shop, create, refused):
    world = shop.store.world(ACCOUNT, REGION)
    version = world.application_version("shop", "v1")
    world.commit(Change(puts=(replace(version, status="FAILED"),)))
    sentence = "Application Version v1 is in an invalid state for this operation. Its status is FAILED."
    with refused("InvalidParameterValue", sentence):
        create("web1")


@pytest.mark.shows("CreateEnvironment", "errors")
def test_an_account_has_so_many_live_environments_and_no_more(shop, launch, create, refused, limited):
    limited(environments=2)
    launch("web1")
    create("web2")
    with refused("TooManyEnvironmentsException", TOO_MANY):
        create("web3")
    shop.client.terminate_environment(EnvironmentName="web1")
    with refused("TooManyEnvironmentsException", TOO_MANY):
        create("web3")
    shop.until("web1", "Terminated")
    create("web3")
    with refused("TooManyEnvironmentsException", TOO_MANY):
        shop.client.rebuild_environment(EnvironmentName="web1")
    shop.clients(region="eu-west-1").create_application(ApplicationName="shop")
    shop.clients(region="eu-west-1").create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK
    )


def test_a_retired_platform_is_still_there_for_those_who_ask_for_it(create):
    assert create("web1", SolutionStackName=RETIRED)["SolutionStackName"] == RETIRED


def test_a_name_has_one_holder_in_the_region(shop, create, refused):
    create("web1")
    shop.client.create_application_version(ApplicationName="other", VersionLabel="v1", AutoCreateApplication=True)
    with refused("InvalidParameterValue", "Environment web1 already exists."):
        create("web1", ApplicationName="other")
    shop.clients(region="eu-west-1").create_application(ApplicationName="shop")
    shop.clients(region="eu-west-1").create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK
    )


def test_a_cname_has_one_holder(create, refused):
    create("web1", CNAMEPrefix="front")
    with refused("InvalidParameterValue", "DNS name (FRONT.us-east-1.elasticbeanstalk.com) is not available."):
        create("web2", CNAMEPrefix="FRONT")


def test_a_terminated_environment_gives_its_names_back(shop, launch, create):
    launch("web1", CNAMEPrefix="front")
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    assert create("web1", CNAMEPrefix="front")["CNAME"] == "front.us-east-1.elasticbeanstalk.com"


def test_tags_are_kept_beside_the_services_own(shop, create):
    id_ = create("web1", Tags=[{"Key": "team", "Value": "blue"}])["EnvironmentId"]
    assert shop.store.world("123456789012", "us-east-1").environment(id_).tags == {
        "team": "blue",
        "Name": "web1",
        "elasticbeanstalk:environment-name": "web1",
        "elasticbeanstalk:environment-id": id_,
    }


def test_a_tag_may_have_no_value(shop, create):
    id_ = create("web1", Tags=[{"Key": "team"}])["EnvironmentId"]
    assert shop.store.world(ACCOUNT, REGION).environment(id_).tags["team"] == ""


def test_forty_seven_tags_are_not_too_many(create):
    create("web1", Tags=[{"Key": f"key{number}", "Value": "1"} for number in range(47)])


def test_the_storage_location_is_the_same_every_time(beanstalk):
    for _ in range(2):
        assert beanstalk.client.create_storage_location()["S3Bucket"] == "elasticbeanstalk-us-east-1-123456789012"


def test_solution_stacks_come_with_the_files_they_take(beanstalk):
    answer = beanstalk.client.list_available_solution_stacks()
    details = {stack["SolutionStackName"]: stack["PermittedFileTypes"] for stack in answer["SolutionStackDetails"]}
    assert answer["SolutionStacks"] == list(details)
    assert details[STACK] == ["zip"]
    assert "Amazon Linux 2023" in answer["SolutionStacks"][0]
