"""Versions whose source bundle is bad: what is left of an environment that was asked to deploy one."""

import zipfile
from io import BytesIO

import pytest
from msgspec.structs import replace

from beanpole.model.applications.contents import BundleProblem, Contents
from beanpole.model.changes.change import Change
from environments import STACK, describe, home, messages_of
from options import PROPERTIES, SINGLE, option

AL2023 = "64bit Amazon Linux 2023"
DOCKER = f"{AL2023} v4.13.7 running Docker"
COLOUR = option(PROPERTIES, "COLOUR", "green")
INVALID = {".ebextensions/a.config": "a: 1\nb: 2: 3"}
SKIPPED = {".ebextensions/a.config": "OptionSettings: {}"}


@pytest.fixture
def shop(shop_with_objects):
    """A shop with an object store."""
    return shop_with_objects


def version(world, label, files, **more):
    bundle = BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    world.objects.write("bucket", label, bundle.getvalue())
    source = {"S3Bucket": "bucket", "S3Key": label}
    world.client.create_application_version(ApplicationName="shop", VersionLabel=label, SourceBundle=source, **more)


def create(world, stack=STACK):
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        VersionLabel="v1",
        SolutionStackName=stack,
        OptionSettings=[SINGLE],
    )
    world.advance(300)


def fleet(world):
    return home(world).fleet(describe(world)["EnvironmentId"])


@pytest.mark.shows("UpdateEnvironment", "success")
def test_a_version_that_cannot_be_read_changes_nothing(shop):
    version(shop, "v1", {"app.py": ""})
    version(shop, "v2", INVALID)
    create(shop)
    before = fleet(shop)
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert describe(shop)["Status"] == "Updating"
    shop.advance(5)
    assert (describe(shop)["Status"], describe(shop)["VersionLabel"]) == ("Ready", "v1")
    assert fleet(shop) == before
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v1")
    shop.until_ready("web1")
    assert home(shop).environments()[0].deployment_id == 2


@pytest.mark.shows("UpdateEnvironment", "success")
def test_settings_that_came_with_it_stay_a_draft(shop):
    version(shop, "v1", {"app.py": ""})
    version(shop, "v2", INVALID)
    create(shop)
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2", OptionSettings=[COLOUR])
    shop.advance(5)
    settings = shop.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="web1")
    option_settings = {
        setting["DeploymentStatus"]: setting["OptionSettings"] for setting in settings["ConfigurationSettings"]
    }
    assert COLOUR in option_settings["failed"]
    assert COLOUR not in option_settings["deployed"]


@pytest.mark.shows("UpdateEnvironment", "success")
def test_a_file_that_is_skipped_stops_nothing(shop):
    version(shop, "v1", {"app.py": ""})
    version(shop, "v2", SKIPPED)
    create(shop)
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2", OptionSettings=[COLOUR])
    shop.until_ready("web1")
    assert describe(shop)["VersionLabel"] == "v2"
    assert (
        len([event for event in shop.events("web1") if event.severity == "WARN" and "Skipping" in event.message]) == 1
    )


@pytest.mark.shows("CreateEnvironment", "success")
def test_a_launch_fails_for_good(shop):
    version(shop, "v1", INVALID)
    create(shop)
    assert describe(shop)["Status"] == "Terminated"
    assert messages_of(shop)[-2:] == ["Failed to launch environment.", "Deleting SNS topic for environment web1."]
    version(shop, "v2", {"app.py": ""})
    shop.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", VersionLabel="v2", SolutionStackName=STACK
    )
    shop.until_ready("web1")


@pytest.mark.shows("RebuildEnvironment", "success")
def test_what_was_never_launched_cannot_be_restored(shop):
    version(shop, "v1", INVALID)
    create(shop)
    shop.client.rebuild_environment(EnvironmentId=describe(shop)["EnvironmentId"])
    assert describe(shop)["Status"] == "Launching"
    shop.advance(10)
    assert describe(shop)["Status"] == "Terminated"


@pytest.mark.shows("RebuildEnvironment", "success")
def test_a_rebuild_with_a_version_that_cannot_be_read_leaves_nothing(shop):
    version(shop, "v1", {"app.py": ""})
    create(shop)
    bad = Contents(problems=(BundleProblem("syntax", ".ebextensions/a.config", "y", "j"),))
    home(shop).commit(Change(puts=(replace(home(shop).application_version("shop", "v1"), contents=bad),)))
    shop.client.rebuild_environment(EnvironmentName="web1")
    shop.advance(1200)
    terminated = home(shop).environments()[0]
    assert (terminated.status, terminated.resources, fleet(shop)) == ("Terminated", (), {})
    assert messages_of(shop)[-2:] == ["Failed to launch environment.", "Deleting SNS topic for environment web1."]


@pytest.mark.shows("CreateEnvironment", "success")
@pytest.mark.shows("UpdateEnvironment", "success")
def test_where_there_is_nothing_to_start_the_environment_waits_for_a_better_version(shop):
    version(shop, "v1", {"readme.md": ""})
    version(shop, "v2", {"Dockerfile": "FROM nginx"})
    create(shop, DOCKER)
    assert (describe(shop)["Status"], describe(shop)["Health"]) == ("Ready", "Red")
    assert all(instance.failed for instance in fleet(shop).values())
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    shop.advance(120)
    assert (describe(shop)["VersionLabel"], describe(shop)["Health"]) == ("v2", "Green")


@pytest.mark.shows("UpdateEnvironment", "states")
def test_a_version_that_is_being_processed_fails_what_deploys_it(shop):
    version(shop, "v1", {"app.py": ""})
    create(shop)
    version(shop, "v2", INVALID, Process=True)
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.advance(5)
    assert describe(shop)["VersionLabel"] == "v1"
    assert messages_of(shop)[-1] == "Failed to deploy application."
