"""The stories of applications and their versions on a manual clock with seed 0, each against its golden timeline."""

import pytest

from archives import zipped
from beanpole.files.object_store import Shelf, Unreadable

ROLE = "arn:aws:iam::123456789012:role/service"
BUNDLE = {"S3Bucket": "bucket", "S3Key": "shop/v1.zip"}
SOURCE = {"SourceType": "Zip", "SourceRepository": "S3", "SourceLocation": "bucket/source.zip"}
BUILD = {"CodeBuildServiceRole": ROLE, "Image": "aws/codebuild/standard:7.0"}


@pytest.fixture
def shop(beanstalk):
    """An empty application."""
    beanstalk.client.create_application(ApplicationName="shop")
    return beanstalk


@pytest.fixture
def stored(beanstalk_with_objects):
    """`stored(files)` is a shop whose version v1, asked to be processed, has a bundle with these files."""

    def stored(files):
        world = beanstalk_with_objects
        world.client.create_application(ApplicationName="shop")
        world.objects.write("bucket", "shop/v1.zip", files if isinstance(files, bytes) else zipped(files))
        mark = world.now
        create(world, "v1", Process=True, SourceBundle=BUNDLE)
        world.advance(60)
        return [event for event in world.events() if event.at > mark and event.version_label]

    return stored


def create(world, label, **more):
    world.client.create_application_version(ApplicationName="shop", VersionLabel=label, **more)


def by_count(most, **more):
    rule = {"Enabled": True, "MaxCount": most} | more
    return {"ServiceRole": ROLE, "VersionLifecycleConfig": {"MaxCountRule": rule}}


def test_the_story_of_updates_of_an_application_and_a_version(shop, golden):
    create(shop, "v1")
    shop.client.update_application(ApplicationName="shop", Description="sells")
    shop.client.update_application_resource_lifecycle(ApplicationName="shop", ResourceLifecycleConfig=by_count(1))
    shop.client.update_application_version(ApplicationName="shop", VersionLabel="v1", Description="first")
    golden("application-updates", shop.events())


def test_a_version_that_is_processed(shop, golden):
    create(shop, "v1", Process=True)
    shop.advance(60)
    golden("version-processed", shop.events())


def test_a_version_that_is_built(shop, golden):
    create(shop, "v1", SourceBuildInformation=SOURCE, BuildConfiguration=BUILD)
    shop.advance(300)
    golden("version-built", shop.events())


def test_a_version_whose_build_fails(shop, golden):
    fault = {"what": "build-fails", "where": {"version_label": "v1"}}
    assert shop.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault).status_code == 201
    create(shop, "v1", SourceBuildInformation=SOURCE, BuildConfiguration=BUILD)
    shop.advance(300)
    golden("version-build-fails", shop.events())


@pytest.mark.parametrize(
    ("story", "files"),
    [
        ("version-failed-syntax", {".ebextensions/a.config": "a: 1\nb: 2: 3"}),
        ("version-failed-entry", {".ebextensions/a.config": "option_settings: [COLOUR]"}),
        ("version-failed-bundle", zipped({"app.py": ""}).replace(b"PK\1\2", b"PK\1\1")),
        ("version-with-a-file-skipped", {".ebextensions/a.config": "OptionSettings: {}"}),
    ],
)
def test_the_story_of_a_version_with_a_problem(stored, golden, story, files):
    golden(story, stored(files))


def test_a_version_is_deleted(shop, golden):
    create(shop, "v1")
    shop.client.delete_application_version(ApplicationName="shop", VersionLabel="v1", DeleteSourceBundle=True)
    golden("version-deleted", shop.events())


def test_versions_go_by_the_rule_and_a_bundle_stays(beanstalk_with_objects, golden, monkeypatch):
    def locked(shelf, bucket, key):
        raise Unreadable("Forbidden")

    monkeypatch.setattr(Shelf, "delete", locked)
    world = beanstalk_with_objects
    world.client.create_application(
        ApplicationName="shop", ResourceLifecycleConfig=by_count(1, DeleteSourceFromS3=True)
    )
    world.objects.write("bucket", "plain", b"content")
    for label in ("v1", "v2", "v3"):
        create(world, label, SourceBundle={"S3Bucket": "bucket", "S3Key": "plain"})
    golden("versions-outdated", world.events())


def test_an_application_goes_with_a_version_that_is_processed(shop, golden):
    create(shop, "v1", Process=True)
    shop.client.delete_application(ApplicationName="shop")
    shop.advance(60)
    golden("delete-application-while-processing", shop.events())
