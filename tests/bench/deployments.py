"""What a deployment of five commands to 100 instances costs from call to Ready, enacted and run, in this process."""

from collections.abc import Iterator
from time import perf_counter

from archives import zipped
from beanpole.model.bundles.configuration_file import CommandMode
from beanpole.testing import Beanstalk
from beanpole_workers.sandbox import sandbox
from beanpole_workers.sandbox.bubblewrap import Unavailable
from bench.row import Row
from environments import STACK
from options import COMMAND, GROUP, option

_INSTANCES = 100
_CONFIG = """
commands:
  01_hello: {{command: touch hello_world.txt, cwd: /home/ec2-user}}
  02_folder: {{command: mkdir -p /srv/log}}
container_commands:
  01_page: {{command: "sed -i 's/Hello/Hello {version}/' index.html"}}
  02_copy: {{command: "cp index.html copied.html"}}
  03_migrate: {{command: "echo {version} >> /home/ec2-user/migrations", leader_only: true}}
"""
_APPLICATION = """
def application(request, start_response):
    start_response("200 OK", [])
    return [b"hello"]
"""


def deployment_to_100() -> Iterator[Row]:
    """All at once; commands that are run go on side by side, and each application is started and looked at."""
    yield _row("enact", 0.5)
    try:
        sandbox.check()
    except Unavailable as reason:
        yield Row(f"the same, run: {reason}", "-", "", 0, 0, "s", most=True)
        return
    yield _row("run", 60.0)


def _row(commands: CommandMode, target: float) -> Row:
    world = Beanstalk(with_objects=True, commands=commands)
    world.client.create_application(ApplicationName="shop")
    for version in ("v1", "v2"):
        files = {".ebextensions/a.config": _CONFIG.format(version=version), "index.html": "Hello"}
        world.objects.write("bundles", version, zipped({**files, "application.py": _APPLICATION}))
        source = {"S3Bucket": "bundles", "S3Key": version}
        world.client.create_application_version(ApplicationName="shop", VersionLabel=version, SourceBundle=source)
    settings = [option(GROUP, "MinSize", str(_INSTANCES)), option(GROUP, "MaxSize", str(_INSTANCES))]
    named = {"ApplicationName": "shop", "EnvironmentName": "shop-web", "SolutionStackName": STACK}
    settings.append(option(COMMAND, "DeploymentPolicy", "AllAtOnce"))
    world.client.create_environment(**named, VersionLabel="v1", OptionSettings=settings)
    world.until_ready("shop-web")
    began = perf_counter()
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    world.until_ready("shop-web")
    took = perf_counter() - began
    (environment,) = world.client.describe_environments()["Environments"]
    assert environment["VersionLabel"] == "v2"
    work = f"a version with 5 commands to {_INSTANCES} instances, {'enacted' if commands == 'enact' else 'run'}"
    return Row(work, f"{took:.2f} s", "", took, target, "s", most=True)
