"""Custom platforms and tags on a manual clock with seed 0, each story held against its golden timeline."""

import io
import zipfile

import pytest

from beanpole.model.changes.change import Change
from beanpole.testing import ACCOUNT, REGION
from environments import STACK, events_since
from options import SINGLE

BUNDLE = {"S3Bucket": "definitions", "S3Key": "nodejs.zip"}


def build(world, name="NodeJS", version="1.0.0", **more):
    parameters = {"PlatformName": name, "PlatformVersion": version, "PlatformDefinitionBundle": BUNDLE, **more}
    return world.client.create_platform_version(**parameters)["PlatformSummary"]["PlatformArn"]


@pytest.fixture
def shop(beanstalk):
    """An application with a single instance on the service's own platform."""
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK, OptionSettings=[SINGLE]
    )
    beanstalk.until_ready("shop-web")
    beanstalk.advance(120)
    return beanstalk


def test_a_platform_is_built(beanstalk, golden):
    build(beanstalk)
    beanstalk.advance(1200)
    golden("platform-build", beanstalk.events())


def test_a_second_version_finds_its_builder_there(beanstalk, golden):
    build(beanstalk)
    beanstalk.advance(1200)
    mark = beanstalk.now
    build(beanstalk, version="1.0.1")
    beanstalk.advance(1200)
    golden("platform-build-again", events_since(beanstalk, mark))


def test_a_definition_without_a_platform_yaml(beanstalk_with_objects, golden):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("packer.json", "{}")
    beanstalk_with_objects.objects.write("definitions", "nodejs.zip", archive.getvalue())
    build(beanstalk_with_objects)
    beanstalk_with_objects.advance(1200)
    golden("platform-build-refused", beanstalk_with_objects.events())


def test_a_platform_is_deleted(beanstalk, golden):
    arn = build(beanstalk)
    beanstalk.advance(1200)
    mark = beanstalk.now
    beanstalk.client.delete_platform_version(PlatformArn=arn)
    beanstalk.advance(120)
    golden("platform-delete", events_since(beanstalk, mark))


def test_a_platform_stays_that_an_environment_has_come_to_run_on_meanwhile(shop, golden):
    arn = build(shop)
    shop.advance(1200)
    mark = shop.now
    shop.client.delete_platform_version(PlatformArn=arn)
    move_to(shop, arn)
    shop.advance(120)
    golden("platform-kept", events_since(shop, mark))


def move_to(world, arn):
    """What a request can only do that found the platform Ready and was slower than its deletion."""
    from msgspec.structs import replace

    own = world.store.world(ACCOUNT, REGION)
    environment = own.environment_named("shop-web")
    own.commit(Change(puts=(replace(environment, platform_arn=arn, solution_stack_name=None),)))


def test_an_environment_on_a_custom_platform(beanstalk, golden):
    arn = build(beanstalk)
    beanstalk.advance(1200)
    mark = beanstalk.now
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", PlatformArn=arn, OptionSettings=[SINGLE]
    )
    beanstalk.until_ready("shop-web")
    golden("launch-custom-platform", events_since(beanstalk, mark))


def test_the_tags_of_an_environment_change(shop, golden):
    mark = shop.now
    arn = shop.client.describe_environments()["Environments"][0]["EnvironmentArn"]
    shop.client.update_tags_for_resource(ResourceArn=arn, TagsToAdd=[{"Key": "team", "Value": "blue"}])
    shop.advance(600)
    golden("tag", events_since(shop, mark))
