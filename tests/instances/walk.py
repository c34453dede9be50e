"""The walk of the guide: an application whose bundle creates a file, changes its page, and migrates a database once."""

from io import BytesIO
from zipfile import ZipFile

from archives import zipped
from beanpole.model.instance import content, disk, outcomes
from beanpole.model.instance.tree import Tree
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from environments import STACK
from options import COMMAND, ENVIRONMENT, GROUP, option

HELLO = """
commands:
  create_hello_world_file:
    command: touch hello_world.txt
    cwd: /home/ec2-user
"""
PAGE = """
container_commands:
  01_modify_index:
    command: echo "Hello World {version}" > index.html
  02_migrate:
    command: echo migrated >> /home/ec2-user/migrations
    leader_only: true
"""
GUIDE = """
container_commands:
  01_modify_index:
    command: sed -i 's/Hello World/Hello World {version}/' index.html
  02_migrate_database:
    command: echo migrated by {version} >> /home/ec2-user/migrations.txt
    leader_only: true
"""


LOGS = ("eb-engine.log", "cfn-init.log", "cfn-init-cmd.log")
INDEX = "/var/app/current/index.html"
MIGRATIONS = "/home/ec2-user/migrations"
SINGLE = [option(ENVIRONMENT, "EnvironmentType", "SingleInstance")]
APPLICATION = """
from os import environ

def application(request, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    page = open("index.html").read()
    return [f"{page.strip()} in {environ.get('COLOUR', 'no colour')}".encode()]
"""


def files(version, **more):
    """The files of a version of the walk."""
    return {
        ".ebextensions/hello.config": HELLO,
        ".ebextensions/page.config": PAGE.format(version=version),
        "application.py": APPLICATION,
        "index.html": "Hello\n",
        **more,
    }


def guide(version):
    """The files of a version of the guide's application: its commands change the page, and migrate a database."""
    return {
        ".ebextensions/01.config": HELLO,
        ".ebextensions/02.config": GUIDE.format(version=version),
        "index.html": "<p>Hello World</p>",
    }


def balanced(size=4, policy="AllAtOnce", *more):
    """The settings of a group behind a load balancer."""
    return [
        option(ENVIRONMENT, "LoadBalancerType", "application"),
        option(GROUP, "MinSize", str(size)),
        option(GROUP, "MaxSize", str(2 * size)),
        option(COMMAND, "DeploymentPolicy", policy),
        *more,
    ]


def launch(world, settings, label="v1", name="shop-web", stack=STACK):
    """Launch an environment with a version, and wait until it is Ready."""
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName=name,
        VersionLabel=label,
        SolutionStackName=stack,
        OptionSettings=settings,
    )
    world.until_ready(name)


def update(world, name="shop-web", **more):
    """Update an environment, and wait until it is Ready."""
    world.client.update_environment(EnvironmentName=name, **more)
    world.until_ready(name)


def fleet(world, name="shop-web"):
    """The instances of an environment, in the order of their launch."""
    account_world = world.store.world(ACCOUNT, REGION)
    return list(account_world.fleet(account_world.environment_named(name).id).values())


def tree(world, instance, name="shop-web"):
    """The files of an instance."""
    account_world = world.store.world(ACCOUNT, REGION)
    encoded = account_world.files.get(account_world.environment_named(name).id, instance.disk)

    def layer(digest):
        bundle = account_world.bundle(digest)
        return None if bundle is None else bundle.directory

    return Tree(disk.decode(encoded), layer)


def reports(world, instance, name="shop-web"):
    """The report of each command on an instance; None for a command without one."""
    account_world = world.store.world(ACCOUNT, REGION)
    id_ = account_world.environment_named(name).id
    return [
        None if record.report is None else outcomes.decode(account_world.files.get(id_, record.report))
        for record in instance.history
    ]


def endings(report):
    """The ending of each outcome in a report, by its name."""
    return {outcome.name: outcome.ending for outcome in report.outcomes if outcome.phase not in ("unzip", "flip")}


def version(world, label, contents):
    """A version whose bundle holds these files."""
    world.objects.write("bucket", f"{label}.zip", zipped(contents))
    world.client.create_application_version(
        ApplicationName="shop", VersionLabel=label, SourceBundle={"S3Bucket": "bucket", "S3Key": f"{label}.zip"}
    )


def text(world, instance, path, name="shop-web"):
    """The text of a file of an instance; None if it does not exist."""
    node = tree(world, instance, name).look(path)
    return None if node is None else content.data(node.content).decode()


def fetch_logs(world, name="shop-web"):
    """The logs of each instance, by their names."""
    world.client.request_environment_info(EnvironmentName=name, InfoType="bundle")
    world.advance(60)
    samples = world.client.retrieve_environment_info(EnvironmentName=name, InfoType="bundle")["EnvironmentInfo"]
    logs = []
    for sample in samples:
        with ZipFile(BytesIO(world.app.test_client().get(sample["Message"]).data)) as archive:
            logs.append({path: archive.read(f"var/log/{path}").decode() for path in LOGS})
    return logs


def shop_that_runs() -> Beanstalk:
    """A world with an application, whose commands are run."""
    world = Beanstalk(with_objects=True, commands="run")
    world.client.create_application(ApplicationName="shop")
    return world


def shop_that_runs_v1() -> Beanstalk:
    """Such a world with the version v1."""
    world = shop_that_runs()
    version(world, "v1", files("v1"))
    return world
