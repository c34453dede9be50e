"""An application in a source bundle, with a page, a style and commands, and an environment that runs it."""

from archives import zipped
from beanpole.testing import Beanstalk
from environments import STACK
from options import option

CONFIG = """
commands:
  01_hello: {command: touch hello_world.txt, cwd: /home/ec2-user}
container_commands:
  01_page: {command: "sed -i 's/Hello World/Hello, VERSION/' index.html"}
  02_migrate: {command: "echo migrated > migration.txt", leader_only: true}
"""
PAGE = "<h1>Hello World</h1>\n"


def bundle(version: str, **more: str | bytes) -> bytes:
    """The application of the guide's walk."""
    return zipped(
        {
            "index.html": PAGE,
            "app.py": "secret",
            "Procfile": "worker: work\nweb: gunicorn --bind :8000 app:app\n",
            ".ebextensions/app.config": CONFIG.replace("VERSION", version),
            "static/style.css": "body { color: green }",
            "data.bin": b"\xff\0\xfe",
            **more,
        }
    )


def add_version(world: Beanstalk, label: str, content: bytes) -> None:
    world.objects.write("bundles", label, content)
    source = {"S3Bucket": "bundles", "S3Key": label}
    world.client.create_application_version(ApplicationName="shop", VersionLabel=label, SourceBundle=source)


def launch(world: Beanstalk, content: bytes, size: int = 2) -> None:
    world.client.create_application(ApplicationName="shop")
    add_version(world, "v1", content)
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="blue",
        CNAMEPrefix="blue",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=[
            option("aws:autoscaling:asg", "MinSize", str(size)),
            option("aws:elasticbeanstalk:command", "DeploymentPolicy", "Immutable"),
        ],
    )
    world.until_ready("blue")
