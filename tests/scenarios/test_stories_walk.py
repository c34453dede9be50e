"""The walk of the guide as one story: commands and container commands on four instances, versions, and a swap.

It is told by what a client can see: answers of operations, files of instances by the route of disks, pages over HTTP,
and the logs that RetrieveEnvironmentInfo gives.
"""

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from werkzeug.test import Client

from archives import zipped
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK
from instances.walk import guide
from options import ALB, COMMAND, GROUP, PROPERTIES, option

HOST = "{}.us-east-1.elasticbeanstalk.com"
LOGS = ("eb-engine.log", "cfn-init.log")
OF_LOGS = ("requestEnvironmentInfo", "Successfully finished bundling", "Pulled logs")
FILES_IN_STORY = ("home/ec2-user/hello_world.txt", "var/app/current/index.html", "home/ec2-user/migrations.txt")


class Walk:
    """The story as lines; instances are named by the order in which they were seen."""

    def __init__(self, world: Beanstalk) -> None:
        self.world = world
        self.lines: list[str] = []
        self._numbers: dict[str, int] = {}
        world.client.create_application(ApplicationName="shop")

    def say(self, line: str) -> None:
        """Add a line."""
        self.lines.append(line)

    def version(self, label: str) -> None:
        """A version whose commands name it."""
        self.world.objects.write("bundles", f"{label}.zip", zipped(guide(label)))
        source = {"S3Bucket": "bundles", "S3Key": f"{label}.zip"}
        self.world.client.create_application_version(ApplicationName="shop", VersionLabel=label, SourceBundle=source)

    def launch(self, name: str, label: str, **more: object) -> None:
        """An environment of the same name as its CNAME, when it is Ready."""
        named = {"ApplicationName": "shop", "EnvironmentName": name, "CNAMEPrefix": name, "VersionLabel": label}
        self.world.client.create_environment(**named, **more)
        self.world.until_ready(name)
        self.show(name, f"{name} is launched with {label}")

    def update(self, name: str, what: str, **more: object) -> None:
        """An update, when it has ended."""
        self.world.client.update_environment(EnvironmentName=name, **more)
        self.world.until_ready(name)
        self.show(name, what)

    def show(self, name: str, what: str) -> None:
        """What is on each disk, who answers, and whose logs name the migration."""
        self.say(f"== {what}")
        logs = dict(self._logs(name))
        for id_ in self._ids(name):
            texts = (self._file(name, id_, path) for path in FILES_IN_STORY)
            hello, page, migrated = ("none" if text is None else text.strip() or "empty" for text in texts)
            self.say(f"{self._number(id_)}: hello_world.txt {hello}; index.html {page}; migrations.txt {migrated!r}")
            elected = logs[id_]["eb-engine.log"].count("Instance is Leader.")
            migrations = logs[id_]["cfn-init.log"].count("Command 02_migrate_database succeeded")
            self.say(f"             its logs: leader {elected} times, migration {migrations} times")
        answers = [self.visit(name) for _ in self._ids(name)]
        self.say(f"http://{HOST.format(name)}/: {', '.join(sorted(set(answers)))}")

    def visit(self, name: str, client: Client | None = None) -> str:
        """The page at the CNAME of an environment; a client that is not given has resolved no name yet."""
        answer = (client or Client(self.world.app)).get("/", base_url=f"http://{HOST.format(name)}")
        return f"{answer.status_code} {answer.text.strip()}"

    def _ids(self, name: str) -> list[str]:
        resources = self.world.client.describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]
        return sorted((instance["Id"] for instance in resources["Instances"]), key=self._number)

    def _number(self, id_: str) -> str:
        return f"instance {self._numbers.setdefault(id_, len(self._numbers) + 1):>2}"

    def _file(self, name: str, id_: str, path: str) -> str | None:
        route = f"/_beanpole/environments/{name}/instances/{id_}/files/{path}?account={ACCOUNT}"
        answer = self.world.app.test_client().get(route)
        return answer.text if answer.status_code == 200 else None

    def _logs(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """By instance, its logs by name."""
        self.world.client.request_environment_info(EnvironmentName=name, InfoType="bundle")
        self.world.advance(60)
        samples = self.world.client.retrieve_environment_info(EnvironmentName=name, InfoType="bundle")
        for sample in samples["EnvironmentInfo"]:
            address = urlsplit(sample["Message"])
            fetched = self.world.app.test_client().get(f"{address.path}?{address.query}").data
            with ZipFile(BytesIO(fetched)) as archive:
                yield sample["Ec2InstanceId"], {log: archive.read(f"var/log/{log}").decode() for log in LOGS}


@pytest.fixture
def walk(beanstalk_with_objects):
    """The story, with its four versions."""
    walk = Walk(beanstalk_with_objects)
    for label in ("v1", "v2", "v3", "v4"):
        walk.version(label)
    return walk


def test_the_walk_of_the_guide(walk, golden):
    fleet = [ALB, option(GROUP, "MinSize", "4"), option(GROUP, "MaxSize", "8")]
    walk.launch("blue", "v1", SolutionStackName=STACK, OptionSettings=fleet)
    walk.update("blue", "v2 is deployed all at once", VersionLabel="v2")
    colour = [option(PROPERTIES, "COLOUR", "green")]
    walk.update("blue", "the configuration is updated, which runs no command", OptionSettings=colour)
    larger = [option(GROUP, "MinSize", "5"), option(COMMAND, "DeploymentPolicy", "Immutable")]
    walk.update("blue", "a fifth instance joins", OptionSettings=larger)
    walk.update("blue", "v3 is deployed immutably", VersionLabel="v3")
    walk.world.client.create_configuration_template(
        ApplicationName="shop", TemplateName="saved", EnvironmentId=_id(walk.world, "blue")
    )
    walk.launch("test", "v4", TemplateName="saved")
    _swap(walk)
    golden("walk", _without_logs(walk.world.events()), "\n".join([*walk.lines, ""]))


def _swap(walk):
    """A client that resolved the name before goes on to the old environment until its address is forgotten."""
    client = Client(walk.world.app)
    walk.say("== the names are swapped")
    walk.say(f"before, a client that resolves blue for the first time: {walk.visit('blue', client)}")
    walk.world.client.swap_environment_cnames(SourceEnvironmentName="blue", DestinationEnvironmentName="test")
    walk.world.advance(5)
    walk.say(f"after 5 s, that client: {walk.visit('blue', client)}; another one: {walk.visit('blue')}")
    walk.world.advance(54)
    walk.say(f"after 59 s, that client: {walk.visit('blue', client)}; another one: {walk.visit('blue')}")
    walk.world.advance(2)
    walk.say(f"after 61 s, that client: {walk.visit('blue', client)}; another one: {walk.visit('blue')}")
    walk.say(f"the name test, a new client: {walk.visit('test')}")


def _without_logs(events):
    """The events without those of the requests for logs, which only look on."""
    return [event for event in events if not any(words in event.message for words in OF_LOGS)]


def _id(world, name):
    return world.client.describe_environments(EnvironmentNames=[name])["Environments"][0]["EnvironmentId"]
