"""A world with something in every state that can be refused."""

from archives import zipped
from beanpole.testing import Beanstalk
from environments import STACK
from operations.refusals import (
    BUNDLE,
    OWN,
    WEB,
    creation,
    named,
    platform,
    template,
    version,
)

MANIFEST = "AWSConfigurationTemplateVersion: 1.1.0.0\nEnvironmentName: {name}\nSolutionStack: " + STACK + "\n"
LINKS = MANIFEST + "EnvironmentLinks:\n  OTHER: {other}\n"
WITH_API_ONLY = f"option_settings:\n  {WEB}:\n    ExternalExtensionsS3Bucket: b\n"
OBJECTS = {
    "good.zip": {"app.py": "print(1)"},
    "list.zip": {".ebextensions/a.config": "option_settings:\n  - nothing\n"},
    "api-only.zip": {".ebextensions/a.config": WITH_API_ONLY},
    "broken.zip": {".ebextensions/a.config": "{", "env.yaml": "{"},
    "plus.zip": {"env.yaml": MANIFEST.format(name="front+")},
    "left.zip": {"env.yaml": LINKS.format(name="left-side", other="right-side")},
    "right.zip": {"env.yaml": LINKS.format(name="right-side", other="left-side")},
    "linking.zip": {"env.yaml": LINKS.format(name="linking", other="ready")},
    "platform.zip": {
        "platform.yaml": "version: '1.0'\nprovisioner: {type: packer, template: t.json, flavor: ubuntu1604}\n",
        "t.json": "{}",
    },
}


def crowded_world() -> Beanstalk:
    """A world with something in every state that can be refused."""
    world = Beanstalk(with_objects=True)
    client = world.client
    for key, files in OBJECTS.items():
        world.objects.write("bundles", key, zipped(files))
    for name in ("shop", "leaving"):
        client.create_application(ApplicationName=name)
    labels = ["list", "api-only", "left", "right", "linking", "broken"]
    for label in labels:
        bundle = {"S3Bucket": "bundles", "S3Key": f"{label}.zip"}
        client.create_application_version(**version(label, SourceBundle=bundle, Process=label == "broken"))
    for label in ("v1", "v2"):
        client.create_application_version(**version(label, SourceBundle=BUNDLE))
    client.create_configuration_template(**template("small", SolutionStackName=STACK))
    client.create_platform_version(**platform(PlatformName="mine"))
    client.create_environment(**creation("ready", CNAMEPrefix="taken", VersionLabel="v1"))
    client.create_environment(**creation("gone", VersionLabel="v1"))
    client.create_environment(**creation("leaver", ApplicationName="leaving"))
    for name in ("updating", "terminating"):
        client.create_environment(**creation(name, VersionLabel="v1"))
    world.advance(3600)
    client.create_environment(**named("on-mine", PlatformArn=OWN + "platform/mine/1.0.0", VersionLabel="v1"))
    client.compose_environments(ApplicationName="shop", GroupName="dev", VersionLabels=["linking"])
    client.terminate_environment(EnvironmentName="gone")
    world.advance(3600)
    client.create_environment(**creation("gone", VersionLabel="v1"))
    world.advance(3600)
    client.create_application_version(**version("building", SourceBundle=BUNDLE, Process=True))
    client.create_platform_version(**platform(PlatformName="building"))
    client.create_environment(**creation("launching"))
    client.update_environment(EnvironmentName="updating", VersionLabel="v2")
    client.terminate_environment(EnvironmentName="terminating")
    client.delete_application(ApplicationName="leaving", TerminateEnvByForce=True)
    return world
