"""Bundles as people have them, and what the service was seen to do with each, from the call to the last event."""

import gzip
import json

import pytest

from archives import DOS, LINK, archived, member, zipped
from beanpole.model.health import reporting
from beanpole.model.names import naming
from beanpole.testing import ACCOUNT, REGION
from environments import STACK, describe, messages_of
from operations.versions import create
from options import LAUNCH, SINGLE

SYSTEM = "aws:elasticbeanstalk:healthreporting:system"
RULES = {"Version": 1, "Rules": {"Environment": {"Application": {"ApplicationRequests4xx": {"Enabled": False}}}}}
AL2023 = "64bit Amazon Linux 2023"
DOCKER = f"{AL2023} v4.13.7 running Docker"
WINDOWS = "64bit Windows Server 2022 v2.23.4 running IIS 10.0"
HAS_ISSUES = "Instance deployment: Your source bundle has issues that caused the deployment to fail. For details, see "
GOOD = {"application.py": ""}


@pytest.fixture
def shop(shop_with_objects):
    """A shop with an object store."""
    return shop_with_objects


def version(world, label, files, key=None, **more):
    content = files if isinstance(files, bytes) else zipped(files)
    world.objects.write("bucket", key or f"{label}.zip", content)
    return create(world, label, SourceBundle={"S3Bucket": "bucket", "S3Key": key or f"{label}.zip"}, **more)


def launch(world, label="v1", stack=STACK, **more):
    parameters = {"OptionSettings": [SINGLE], "SolutionStackName": stack} | more
    world.client.create_environment(ApplicationName="shop", EnvironmentName="web1", VersionLabel=label, **parameters)
    world.advance(400)
    return describe(world)


def update(world, label="v2"):
    before = len(messages_of(world))
    world.client.update_environment(EnvironmentName="web1", VersionLabel=label)
    world.advance(400)
    return messages_of(world)[before:]


def composed(world, manifest):
    version(world, "v1", GOOD | {"env.yaml": manifest})
    world.client.compose_environments(ApplicationName="shop", GroupName="dev", VersionLabels=["v1"])
    world.advance(600)
    return world.client.describe_environments(EnvironmentNames=["front-dev"])["Environments"][0]


def setting(world, name, namespace, option):
    answer = world.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName=name)
    settings = answer["ConfigurationSettings"][0]["OptionSettings"]
    return next(setting for setting in settings if (setting["Namespace"], setting["OptionName"]) == (namespace, option))


@pytest.mark.shows("ComposeEnvironments", "success")
def test_a_manifest_names_its_platform_by_the_arn(shop):
    arn = f"arn:aws:elasticbeanstalk:{REGION}::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
    manifest = f"EnvironmentName: front+\nPlatform:\n  PlatformArn: {arn}\nTags:\n  Team: shop\n  Name: mine\n"
    environment = composed(shop, manifest)
    assert (environment["PlatformArn"], environment["SolutionStackName"]) == (arn, STACK)
    tag_rows = shop.client.list_tags_for_resource(ResourceArn=environment["EnvironmentArn"])["ResourceTags"]
    tags = {tag["Key"]: tag["Value"] for tag in tag_rows}
    assert (tags["Team"], tags["Name"]) == ("shop", "front-dev")


@pytest.mark.shows("CreateEnvironment", "success")
def test_a_new_environment_of_a_group_has_the_tags_of_its_manifest_under_its_own(shop):
    version(shop, "v1", GOOD | {"env.yaml": f"EnvironmentName: front+\nSolutionStack: {STACK}\nTags: {{A: b, C: d}}\n"})
    answer = shop.client.create_environment(
        ApplicationName="shop", GroupName="dev", VersionLabel="v1", Tags=[{"Key": "A", "Value": "x"}]
    )
    tags = shop.client.list_tags_for_resource(ResourceArn=answer["EnvironmentArn"])["ResourceTags"]
    assert {"A": "x", "C": "d"}.items() <= {tag["Key"]: tag["Value"] for tag in tags}.items()


@pytest.mark.shows("ComposeEnvironments", "success")
def test_a_manifest_puts_the_name_of_a_resource_before_a_namespace(shop):
    composed(
        shop,
        f"SolutionStack: {STACK}\nEnvironmentName: front+\nOptionSettings:\n"
        '  AWSEBAutoScalingGroup.aws:autoscaling:asg:\n    Cooldown: "180"\n',
    )
    assert setting(shop, "front-dev", "aws:autoscaling:asg", "Cooldown")["Value"] == "180"


@pytest.mark.shows("DescribeConfigurationSettings", "success")
@pytest.mark.parametrize("where", ["extension", "manifest"])
def test_a_health_rule_that_a_map_switches_off_is_off(shop, where):
    options = {SYSTEM: {"SystemType": "enhanced", "ConfigDocument": RULES}}
    if where == "extension":
        version(shop, "v1", GOOD | {".ebextensions/rules.config": json.dumps({"option_settings": options})})
        launch(shop)
        name = "web1"
    else:
        manifest = {"EnvironmentName": "front+", "SolutionStack": STACK, "OptionSettings": options}
        composed(shop, json.dumps(manifest))
        name = "front-dev"
    value = setting(shop, name, SYSTEM, "ConfigDocument")["Value"]
    assert '"Version":1' in value
    assert '"Enabled":false' in value
    assert not reporting._is_on(value, "Application", "ApplicationRequests4xx")


@pytest.mark.shows("CreateEnvironment", "success")
def test_a_saved_configuration_as_the_service_writes_it_is_taken(shop):
    document = {"Version": 1, "Rules": {"Environment": {"ELB": {"ELBRequests4xx": {"Enabled": True}}}}}
    text = json.dumps({"SolutionStack": STACK, "OptionSettings": {SYSTEM: {"ConfigDocument": document}}})
    shop.objects.write(naming.bucket(REGION, ACCOUNT), "resources/templates/shop/t", text.encode())
    version(shop, "v1", GOOD)
    shop.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", TemplateName="t", VersionLabel="v1", OptionSettings=[SINGLE]
    )
    shop.until_ready("web1")
    assert json.loads(setting(shop, "web1", SYSTEM, "ConfigDocument")["Value"]) == document


@pytest.mark.shows("CreateEnvironment", "success")
@pytest.mark.parametrize(
    "value", ["tcp, 22, 22, 192.0.2.1/32", "tcp, 22, 22, my-security-group", "tcp,22,22,0.0.0.0/0"]
)
def test_the_source_of_ssh_may_have_blanks(shop, value):
    version(
        shop,
        "v1",
        GOOD | {".ebextensions/a.config": f"option_settings: {{{LAUNCH}: {{SSHSourceRestriction: '{value}'}}}}"},
    )
    assert launch(shop)["Status"] == "Ready"
    assert setting(shop, "web1", LAUNCH, "SSHSourceRestriction")["Value"] == value
    parameters = {"Namespace": LAUNCH, "OptionName": "SSHSourceRestriction", "Value": value}
    answer = shop.client.validate_configuration_settings(
        ApplicationName="shop", EnvironmentName="web1", OptionSettings=[parameters]
    )
    assert answer["Messages"] == []


@pytest.mark.shows("UpdateEnvironment", "success")
def test_a_file_of_macos_beside_the_application_refuses_the_deployment(shop):
    path = "__MACOSX/app/.ebextensions/._a.config"
    version(shop, "v1", GOOD)
    version(
        shop, "v2", {"app/application.py": "", "app/.ebextensions/a.config": "option_settings: {}", path: "\0\5\26\7"}
    )
    launch(shop)
    assert update(shop)[1:3] == [
        f"The configuration file {path} in application version v2 contains invalid YAML or JSON. YAML exception: "
        "Invalid Yaml: unacceptable character '\\0' (0x0) special characters are not allowed in \"<reader>\", position "
        "0, JSON exception: Invalid JSON: Unexpected character (\\0) at position 0.. Update the configuration file.",
        "Failed to deploy application.",
    ]
    version(shop, "v3", {path: "\0"}, Process=True)
    shop.advance(60)
    (described,) = shop.client.describe_application_versions(VersionLabels=["v3"])["ApplicationVersions"]
    assert described["Status"] == "FAILED"


UNPACKED_NOWHERE = {
    "an archive of tar": (gzip.compress(b"application.py", mtime=0), "v2.tar.gz"),
    "no archive": (b"no zip at all", "v2.zip"),
    "a Dockerfile where there is no Docker": (b"FROM nginx", "Dockerfile"),
    "backslashes": (archived((member("static\\page.html", host=DOS), b"")), "v2.zip"),
    "an absolute name": (archived((member("/etc/passwd"), b"")), "v2.zip"),
    "a name that climbs": (archived((member("../../x"), b"")), "v2.zip"),
    "a link that leads out": (archived((member("a", LINK), b"/etc/passwd")), "v2.zip"),
}


@pytest.mark.shows("UpdateEnvironment", "states")
@pytest.mark.parametrize("name", UNPACKED_NOWHERE)
def test_what_unzip_does_not_take_is_processed_and_fails_on_the_instances(shop, name):
    content, key = UNPACKED_NOWHERE[name]
    version(shop, "v1", GOOD)
    version(shop, "v2", content, key, Process=True)
    shop.advance(60)
    (described,) = shop.client.describe_application_versions(VersionLabels=["v2"])["ApplicationVersions"]
    assert described["Status"] == "PROCESSED"
    launch(shop)
    answer = update(shop)
    assert f"{HAS_ISSUES}'eb-engine.log'." in answer
    assert "Failed to deploy application." in answer
    assert describe(shop)["VersionLabel"] == "v1"


@pytest.mark.shows("CreateEnvironment", "success")
@pytest.mark.parametrize(
    ("name", "is_fine"), [("backslashes", True), ("an absolute name", True), ("no archive", False)]
)
def test_windows_unpacks_names_of_windows(shop, name, is_fine):
    content, key = UNPACKED_NOWHERE[name]
    version(shop, "v1", content, key)
    launch(shop, stack=WINDOWS)
    shop.advance(1200)
    assert (f"{HAS_ISSUES}'eb-engine.log'." not in messages_of(shop)) is is_fine


@pytest.mark.shows("CreateEnvironment", "success")
@pytest.mark.parametrize(
    "content",
    [
        b"FROM nginx",
        b"FROM nginx\nRUN true\nEXPOSE 80\n",
        b'{"AWSEBDockerrunVersion": 1, "Image": {"Name": "nginx"}}',
    ],
)
def test_docker_takes_a_file_by_itself_however_short_it_is(shop, content):
    version(shop, "v1", content, "Dockerfile" if content[:1] == b"F" else "Dockerrun.aws.json", Process=True)
    shop.advance(60)
    (described,) = shop.client.describe_application_versions(VersionLabels=["v1"])["ApplicationVersions"]
    assert described["Status"] == "PROCESSED"
    assert (launch(shop, stack=DOCKER)["Status"], describe(shop)["Health"]) == ("Ready", "Green")


def test_the_engine_s_log_has_the_end_of_unzip(shop):
    version(shop, "v1", UNPACKED_NOWHERE["backslashes"][0])
    launch(shop)
    shop.client.request_environment_info(EnvironmentName="web1", InfoType="tail")
    shop.advance(60)
    (sample,) = shop.client.retrieve_environment_info(EnvironmentName="web1", InfoType="tail")["EnvironmentInfo"]
    text = shop.app.test_client().get(sample["Message"]).text
    assert "failed with error exit status 1. Stderr:warning:" in text
    assert "appears to use backslashes as path separators" in text


@pytest.mark.shows("ComposeEnvironments", "errors")
@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (
            {"env.yaml": f"EnvironmentName: front+\nSolutionStack: {STACK}\nTags: [Team]\n"},
            "it is no YAML of the documented keys",
        ),
        ({"env.yaml": "a: b: c\n"}, "it is no YAML of the documented keys"),
        ({}, "the source bundle has none"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_told_from_one_that_is_not_there(shop, refused, manifest, reason):
    version(shop, "v1", GOOD | manifest)
    with refused(
        "InvalidParameterValue", f"Application version v1 has no valid environment manifest (env.yaml): {reason}"
    ):
        shop.client.compose_environments(ApplicationName="shop", GroupName="dev", VersionLabels=["v1"])
