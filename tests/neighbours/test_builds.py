"""CodeBuild: the builds of application versions, from their start to their end."""

from typing import Any
from wsgiref.types import WSGIApplication

import pytest

from beanpole.testing import Beanstalk
from neighbours.callers import neighbour_of, refusal
from operations.version_calls import BUILD


def version(beanstalk: Beanstalk, label: str) -> str:
    """The ARN of the build of a new version."""
    source = {"SourceType": "Zip", "SourceRepository": "S3", "SourceLocation": "sources/shop.zip"}
    answer = beanstalk.client.create_application_version(
        ApplicationName="shop",
        VersionLabel=label,
        AutoCreateApplication=True,
        SourceBuildInformation=source,
        BuildConfiguration=BUILD,
    )
    return str(answer["ApplicationVersion"]["BuildArn"])


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("has_companion", [False, True])
def test_a_build_ends_as_its_version_does(
    beanstalk: Beanstalk, moto: WSGIApplication, has_companion: bool, fails: bool
) -> None:
    codebuild = neighbour_of(beanstalk, "codebuild", moto if has_companion else None)
    if fails:
        beanstalk.arm("build-fails")
    arn = version(beanstalk, "v1")

    def build() -> dict[str, Any]:
        (found_build,) = codebuild.batch_get_builds(ids=[arn])["builds"]
        return dict(found_build)

    assert (build()["buildStatus"], build()["buildComplete"]) == ("IN_PROGRESS", False)
    assert build()["source"] == {"type": "S3", "location": "sources/shop.zip"}
    assert build()["logs"]["deepLink"].startswith("https://")
    beanstalk.advance(600)
    (after,) = beanstalk.client.describe_application_versions()["ApplicationVersions"]
    assert (build()["buildStatus"], after["Status"]) == (("FAILED", "FAILED") if fails else ("SUCCEEDED", "PROCESSED"))
    assert build()["startTime"] < build()["endTime"]
    assert codebuild.list_builds()["ids"] == [build()["id"]]
    assert codebuild.list_builds_for_project(projectName=build()["projectName"])["ids"] == [build()["id"]]
    code, sentence = refusal(codebuild.stop_build, id=build()["id"])
    assert (code, "the application version v1" in sentence) == (("InvalidInputException", True))


def test_builds_are_listed_in_the_order_of_their_start(beanstalk: Beanstalk) -> None:
    codebuild = neighbour_of(beanstalk, "codebuild")
    arns = []
    for label in ("v1", "v2", "v3"):
        arns.append(version(beanstalk, label))
        beanstalk.advance(5)
    ids = [arn.partition(":build/")[2] for arn in arns]
    assert codebuild.list_builds(sortOrder="ASCENDING")["ids"] == ids
    assert codebuild.list_builds(sortOrder="DESCENDING")["ids"] == ids[::-1]
    assert codebuild.batch_get_builds(ids=["nobody:1"])["builds"] == []
