"""`eb deploy`, `eb appversion`, `eb abort` and what `eb labs` makes of versions."""

import json
import subprocess

import pytest

from beanpole.command import tls
from clients.served import settings_of

pytestmark = [pytest.mark.slow, pytest.mark.merge]

BUILDSPEC = """\
version: 0.2
phases: {build: {commands: [echo built]}}
eb_codebuild_settings:
  CodeBuildServiceRole: builder
  Image: aws/codebuild/standard:7.0
  ComputeType: BUILD_GENERAL1_SMALL
  Timeout: 60
"""
UPDATED = "Environment update completed successfully.\n"
DOCKERRUN = {
    "AWSEBDockerrunVersion": "1",
    "Image": {"Name": "shop"},
    "Ports": [{"ContainerPort": "80"}],
    "Logging": "/var/log/shop",
}


@pytest.fixture
def git(eb):
    """`git(*arguments)` in the project."""

    def run(*arguments):
        named = ("-c", "user.name=shop", "-c", "user.email=shop@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *named, *arguments], cwd=eb.project, check=True, capture_output=True)

    return run


def label(client, name="blue"):
    return client.describe_environments(EnvironmentNames=[name])["Environments"][0]["VersionLabel"]


@pytest.mark.drives("EB CLI", "deploy", "deploy --process")
def test_deploy_sends_what_git_has(eb, at_once, git):
    client = at_once.client()
    git("init", "-q", "-b", "main")
    git("add", "application.py")
    git("commit", "-q", "-m", "first")
    eb("create", "blue", "--single")
    deployed = eb("deploy", "blue")
    assert "Upload Complete." in deployed
    assert deployed.endswith(UPDATED)
    assert "New application version was deployed to running EC2 instances." in eb("events", "blue")
    assert len(label(client).split("-")[1]) == 4  # of the commit
    eb.write("application.py", "print('staged')\n")
    git("add", "application.py")
    assert eb("deploy", "blue", "--staged", "--message", "staged").endswith(UPDATED)
    assert "-stage-" in label(client)
    assert eb("deploy", "blue", "--label", "v2", "-m", "second").endswith(UPDATED)
    (version,) = client.describe_application_versions(ApplicationName="shop", VersionLabels=["v2"])[
        "ApplicationVersions"
    ]
    assert version["Description"] == "second"
    assert "Uploading" not in eb("deploy", "blue", "--version", "v2", "--timeout", "5")
    assert "Finished processing application version v3" in eb("deploy", "--process", "blue", "--label", "v3")
    eb("deploy", "blue", "--label", "v4", "--nohang")
    client.get_waiter("environment_updated").wait(
        EnvironmentNames=["blue"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
    )
    assert label(client) == "v4"
    client.close()


@pytest.mark.drives("EB CLI", "deploy")
def test_deploy_has_codebuild_build_what_a_buildspec_says(eb, at_once):
    client, iam, codebuild = at_once.client(), at_once.client("iam"), at_once.client("codebuild")
    eb("create", "blue", "--single")
    eb.write("buildspec.yml", BUILDSPEC)
    assert "Role 'builder' does not exist." in eb("deploy", "blue", status=4)
    iam.create_role(RoleName="builder", AssumeRolePolicyDocument="{}")
    at_once.control("PUT", "clock", {"mode": "wall", "speed": 20})  # it waits for a build that is not over yet
    deployed = eb("deploy", "blue", "--label", "v9")
    assert "You can find logs for the CodeBuild build here: https://" in deployed
    assert "Finished processing application version v9" in deployed
    assert deployed.endswith(UPDATED)
    assert label(client) == "v9"
    (id_,) = codebuild.list_builds()["ids"]
    assert codebuild.batch_get_builds(ids=[id_])["builds"][0]["buildStatus"] == "SUCCEEDED"
    for opener in (client, iam, codebuild):
        opener.close()


@pytest.mark.drives("EB CLI", "codesource")
def test_codesource_is_local_and_codecommit_is_refused(eb, git):
    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "first")
    assert "Default set to use local sources" in eb("codesource", "local")
    refused = eb("codesource", "codecommit", status=4)
    assert refused == "ERROR: ServiceError - The list_repositories action has not been implemented\n"


@pytest.mark.drives("EB CLI", "deploy", "abort")
def test_a_deployment_fails_or_is_aborted(eb, at_once):
    client = at_once.client()
    eb("create", "blue", "--single", "--sample")
    at_once.control("POST", "faults", {"what": "command-fails", "where": {"version_label": "bad"}})
    failed = eb("deploy", "blue", "--label", "bad", status=4)
    assert failed.endswith("ERROR: ServiceError - Failed to deploy application.\n")
    assert label(client) == "Sample Application"
    assert "Status: Ready\n  Health: Red" in eb("status", "blue")
    idle = eb("abort", "blue", status=4)
    assert "Must be pending deployment." in idle
    at_once.control("PUT", "clock", {"mode": "manual"})
    client.update_environment(EnvironmentName="blue", Description="busy", VersionLabel="bad")
    busy = eb("deploy", "blue", "--version", "bad", status=4)
    assert "Environment named blue is in an invalid state for this operation. Must be Ready." in busy
    assert 'Aborting update to environment "blue".' in eb("abort", "blue")
    at_once.control("POST", "clock/advance", {"until": {"environment": "blue", "status": "Ready"}})
    assert label(client) == "Sample Application"
    messages = [event["Message"] for event in client.describe_events(EnvironmentName="blue", MaxRecords=2)["Events"]]
    assert "Failed to deploy application." in messages
    client.close()


@pytest.mark.drives("EB CLI", "appversion", "appversion --create", "appversion --delete", "appversion lifecycle")
def test_versions_are_made_shown_and_deleted(eb, at_once):
    client = at_once.client()

    def labels():
        versions = client.describe_application_versions(ApplicationName="shop")["ApplicationVersions"]
        return sorted(version["VersionLabel"] for version in versions)

    eb("appversion", "--create", "--label", "v1", "-m", "first")
    eb("appversion", "--create", "--label", "v2", "--process")
    assert labels() == ["v1", "v2"]
    table = eb.start("appversion")
    table.until("v2")
    table.type("q")
    assert table.end().status == 0
    deleted = eb("appversion", "--delete", "v2", answers=[("Do you want to delete the application version", "y")])
    assert "Application Version deleted successfully." in deleted
    assert labels() == ["v1"]
    assert "MaxAgeInDays: 180" in eb("appversion", "lifecycle", "-p")
    at_once.client("iam").create_role(RoleName="service", AssumeRolePolicyDocument="{}")
    role = f"arn:aws:iam::{at_once.account}:role/service"
    eb.edit(f"/MaxAgeRule/,/MaxAgeInDays/ s/Enabled: false/Enabled: true/; s#REPLACE_WITH_ARN#{role}#")
    changed = eb("appversion", "lifecycle")
    assert "Successfully updated application version lifecycle policy" in changed
    rules = client.describe_applications(ApplicationNames=["shop"])["Applications"][0]["ResourceLifecycleConfig"]
    assert rules["VersionLifecycleConfig"]["MaxAgeRule"]["Enabled"]
    client.close()


@pytest.mark.drives("EB CLI", "labs cleanup-versions", "labs quicklink", "labs download", "use")
def test_labs_look_at_versions(eb, at_once):
    client = at_once.client()
    for name in ("v1", "v2", "v3"):
        eb("appversion", "--create", "--label", name)
    eb("create", "blue", "--single", "--version", "v1")
    eb("use", "blue")
    link = eb("labs", "quicklink")
    assert "applicationName=shop" in link
    assert "/shop/v1.zip&instanceType=t3.micro" in link
    assert "Application version downloaded to:" in eb("labs", "download")
    assert (eb.project / ".elasticbeanstalk" / "downloads" / "v1.zip").is_file()
    eb("labs", "cleanup-versions", "--num-to-leave", "1", "--older-than", "-1", "--force")
    versions = client.describe_application_versions(ApplicationName="shop")["ApplicationVersions"]
    assert sorted(version["VersionLabel"] for version in versions) == ["v1", "v3"]
    client.close()


@pytest.mark.drives("EB CLI", "labs setup-cloudwatchlogs", "labs convert-dockerrun", "labs setup-ssl")
def test_labs_write_files_and_certificates(eb, at_once, tmp_path):
    assert ".ebextensions created." in eb("labs", "setup-cloudwatchlogs")
    eb("create", "blue", "--scale", "1", "--elb-type", "classic")
    assert "Removed .ebextensions." in eb("labs", "setup-cloudwatchlogs", "--remove")
    eb.write("Dockerrun.aws.json", json.dumps(DOCKERRUN))
    assert "successfully converted to Version 2" in eb("labs", "convert-dockerrun")
    certificate, key = tls.self_signed(tmp_path / "tls")
    files = ("--cert-file", str(certificate), "--private-key", str(key))
    assert "Successfully deployed new configuration to environment.\n" in eb("labs", "setup-ssl", "blue", *files)
    client = at_once.client()
    options = settings_of(client, "blue")
    assert (
        options["aws:elb:loadbalancer", "SSLCertificateId"]
        == f"arn:aws:iam::{at_once.account}:server-certificate/blue.crt"
    )
    client.close()
