"""Application versions that are processed: what is read in their source bundles, and what that allows."""

from datetime import timedelta

import pytest

from archives import zipped
from beanpole.store.world import World
from beanpole.testing import ACCOUNT, REGION
from environments import STACK
from operations.version_calls import describe_version
from operations.versions import BUNDLE, GOOD, create, launch_web1

BAD = GOOD | {".ebextensions/b.config": "a: b: c"}
NO_MAP = GOOD | {".ebextensions/b.config": "option_settings: [COLOUR]"}


@pytest.mark.shows("CreateApplicationVersion", "success")
@pytest.mark.shows("DescribeApplicationVersions", "states")
def test_a_version_is_processed_within_seconds(shop):
    answer = create(shop, "v3", Process=True)
    assert (answer["Status"], answer["Process"]) == ("PROCESSING", True)
    shop.advance(3)
    assert describe_version(shop, "v3")["Status"] == "PROCESSING"
    shop.advance(10)
    reply = describe_version(shop, "v3")
    assert (reply["Status"], reply["Process"]) == ("PROCESSED", True)
    assert timedelta(seconds=5) < reply["DateUpdated"] - reply["DateCreated"] < timedelta(seconds=7)
    last = shop.events()[-1]
    assert last.message == "Finished processing application version v3 for application shop: PROCESSED."
    assert (last.version_label, last.request_id) == ("v3", shop.events()[-2].request_id)
    assert shop.store.world(ACCOUNT, REGION).application_version("shop", "v3").due is None


def test_processing_without_a_build_fails_where_a_fault_says_so(shop):
    fault = shop.arm("build-fails", where={"version_label": "v3"}, times=1)
    create(shop, "v3", Process=True)
    create(shop, "v4", Process=True)
    shop.advance(60)
    assert [describe_version(shop, label)["Status"] for label in ("v3", "v4")] == ["FAILED", "PROCESSED"]
    assert [(row["id"], row["fired"]) for row in shop.faults()] == [(fault, 1)]
    messages = [event.message for event in shop.events() if event.version_label == "v3"]
    assert messages[-1] == "Finished processing application version v3 for application shop: FAILED."
    assert not any("CodeBuild" in message for message in messages)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (BAD, "The configuration file .ebextensions/b.config in application version v1 contains invalid YAML or JSON."),
        (NO_MAP, "Each option setting in configuration file .ebextensions/b.config in application version v1 must be"),
        ({"env.yaml": "a: b: c"}, "The configuration file env.yaml in application version v1 contains invalid YAML"),
    ],
)
def test_processing_fails_with_a_reason(stored, files, message):
    stored.objects.write("bucket", "shop/v1.zip", zipped(files))
    create(stored, SourceBundle=BUNDLE, Process=True)
    stored.advance(60)
    assert describe_version(stored, "v1")["Status"] == "FAILED"
    reason, over = stored.events()[-2:]
    assert reason.message.startswith(message)
    assert over.message == "Finished processing application version v1 for application shop: FAILED."
    assert (reason.severity, over.severity) == ("ERROR", "ERROR")


def test_without_an_object_store_nothing_fails(shop):
    create(shop, "v3", SourceBundle=BUNDLE, Process=True)
    shop.advance(60)
    assert describe_version(shop, "v3")["Status"] == "PROCESSED"


def test_what_is_found_in_a_bundle_is_kept_with_the_version(stored):
    create(stored, SourceBundle=BUNDLE)
    version = stored.store.world(ACCOUNT, REGION).application_version("shop", "v1")
    assert [(setting.option_name, setting.value) for setting in version.extensions] == [("COLOUR", "green")]
    assert version.contents.configuration_files == (".ebextensions/a.config",)
    stored.objects.write("bucket", "shop/v1.zip", b"something else")
    stored.client.update_application_version(ApplicationName="shop", VersionLabel="v1", Description="once is enough")
    assert stored.store.world(ACCOUNT, REGION).application_version("shop", "v1").extensions == version.extensions


def test_a_failed_version_is_not_deployed(stored, refused):
    stored.objects.write("bucket", "shop/v1.zip", zipped(BAD))
    create(stored, SourceBundle=BUNDLE, Process=True)
    stored.advance(60)
    with refused(
        "InvalidParameterValue",
        "Application Version v1 is in an invalid state for this operation. Its status is FAILED.",
    ):
        launch_web1(stored)


def test_a_bundle_with_an_entry_that_is_no_map_is_not_deployed(stored, refused):
    stored.objects.write("bucket", "shop/v1.zip", zipped(NO_MAP))
    create(stored, SourceBundle=BUNDLE)
    with refused(
        "InvalidParameterValue",
        "Each option setting in configuration file .ebextensions/b.config in application version v1 must be a map. "
        "Update each option setting in the configuration file.",
    ):
        launch_web1(stored)


def test_extensions_of_extensions_come_from_the_api_only(stored, refused):
    files = {
        ".ebextensions/a.config": "option_settings: {aws:elasticbeanstalk:environment: {ExternalExtensionsS3Key: k}}"
    }
    stored.objects.write("bucket", "shop/v1.zip", zipped(files))
    create(stored, SourceBundle=BUNDLE)
    with refused(
        "ConfigurationValidationException",
        "Configuration validation exception: Invalid option specification (Namespace: "
        "'aws:elasticbeanstalk:environment', OptionName: "
        "'ExternalExtensionsS3Key'): External extensions can only be applied from the API",
    ):
        launch_web1(stored)


@pytest.mark.parametrize("updating", [True, False])
def test_a_version_that_goes_before_its_deployment_is_written_is_not_deployed(
    shop, create, refused, monkeypatch, updating
):
    if updating:
        create("web1")
        shop.until_ready("web1")
    commit, turns = World.commit, []

    def in_between(world, change):
        if not turns:
            turns.append(change)
            shop.client.delete_application_version(ApplicationName="shop", VersionLabel="v2")
        commit(world, change)

    monkeypatch.setattr(World, "commit", in_between)
    with refused("InvalidParameterValue", "No Application Version named 'v2' found."):
        if updating:
            shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
        else:
            create("web1", VersionLabel="v2")


def test_the_manifest_in_a_bundle_makes_an_environment(stored):
    manifest = f"EnvironmentName: front+\nSolutionStack: {STACK}\nEnvironmentLinks: {{}}\n"
    stored.objects.write("bucket", "shop/v1.zip", zipped({"env.yaml": manifest}))
    stored.client.create_application_version(
        ApplicationName="shop", VersionLabel="v1", SourceBundle=BUNDLE, Process=True
    )
    (environment,) = stored.client.compose_environments(ApplicationName="shop", GroupName="dev", VersionLabels=["v1"])[
        "Environments"
    ]
    assert (environment["EnvironmentName"], environment["SolutionStackName"]) == ("front-dev", STACK)
