"""Custom platforms: built from a definition, listed and described, run on, and deleted."""

from datetime import UTC, datetime

import pytest

from archives import zipped
from beanpole.testing import ACCOUNT, REGION
from operations.custom_platforms import ARN, BARE, BUNDLE, DEFINITION, LONG, OWN, archive, ask, build, platform_rows
from options import option

BUILDER = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}:environment/Custom Platform Builder"
BUILT = {
    "SupportedTierList": ["WebServer/Standard", "Worker/SQS/HTTP"],
    "SupportedAddonList": ["Log/S3", "WorkerDaemon/SQSD"],
}


NAME_RULE = "at 'PlatformName' failed to satisfy constraint: Member must have 1 to 100 characters and no slash"
TOO_MANY = (
    "You cannot have more than 50 Custom Platforms. Either remove some Custom Platforms or request a limit increase."
)


CREDENTIAL = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/elasticbeanstalk/aws4_request"


def describe_platform(world, arn=ARN):
    return world.client.describe_platform_version(PlatformArn=arn)["PlatformDescription"]


def messages_by(world, **parameters):
    return [event["Message"] for event in reversed(world.client.describe_events(**parameters)["Events"])]


@pytest.mark.shows("CreatePlatformVersion", "success")
def test_the_answer_names_the_platform_and_its_builder(beanstalk):
    answer = ask(beanstalk, Tags=[{"Key": "team", "Value": "blue"}])
    del answer["ResponseMetadata"]
    assert answer == {
        "PlatformSummary": BARE | {"PlatformArn": ARN, "PlatformStatus": "Creating", "PlatformVersion": "1.0.0"},
        "Builder": {"ARN": f"{BUILDER}/eb-custom-platform-builder-packer"},
    }
    tags = beanstalk.client.list_tags_for_resource(ResourceArn=ARN)["ResourceTags"]
    assert tags == [{"Key": "team", "Value": "blue"}]


@pytest.mark.shows("CreatePlatformVersion", "success")
@pytest.mark.shows("DescribePlatformVersion", "success")
@pytest.mark.shows("DescribePlatformVersion", "states")
def test_a_platform_is_built_in_its_time(beanstalk):
    begun = datetime.fromtimestamp(beanstalk.now / 1000, UTC)
    ask(beanstalk)
    beanstalk.advance(600)
    assert describe_platform(beanstalk)["PlatformStatus"] == "Creating"
    beanstalk.advance(600)
    answer = describe_platform(beanstalk)
    images = answer.pop("CustomAmiList")
    ended = answer.pop("DateUpdated")
    assert answer == BARE | BUILT | {
        "PlatformArn": ARN,
        "PlatformName": "NodeJS",
        "PlatformVersion": "1.0.0",
        "PlatformStatus": "Ready",
        "DateCreated": begun,
        "ProgrammingLanguages": [],
        "Frameworks": [],
        "DefaultAmiList": [],
    }
    assert [image["VirtualizationType"] for image in images] == ["pv", "hvm"]
    assert len({image["ImageId"] for image in images}) == 1
    assert 600 < (ended - begun).total_seconds() < 900
    assert messages_by(beanstalk)[-1] == "Successfully created platform version 'NodeJS/1.0.0'."


@pytest.mark.shows("CreatePlatformVersion", "success")
def test_a_definition_says_what_the_platform_is(beanstalk_with_objects):
    bundle = archive(platform_yaml=DEFINITION, packer_json="{}")
    beanstalk_with_objects.objects.write("definitions", "nodejs.zip", bundle)
    build(beanstalk_with_objects)
    answer = describe_platform(beanstalk_with_objects)
    assert answer["PlatformStatus"] == "Ready"
    assert (answer["Description"], answer["Maintainer"]) == ("Node.js as we like it.", "somebody")
    assert (answer["OperatingSystemName"], answer["OperatingSystemVersion"]) == ("Ubuntu", "16.04")
    assert answer["ProgrammingLanguages"] == [{"Name": "ECMAScript", "Version": "ECMA-262"}]
    assert answer["Frameworks"] == [{"Name": "NodeJs", "Version": "4.4.4"}]
    assert len(platform_rows(beanstalk_with_objects, ("OperatingSystemName", "=", "Ubuntu"))) == 1
    assert len(platform_rows(beanstalk_with_objects, ("ProgrammingLanguageName", "=", "ECMAScript"))) == 1


@pytest.mark.parametrize(
    ("bundle", "problem"),
    [
        (b"", "The platform definition bundle is not a zip archive."),
        (archive(packer_json="{}"), "Cannot find platform.yaml in the platform definition bundle."),
        (archive(platform_yaml="- a\n- b"), "platform.yaml is not a valid YAML mapping."),
        (archive(platform_yaml="{"), "platform.yaml is not a valid YAML mapping."),
        (archive(platform_yaml="a: " + "b" * (1 << 18)), "platform.yaml is too long."),
        (archive(platform_yaml=DEFINITION.replace("1.0", "2.0")), "The version in platform.yaml must be 1.0."),
        (
            archive(platform_yaml=DEFINITION.replace("type: packer", "type: docker")),
            "The provisioner type in platform.yaml must be packer.",
        ),
        (
            archive(platform_yaml=DEFINITION),
            "Cannot find the provisioner template 'packer.json' in the platform definition bundle.",
        ),
    ],
)
def test_a_definition_that_nothing_can_be_built_from(beanstalk_with_objects, bundle, problem):
    beanstalk_with_objects.objects.write("definitions", "nodejs.zip", bundle)
    build(beanstalk_with_objects)
    assert describe_platform(beanstalk_with_objects)["PlatformStatus"] == "Failed"
    assert messages_by(beanstalk_with_objects, PlatformArn=ARN) == [
        "Initiated platform version creation for 'NodeJS/1.0.0'.",
        f"Invalid platform definition: {problem}",
        "Failed to create platform version 'NodeJS/1.0.0'.",
    ]


def test_a_definition_that_is_too_large_is_not_even_fetched(beanstalk_with_objects, monkeypatch):
    monkeypatch.setattr(beanstalk_with_objects.objects, "size", lambda bucket, key: (512 << 20) + 1)
    build(beanstalk_with_objects)
    problem = "Invalid platform definition: The platform definition bundle is too large."
    assert messages_by(beanstalk_with_objects, PlatformArn=ARN)[1] == problem


def test_a_definition_with_a_long_directory_is_too_large_and_fetched_no_further(beanstalk_with_objects, monkeypatch):
    monkeypatch.setattr("beanpole.files.bundle.remote.MOST_FETCHED", 100_000)
    names = zipped({f"{number:0100}": "" for number in range(1_000)})
    beanstalk_with_objects.objects.write("definitions", "nodejs.zip", names)
    build(beanstalk_with_objects)
    problem = "Invalid platform definition: The platform definition bundle is too large."
    assert messages_by(beanstalk_with_objects, PlatformArn=ARN)[1] == problem


def test_names_may_hold_what_arns_and_keys_are_made_of(beanstalk):
    arn = build(beanstalk, name="a:b|c d")
    assert describe_platform(beanstalk, arn)["PlatformStatus"] == "Ready"
    assert beanstalk.client.list_tags_for_resource(ResourceArn=arn)["ResourceTags"] == []
    beanstalk.client.delete_platform_version(PlatformArn=arn)
    beanstalk.advance(60)
    assert platform_rows(beanstalk) == []


@pytest.mark.shows("CreatePlatformVersion", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        (
            {"PlatformName": "a/b"},
            "InvalidParameterValue",
            f"Value a/b {NAME_RULE}",
        ),
        (
            {"PlatformName": ""},
            "InvalidParameterValue",
            f"Value  {NAME_RULE}",
        ),
        *(
            (
                {"PlatformVersion": version},
                "InvalidParameterValue",
                f"Value {version} at 'PlatformVersion' failed to satisfy constraint: Member must be three numbers with "
                "dots between them",
            )
            for version in ("", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.x", "1.0.-1", "01.0.0", f"1.0.{'9' * 10}")
        ),
        (
            {"PlatformDefinitionBundle": {"S3Bucket": "definitions"}},
            "MissingRequiredParameter",
            "PlatformDefinitionBundle must specify S3Bucket and S3Key.",
        ),
        (
            {"EnvironmentName": "my_builder"},
            "InvalidParameterValue",
            "Value my_builder at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, "
            "digits, and the dash character and may not start or end with a dash",
        ),
        (
            {"OptionSettings": [option("aws:nothing", "Nothing", "1")]},
            "ConfigurationValidationException",
            "Configuration validation exception: Invalid option specification (Namespace: 'aws:nothing', OptionName: "
            "'Nothing'): Unknown configuration setting.",
        ),
        (
            {"Tags": [{"Key": "aws:team", "Value": "blue"}]},
            "InvalidParameterValue",
            "Tag key 'aws:team' is reserved by AWS and cannot be added, changed or removed.",
        ),
        (
            {"Tags": [{"Key": f"key{number}", "Value": "1"} for number in range(51)]},
            "TooManyTagsException",
            "The number of tags exceeds the limit of 50.",
        ),
    ],
)
def test_a_platform_that_cannot_be_asked_for(beanstalk, refused, parameters, code, sentence):
    with refused(code, sentence):
        beanstalk.client.create_platform_version(
            **({"PlatformName": "NodeJS", "PlatformVersion": "1.0.0", "PlatformDefinitionBundle": BUNDLE} | parameters)
        )
    assert platform_rows(beanstalk) == []


@pytest.mark.shows("CreatePlatformVersion", "errors")
def test_a_definition_that_is_not_there(beanstalk_with_objects, refused):
    sentence = "Unable to download from S3 location (Bucket: definitions  Key: nodejs.zip). Reason: Not Found"
    with refused("InvalidParameterCombination", sentence):
        ask(beanstalk_with_objects)


@pytest.mark.shows("CreatePlatformVersion", "errors")
@pytest.mark.shows("CreatePlatformVersion", "states")
def test_a_version_is_made_once_whatever_became_of_it(beanstalk, refused):
    sentence = "Platform Version NodeJS/1.0.0 already exists."
    ask(beanstalk)
    with refused("InvalidParameterValue", sentence):
        ask(beanstalk)
    beanstalk.advance(LONG)
    beanstalk.client.delete_platform_version(PlatformArn=ARN)
    with refused("InvalidParameterValue", sentence):
        ask(beanstalk)
    beanstalk.advance(LONG)
    ask(beanstalk)


@pytest.mark.shows("CreatePlatformVersion", "errors")
def test_there_are_fifty_platforms_at_most(beanstalk, refused):
    for number in range(50):
        ask(beanstalk, version=f"1.0.{number}")
    with refused("TooManyPlatformsException", TOO_MANY):
        ask(beanstalk, version="2.0.0")
    assert len(platform_rows(beanstalk)) == 50


def test_a_builder_may_have_another_name_and_settings(beanstalk):
    setting = {"Namespace": "aws:autoscaling:launchconfiguration", "OptionName": "InstanceType", "Value": "t3.small"}
    answer = ask(beanstalk, EnvironmentName="our-builder", OptionSettings=[setting])
    assert answer["Builder"]["ARN"] == f"{BUILDER}/our-builder"
    beanstalk.advance(LONG)
    assert "Creating Packer builder environment 'our-builder'." in messages_by(beanstalk, PlatformArn=ARN)


@pytest.mark.shows("ListPlatformVersions", "success")
@pytest.mark.shows("ListPlatformVersions", "states")
def test_own_platforms_are_listed_by_name_and_the_newest_version_first(beanstalk):
    for name, version in (("Rust", "1.0.0"), ("NodeJS", "1.9.0"), ("NodeJS", "1.10.0"), ("NodeJS", "1.2.0")):
        ask(beanstalk, name, version)
    beanstalk.advance(LONG)
    ask(beanstalk, "NodeJS", "2.0.0")

    def names(*filters):
        return [platform["PlatformArn"].removeprefix(f"{OWN}/") for platform in platform_rows(beanstalk, *filters)]

    assert names() == ["NodeJS/2.0.0", "NodeJS/1.10.0", "NodeJS/1.9.0", "NodeJS/1.2.0", "Rust/1.0.0"]
    assert names(("PlatformName", "=", "NodeJS"), ("PlatformStatus", "=", "Ready"))[0] == "NodeJS/1.10.0"
    assert names(("PlatformVersion", "=", "latest")) == ["NodeJS/2.0.0", "Rust/1.0.0"]
    assert names(("PlatformStatus", "=", "Creating")) == ["NodeJS/2.0.0"]
    assert names(("PlatformVersion", ">", "1.9.0")) == ["NodeJS/2.0.0", "NodeJS/1.10.0"]
    assert names(("PlatformBranchName", "contains", "")) == []
    assert names(("PlatformLifecycleState", "!=", "Recommended")) == names()
    everything = beanstalk.client.list_platform_versions()["PlatformSummaryList"]
    assert everything[-5:] == platform_rows(beanstalk)
    assert everything[-1] == BARE | BUILT | {
        "PlatformArn": f"{OWN}/Rust/1.0.0",
        "PlatformStatus": "Ready",
        "PlatformVersion": "1.0.0",
    }
    pages = beanstalk.client.get_paginator("list_platform_versions").paginate(PaginationConfig={"PageSize": 3})
    assert [platform for page in pages for platform in page["PlatformSummaryList"]] == everything


def test_platforms_are_of_one_account_in_one_region(beanstalk, refused):
    ask(beanstalk)
    for elsewhere in (beanstalk.clients("eu-west-1"), beanstalk.clients(account="000000000001")):
        own = [{"Type": "PlatformOwner", "Operator": "=", "Values": ["self"]}]
        assert elsewhere.list_platform_versions(Filters=own)["PlatformSummaryList"] == []
        with refused("InvalidParameterValue", f"Platform '{ARN}' does not exist."):
            elsewhere.describe_platform_version(PlatformArn=ARN)


def test_the_events_of_a_platform_are_found_by_its_arn(beanstalk):
    request_id = ask(beanstalk)["ResponseMetadata"]["RequestId"]
    ask(beanstalk, "Rust")
    beanstalk.advance(LONG)
    events = beanstalk.client.describe_events(PlatformArn=ARN)["Events"]
    assert len(events) == 7
    assert {event["PlatformArn"] for event in events} == {ARN}
    assert {event["RequestId"] for event in events} == {request_id}
    assert beanstalk.client.describe_events(PlatformArn=ARN, RequestId=request_id)["Events"] == events
    assert beanstalk.client.describe_events(PlatformArn=ARN, MaxRecords=1)["Events"] == events[:1]
    dates = [event["EventDate"] for event in events]
    assert dates == sorted(set(dates), reverse=True)
