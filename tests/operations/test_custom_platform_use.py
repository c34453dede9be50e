"""Environments on custom platforms, and the deletion of platforms."""

import pytest

from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.store.world import World
from beanpole.testing import ACCOUNT, REGION
from operations.custom_platforms import ARN, BARE, DEFINITION, LONG, OWN, archive, ask, build, platform_rows
from options import COMMAND, SINGLE, option

MANAGED = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"


def launch_on(world, arn, name="shop-web", **more):
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName=name,
        PlatformArn=arn,
        VersionLabel="v1",
        OptionSettings=[SINGLE],
        **more,
    )


def test_an_environment_runs_on_a_custom_platform(shop):
    build(shop)
    launch_on(shop, ARN)
    shop.until_ready("shop-web")
    (environment,) = shop.client.describe_environments()["Environments"]
    assert environment["PlatformArn"] == ARN
    assert "SolutionStackName" not in environment
    (configuration,) = shop.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="shop-web")[
        "ConfigurationSettings"
    ]
    assert (configuration["PlatformArn"], configuration.get("SolutionStackName")) == (ARN, None)
    options = {
        (setting["Namespace"], setting["OptionName"]): setting.get("Value")
        for setting in configuration["OptionSettings"]
    }
    assert options["aws:elasticbeanstalk:healthreporting:system", "SystemType"] == "enhanced"
    assert ("aws:elasticbeanstalk:container:python", "WSGIPath") not in options
    for change in ({"VersionLabel": "v2"}, {"PlatformArn": ARN, "Description": "mine"}, {"VersionLabel": "v1"}):
        shop.client.update_environment(EnvironmentName="shop-web", **change)
        shop.until_ready("shop-web")
    setting = option(COMMAND, "Timeout", "900")
    shop.client.update_environment(EnvironmentName="shop-web", OptionSettings=[setting])
    shop.until_ready("shop-web")
    shop.client.terminate_environment(EnvironmentName="shop-web")
    shop.until("shop-web", "Terminated")


def test_a_worker_runs_on_a_custom_platform(shop):
    build(shop)
    shop.client.create_environment(
        ApplicationName="shop", EnvironmentName="jobs", PlatformArn=ARN, Tier={"Name": "Worker", "Type": "SQS/HTTP"}
    )
    shop.until_ready("jobs")


def test_nothing_is_launched_on_a_platform_that_is_not_ready(beanstalk_with_objects, refused):
    world = beanstalk_with_objects
    world.client.create_application(ApplicationName="shop")
    world.objects.write("definitions", "nodejs.zip", archive(platform_yaml=DEFINITION, packer_json="{}"))

    def refused_launch(arn):
        sentence = f"Platform '{arn}' is in an invalid state for this operation. Must be Ready."
        with refused("InvalidParameterValue", sentence):
            world.client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", PlatformArn=arn)

    ask(world)
    refused_launch(ARN)
    world.advance(LONG)
    world.client.delete_platform_version(PlatformArn=ARN)
    refused_launch(ARN)
    world.objects.write("definitions", "nodejs.zip", b"nothing")
    refused_launch(build(world, version="1.0.1"))
    unknown = f"{OWN}/NodeJS/9.0.0"
    with refused("InvalidParameterValue", f"No Platform named '{unknown}' found."):
        world.client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", PlatformArn=unknown)


def test_nothing_is_launched_on_a_platform_whose_deletion_was_faster(shop, refused, monkeypatch):
    build(shop)
    commit, late = World.commit, []

    def commit_late(world, change):
        if not late:
            late.append(change)
            shop.client.delete_platform_version(PlatformArn=ARN)
        commit(world, change)

    monkeypatch.setattr(World, "commit", commit_late)
    sentence = f"Platform '{ARN}' is in an invalid state for this operation. Must be Ready."
    with refused("InvalidParameterValue", sentence):
        launch_on(shop, ARN)
    assert shop.client.describe_environments()["Environments"] == []


@pytest.mark.parametrize(
    "arn", [MANAGED.replace("us-east-1", "eu-west-1"), MANAGED.replace("arn:aws:", "arn:aws-us-gov:")]
)
def test_nothing_is_launched_on_a_platform_of_elsewhere(shop, refused, arn):
    with refused("InvalidParameterValue", f"No Platform named '{arn}' found."):
        launch_on(shop, arn)


@pytest.mark.shows("DeletePlatformVersion", "success")
def test_a_platform_is_deleted_in_its_time(beanstalk):
    build(beanstalk)
    answer = beanstalk.client.delete_platform_version(PlatformArn=ARN)
    request_id = answer.pop("ResponseMetadata")["RequestId"]
    summary = BARE | {"PlatformArn": ARN, "PlatformStatus": "Deleting", "PlatformVersion": "1.0.0"}
    assert answer == {"PlatformSummary": summary}
    assert platform_rows(beanstalk) == [summary]
    beanstalk.advance(60)
    assert platform_rows(beanstalk) == []
    events = beanstalk.client.describe_events(PlatformArn=ARN, RequestId=request_id)["Events"]
    assert [event["Message"] for event in events] == [
        "Successfully deleted platform version 'NodeJS/1.0.0'.",
        "Initiated platform version deletion for 'NodeJS/1.0.0'.",
    ]


def test_the_eb_cli_may_say_what_becomes_of_the_resources(beanstalk):
    build(beanstalk)
    answer = beanstalk.app.test_client().post(
        "/",
        data={"Action": "DeletePlatformVersion", "PlatformArn": ARN, "DeleteResources": "true"},
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/elasticbeanstalk/aws4_request"
        },
    )
    assert answer.status_code == 200
    assert b"<PlatformStatus>Deleting</PlatformStatus>" in answer.data


@pytest.mark.shows("DeletePlatformVersion", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({}, "MissingRequiredParameter", "PlatformArn must be specified."),
        ({"PlatformArn": ""}, "MissingRequiredParameter", "PlatformArn must be specified."),
        ({"PlatformArn": ARN}, "InvalidParameterValue", f"Platform '{ARN}' does not exist."),
        ({"PlatformArn": "arn:x"}, "InvalidParameterValue", "Platform 'arn:x' does not exist."),
        (
            {"PlatformArn": MANAGED.replace("us-east-1", "eu-west-1")},
            "InvalidParameterValue",
            f"Platform '{MANAGED.replace('us-east-1', 'eu-west-1')}' does not exist.",
        ),
        (
            {"PlatformArn": MANAGED},
            "InsufficientPrivilegesException",
            f"You do not have permission to delete platform '{MANAGED}'. It is owned by AWSElasticBeanstalk.",
        ),
    ],
)
def test_a_platform_that_cannot_be_deleted(beanstalk, refused, parameters, code, sentence):
    with refused(code, sentence):
        beanstalk.client.delete_platform_version(**parameters)


@pytest.mark.shows("DeletePlatformVersion", "states")
def test_a_platform_that_is_busy_is_not_deleted(beanstalk, refused):
    sentence = (
        f"Unable to delete platform version: {ARN}. An operation is already in progress, please retry again shortly."
    )
    ask(beanstalk)
    with refused("OperationInProgressFailure", sentence):
        beanstalk.client.delete_platform_version(PlatformArn=ARN)
    beanstalk.advance(LONG)
    beanstalk.client.delete_platform_version(PlatformArn=ARN)
    with refused("OperationInProgressFailure", sentence):
        beanstalk.client.delete_platform_version(PlatformArn=ARN)


@pytest.mark.shows("DeletePlatformVersion", "errors")
@pytest.mark.shows("DeletePlatformVersion", "states")
def test_a_platform_that_is_in_use_is_not_deleted(shop, refused):
    build(shop)
    launch_on(shop, ARN)
    for _ in range(2):
        with refused("PlatformVersionStillReferencedException", "Platform version is still in use by environments."):
            shop.client.delete_platform_version(PlatformArn=ARN)
        shop.until_ready("shop-web")
    shop.client.terminate_environment(EnvironmentName="shop-web")
    shop.until("shop-web", "Terminated")
    shop.client.delete_platform_version(PlatformArn=ARN)
    shop.advance(60)
    assert platform_rows(shop) == []
    with refused("InvalidParameterValue", f"No Platform named '{ARN}' found."):
        shop.client.rebuild_environment(EnvironmentName="shop-web")
    build(shop)
    shop.client.rebuild_environment(EnvironmentName="shop-web")
    shop.until_ready("shop-web")


def test_a_platform_that_failed_can_be_deleted(beanstalk_with_objects):
    beanstalk_with_objects.objects.write("definitions", "nodejs.zip", b"nothing")
    build(beanstalk_with_objects)
    beanstalk_with_objects.client.delete_platform_version(PlatformArn=ARN)
    beanstalk_with_objects.advance(60)
    assert platform_rows(beanstalk_with_objects) == []


def test_a_quiet_platform_is_due_for_nothing(beanstalk):
    build(beanstalk)
    platforms = beanstalk.store.world(ACCOUNT, REGION).all(CustomPlatform)
    assert [(platform.status, platform.due) for platform in platforms] == [("Ready", None)]


def test_a_world_with_platforms_is_kept_and_brought_back(beanstalk):
    build(beanstalk)
    ask(beanstalk, version="1.0.1")
    beanstalk.advance(60)
    http = beanstalk.app.test_client()
    answer = http.get(f"/_beanpole/state?account={ACCOUNT}").get_json()
    before = platform_rows(beanstalk)
    assert http.put(f"/_beanpole/state?account={ACCOUNT}", json=answer).status_code in (200, 204)
    assert platform_rows(beanstalk) == before
    beanstalk.advance(LONG)
    assert {platform["PlatformStatus"] for platform in platform_rows(beanstalk)} == {"Ready"}


def test_an_environment_goes_to_a_custom_platform_and_back(shop):
    arn = build(shop)
    launch_on(shop, MANAGED)
    shop.until_ready("shop-web")
    for target, stack in ((arn, None), (MANAGED, "64bit Amazon Linux 2023 v4.13.7 running Python 3.14")):
        shop.client.update_environment(EnvironmentName="shop-web", PlatformArn=target)
        shop.until_ready("shop-web")
        (environment,) = shop.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"]
        assert (environment["PlatformArn"], environment.get("SolutionStackName")) == (target, stack)
