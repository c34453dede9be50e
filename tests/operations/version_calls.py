"""The calls about one application version, after v1 and v2."""

from operations import versions

ROLE = "arn:aws:iam::123456789012:role/build"
COMMIT = {
    "SourceType": "Git",
    "SourceRepository": "CodeCommit",
    "SourceLocation": "shop/265cfa0cf6af46153527f55d6503ec",
}
FILE = {"SourceType": "Zip", "SourceRepository": "S3", "SourceLocation": "bucket/source/v1.zip"}
BUILD = {"CodeBuildServiceRole": ROLE, "Image": "aws/codebuild/standard:7.0"}


def create(world, label="v3", **more):
    return versions.create(world, label, **more)


def describe_version(world, label="v3"):
    answer = world.client.describe_application_versions(ApplicationName="shop", VersionLabels=[label])
    return answer["ApplicationVersions"][0]


COMBINATION = "InvalidParameterCombination"
VALUE = "InvalidParameterValue"
