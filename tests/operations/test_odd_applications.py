"""Whatever is sent to the operations on applications and versions is answered in the service's own form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.testing import Beanstalk
from examples import examples

ACTIONS = st.sampled_from(
    [
        "CreateApplication",
        "CreateApplicationVersion",
        "CreateStorageLocation",
        "DeleteApplication",
        "DeleteApplicationVersion",
        "DescribeAccountAttributes",
        "DescribeApplicationVersions",
        "DescribeApplications",
        "UpdateApplication",
        "UpdateApplicationResourceLifecycle",
        "UpdateApplicationVersion",
    ]
)
RULE = "ResourceLifecycleConfig.VersionLifecycleConfig"
NAMES = st.sampled_from(
    [
        "ApplicationName",
        "ApplicationNames.member.1",
        "VersionLabel",
        "Description",
        "Process",
        "AutoCreateApplication",
        "DeleteSourceBundle",
        "TerminateEnvByForce",
        "MaxRecords",
        "NextToken",
        "ResourceLifecycleConfig",
        "ResourceLifecycleConfig.ServiceRole",
        f"{RULE}.MaxCountRule.Enabled",
        f"{RULE}.MaxCountRule.MaxCount",
        f"{RULE}.MaxAgeRule.Enabled",
        f"{RULE}.MaxAgeRule.MaxAgeInDays",
        "SourceBundle",
        "SourceBundle.S3Bucket",
        "SourceBundle.S3Key",
        "SourceBundleUrl",
        "SourceBuildInformation.SourceType",
        "SourceBuildInformation.SourceRepository",
        "SourceBuildInformation.SourceLocation",
        "BuildConfiguration.CodeBuildServiceRole",
        "BuildConfiguration.Image",
        "BuildConfiguration.TimeoutInMinutes",
        "ImageConfiguration",
        "ImageConfiguration.Source.Uri",
        "ImageConfiguration.Build.Type",
        "ImageConfiguration.Build.CodeBuildServiceRole",
        "Tags.member.1.Key",
        "Tags.member.1.Value",
        "Tags.member.2.Key",
    ]
)
VALUES = st.sampled_from(
    [
        "",
        "shop",
        "v1",
        "true",
        "false",
        "0",
        "-1",
        "200",
        "null",
        "None",
        "arn:aws:iam::123456789012:role/x",
        "s3://b/k",
        "http://[",
        "https://x:y/z",
        "CodeCommit",
        "S3",
        "Zip",
        "Git",
        "b/k",
        "docker",
        "buildpack",
        "é\u2028😀",
        "x" * 300,
    ]
) | st.text(max_size=10)


@pytest.fixture(scope="module")
def http():
    """A world with an object store that has one bundle."""
    world = Beanstalk(with_objects=True)
    world.objects.write("b", "k", b"content")
    return world.app.test_client()


@examples(400)
@given(action=ACTIONS, parameters=st.dictionaries(NAMES, VALUES, max_size=7), values=st.booleans())
def test_no_value_of_any_parameter_is_an_internal_failure(http, action, parameters, values):
    request = {"Action": action, "Version": "2010-12-01"}
    named = {"ApplicationName": "shop", "VersionLabel": "v1", "AutoCreateApplication": "true"} if values else {}
    data = {name: value.encode(errors="ignore").decode() for name, value in (named | request | parameters).items()}
    answer = http.post("/", data=data)
    assert answer.status_code in (200, 400)
    assert b"InternalFailure" not in answer.data
