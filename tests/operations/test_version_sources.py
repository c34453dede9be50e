"""Where the source of a version may lie, and what is checked of it."""

import pytest

from beanpole_workers.engine import version_processing
from engine import stories
from environments import arm
from operations.version_calls import BUILD, COMBINATION, COMMIT, FILE, ROLE, VALUE, create, describe_version
from operations.versions import BUNDLE

IMAGE = {"Uri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop:latest"}
IMAGE_BUILD = {"Type": "docker", "CodeBuildServiceRole": ROLE, "DockerfileLocation": "backend/Dockerfile"}
STORAGE = "elasticbeanstalk-us-east-1-123456789012"


@pytest.mark.shows("CreateApplicationVersion", "success")
def test_a_commit_is_kept_as_it_is(shop):
    answer = create(shop, SourceBuildInformation=COMMIT)
    assert (answer["SourceBuildInformation"], answer["Status"]) == (COMMIT, "UNPROCESSED")
    assert not answer.keys() & {"SourceBundle", "BuildArn"}


@pytest.mark.shows("CreateApplicationVersion", "success")
@pytest.mark.parametrize(
    ("artifact", "key"),
    [({}, "codebuild-v3.zip"), ({"ArtifactName": "out"}, "codebuild-v3-out.zip")],
)
def test_a_build_is_building_then_processing_then_processed(shop, artifact, key):
    answer = create(shop, SourceBuildInformation=FILE, BuildConfiguration=BUILD | artifact)
    assert answer["Status"] == "BUILDING"
    assert answer["SourceBuildInformation"] == FILE
    assert answer["BuildArn"].startswith("arn:aws:codebuild:us-east-1:123456789012:build/Elastic-Beanstalk-shop-v3:")
    assert "SourceBundle" not in answer
    shop.advance(60)
    assert describe_version(shop)["Status"] == "BUILDING"
    shop.advance(41)
    built = describe_version(shop)
    assert (built["Status"], built["BuildArn"]) == ("PROCESSING", answer["BuildArn"])
    assert built["SourceBundle"] == {"S3Bucket": STORAGE, "S3Key": f"resources/shop/codebuild/{key}"}
    shop.advance(20)
    assert describe_version(shop)["Status"] == "PROCESSED"
    last = shop.events()[-1]
    assert last.message == "Finished processing application version v3 for application shop: PROCESSED."


def test_where_no_time_passes_a_build_is_done_at_once(fresh_world):
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")
    create(world, SourceBuildInformation=FILE, BuildConfiguration=BUILD)
    version = world.store.world("123456789012", "us-east-1").application_version("shop", "v3")
    rules = stories.rules(mode="wall", speed="instant")
    change = version_processing.advance(version, rules, world.now)
    assert change.puts[0].status == "PROCESSED"
    assert version_processing.advance(change.puts[0], rules, world.now + 1_000_000) is None


@pytest.mark.shows("DescribeApplicationVersions", "success")
def test_a_build_that_fails_leaves_a_version_that_is_of_no_use(shop, refused):
    arm(shop, what="build-fails", times=1)
    answer = create(shop, SourceBuildInformation=FILE, BuildConfiguration=BUILD)
    shop.advance(110)
    failed = describe_version(shop)
    assert (failed["Status"], failed["BuildArn"]) == ("FAILED", answer["BuildArn"])
    assert "SourceBundle" not in failed
    messages = [(event.severity, event.message) for event in shop.events() if event.version_label == "v3"][-2:]
    assert messages == [
        ("ERROR", "The AWS CodeBuild build of application version v3 failed."),
        ("ERROR", "Finished processing application version v3 for application shop: FAILED."),
    ]
    sentence = "Application Version v3 is in an invalid state for this operation. Its status is FAILED."
    with refused("InvalidParameterValue", sentence):
        shop.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="web1",
            VersionLabel="v3",
            SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
        )
    create(shop, "v4", SourceBuildInformation=FILE, BuildConfiguration=BUILD)
    shop.advance(200)
    assert describe_version(shop, "v4")["Status"] == "PROCESSED"


@pytest.mark.shows("DescribeApplicationVersions", "success")
def test_an_image_whose_build_fails_is_not_pushed(shop):
    arm(shop, what="build-fails", where={"version_label": "v3"})
    create(shop, ImageConfiguration={"Build": IMAGE_BUILD}, SourceBundle=BUNDLE, Process=True)
    shop.advance(200)
    failed = describe_version(shop)
    assert (failed["Status"], failed["SourceBundle"]) == ("FAILED", BUNDLE)
    assert "ImageSource" not in failed


def test_a_fault_of_another_version_leaves_a_build_alone(shop):
    arm(shop, what="build-fails", where={"version_label": "v9"})
    create(shop, SourceBuildInformation=FILE, BuildConfiguration=BUILD)
    create(shop, "v4", Process=True)
    shop.advance(200)
    assert [describe_version(shop, label)["Status"] for label in ("v3", "v4")] == ["PROCESSED", "PROCESSED"]


def test_a_version_that_is_built_is_not_deployed_before(shop, refused):
    create(shop, SourceBuildInformation=FILE, BuildConfiguration=BUILD)
    with refused(
        "InvalidParameterValue",
        "Application Version v3 is in an invalid state for this operation. Its status is BUILDING.",
    ):
        shop.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="web1",
            VersionLabel="v3",
            SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
        )


@pytest.mark.shows("CreateApplicationVersion", "success")
def test_an_image_is_kept_as_it_is(shop):
    answer = create(shop, ImageConfiguration={"Source": IMAGE})
    assert (answer["ImageSource"], answer["Status"]) == (IMAGE, "UNPROCESSED")
    assert "ImageBuildConfiguration" not in answer


@pytest.mark.shows("CreateApplicationVersion", "success")
def test_an_image_is_built_when_its_version_is_processed(shop):
    build = IMAGE_BUILD | {"Architecture": "arm64", "ComputeType": "BUILD_GENERAL1_LARGE", "TimeoutInMinutes": 5}
    answer = create(shop, ImageConfiguration={"Build": build}, SourceBundle=BUNDLE, Process=True)
    assert (answer["Status"], answer["ImageBuildConfiguration"]) == ("BUILDING", build)
    assert "ImageSource" not in answer
    shop.advance(200)
    built = describe_version(shop)
    assert (built["Status"], built["SourceBundle"]) == ("PROCESSED", BUNDLE)
    pushed = "123456789012.dkr.ecr.us-east-1.amazonaws.com/elastic-beanstalk/shop:v3"
    assert (built["ImageSource"], built["ImageBuildConfiguration"]) == ({"Uri": pushed}, build)


@pytest.mark.shows("CreateApplicationVersion", "success")
def test_an_image_is_not_built_before_it_is_needed(shop):
    parameters = {"Type": "buildpack", "Buildpack": "paketobuildpacks/builder", "CodeBuildServiceRole": ROLE}
    answer = create(shop, ImageConfiguration={"Build": parameters}, SourceBundle=BUNDLE)
    assert (answer["Status"], answer["ImageBuildConfiguration"]) == ("UNPROCESSED", parameters)


MINUTES = "Parameter 'TimeoutInMinutes' is invalid. Must be a number from 5 to 480."


@pytest.mark.shows("CreateApplicationVersion", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        (
            {"SourceBundle": BUNDLE, "SourceBuildInformation": COMMIT},
            COMBINATION,
            "You cannot specify both SourceBundle and SourceBuildInformation.",
        ),
        (
            {"SourceBuildInformation": COMMIT | {"SourceType": "Zip"}},
            COMBINATION,
            "SourceType 'Zip' cannot be used with SourceRepository 'CodeCommit'.",
        ),
        (
            {"SourceBuildInformation": FILE | {"SourceType": "Git"}},
            COMBINATION,
            "SourceType 'Git' cannot be used with SourceRepository 'S3'.",
        ),
        (
            {"BuildConfiguration": BUILD},
            COMBINATION,
            "You must specify SourceBuildInformation together with BuildConfiguration.",
        ),
        (
            {"SourceBuildInformation": FILE, "BuildConfiguration": BUILD | {"TimeoutInMinutes": 4}},
            VALUE,
            MINUTES,
        ),
        (
            {"SourceBuildInformation": FILE, "BuildConfiguration": BUILD | {"TimeoutInMinutes": 481}},
            VALUE,
            MINUTES,
        ),
        (
            {
                "SourceBundle": BUNDLE,
                "ImageConfiguration": {"Build": IMAGE_BUILD | {"TimeoutInMinutes": 0}},
            },
            VALUE,
            MINUTES,
        ),
        (
            {"SourceBundle": BUNDLE, "ImageConfiguration": {"Source": IMAGE}},
            COMBINATION,
            "Cannot provide both ImageConfiguration.Source and SourceBundle",
        ),
        (
            {
                "SourceBuildInformation": FILE,
                "BuildConfiguration": BUILD,
                "ImageConfiguration": {"Source": IMAGE},
            },
            COMBINATION,
            "Cannot provide both ImageConfiguration and BuildConfiguration",
        ),
        (
            {"SourceBundle": BUNDLE, "ImageConfiguration": {"Source": IMAGE, "Build": IMAGE_BUILD}},
            COMBINATION,
            "Must provide exactly one of ImageConfiguration.Source and ImageConfiguration.Build",
        ),
        (
            {"ImageConfiguration": {"Source": {"Uri": ""}}},
            COMBINATION,
            "Must provide exactly one of ImageConfiguration.Source and ImageConfiguration.Build",
        ),
        (
            {
                "SourceBundle": BUNDLE,
                "ImageConfiguration": {"Build": {"Type": "buildpack", "CodeBuildServiceRole": ROLE}},
            },
            COMBINATION,
            "Must provide Buildpack when using type Buildpack",
        ),
        (
            {"SourceBundle": BUNDLE, "ImageConfiguration": {"Build": {"CodeBuildServiceRole": ROLE}}},
            COMBINATION,
            "Must provide Type when using ImageConfiguration.Build",
        ),
        (
            {"SourceBundle": BUNDLE, "ImageConfiguration": {"Build": {"Type": "docker"}}},
            COMBINATION,
            "Must provide CodeBuildServiceRole when using ImageConfiguration.Build",
        ),
        (
            {"ImageConfiguration": {"Build": IMAGE_BUILD}},
            COMBINATION,
            "Must provide SourceBundle when using ImageConfiguration.Build",
        ),
        (
            {"SourceBundle": {"S3Bucket": "bucket"}},
            "MissingRequiredParameter",
            "Both S3Bucket and S3Key of SourceBundle must be specified.",
        ),
        (
            {"SourceBundle": {"S3Bucket": "bucket", "S3Key": ""}},
            "MissingRequiredParameter",
            "Both S3Bucket and S3Key of SourceBundle must be specified.",
        ),
    ],
)
def test_sources_that_contradict_each_other_are_refused(shop, refused, parameters, code, sentence):
    before = shop.events()
    with refused(code, sentence):
        create(shop, **parameters)
    assert shop.events() == before


@pytest.mark.shows("CreateApplicationVersion", "errors")
@pytest.mark.parametrize(
    ("parameters", "path", "value", "sentence"),
    [
        (
            {"SourceBuildInformation": COMMIT | {"SourceRepository": "GitHub"}},
            "sourceBuildInformation.sourceRepository",
            "GitHub",
            "Member must satisfy enum value set: [CodeCommit, S3]",
        ),
        (
            {"SourceBuildInformation": COMMIT | {"SourceLocation": "no-slash"}},
            "sourceBuildInformation.sourceLocation",
            "no-slash",
            "Member must satisfy regular expression pattern: .+/.+",
        ),
        (
            {"ImageConfiguration": {"Build": {"Type": "maven"}}},
            "imageConfiguration.build.type",
            "maven",
            "Member must satisfy enum value set: [docker, buildpack]",
        ),
        (
            {"SourceBuildInformation": FILE, "BuildConfiguration": BUILD | {"Image": " "}},
            "buildConfiguration.image",
            " ",
            r"Member must satisfy regular expression pattern: .*\S.*",
        ),
    ],
)
def test_sources_of_another_form_are_refused(shop, refused, parameters, path, value, sentence):
    with refused(
        "ValidationError",
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {sentence}",
    ):
        create(shop, **parameters)
