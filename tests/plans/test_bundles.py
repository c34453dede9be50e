"""What is in a source bundle, and what a deployment makes of it on each platform."""

import re

import pytest
from msgspec.structs import replace

from beanpole.model.applications.contents import BundleProblem, Contents, Dockerrun
from beanpole.model.bundles.bundle import Cron, Task
from beanpole.model.bundles.unzip import Unzip
from beanpole.model.events import failures, messages
from beanpole.model.faults.fault import Fault
from beanpole.model.options.definitions import OptionSetting
from engine.stories import World
from environments import STACK
from options import LAUNCH

AL2023 = "64bit Amazon Linux 2023"
NODE = f"{AL2023} v6.11.7 running Node.js 24"
DOCKER = f"{AL2023} v4.13.7 running Docker"
ECS = f"{AL2023} v4.7.7 running ECS"
JAVA = f"{AL2023} v4.12.7 running Corretto 25"
PHP = f"{AL2023} v4.13.7 running PHP 8.5"
WINDOWS = "64bit Windows Server 2022 v2.23.4 running IIS 10.0"

UNREADABLE = Contents(problems=(BundleProblem("bundle"),))
NOTHING = Contents(files=1, starting=())
HAS_ISSUES = failures.SOURCE_BUNDLE_HAS_ISSUES().text
NO_DOCKER_FILES = failures.NO_DOCKER_FILES().text
NO_JAR = failures.NO_JAR().text
NO_PROCFILE = failures.NO_PROCFILE_FOR_NODE().text
NPM_FAILED = failures.NPM_FAILED().text
ANY_NODE = messages.NODE_VERSION_UNSPECIFIED().text
USED = messages.PROCFILE_USED().text
GENERATED = messages.PROCFILE_GENERATED().text
JAR = [messages.JAR_DETECTED().text, GENERATED]
NO_COMPOSER = messages.COMPOSER_FILE_MISSING().text
BAD_VERSION = failures.BAD_DOCKERRUN_VERSION().text
NO_IMAGE, IMAGE_NOT_BUILT = failures.NO_IMAGE().text, failures.IMAGE_NOT_BUILT().text
COMPOSE_FAILED = failures.COMPOSE_FAILED().text
NO_JSON = failures.DOCKERRUN_IS_NO_JSON().text
LOADED = "Successfully loaded 2 scheduled tasks from cron.yaml."
DONE = messages.INSTANCE_DEPLOYMENT_COMPLETED().text
CONTAINER = [messages.IMAGE_BUILT().text, messages.CONTAINER_RUNS(container="*").text]
TASK = [messages.STARTING_TASK(family="*", revision=1).text, messages.TASK_RUNS(task="*").text]
FAILED = failures.INSTANCE_DEPLOYMENT_FAILED().text
IDS = re.compile(r"\b[0-9a-f]{12}\b|\barn:aws:ecs:\S+|\bawseb-[\w-]+")


def starting(*files):
    return Contents(files=len(files), starting=files)


def dockerrun(version, **more):
    return replace(starting("Dockerrun.aws.json"), dockerrun=Dockerrun(version, **more))


def unbuildable(*files):
    return replace(starting(*files), unbuildable=files)


def tasks(version):
    return dockerrun(version, containers=("web",))


def unzipped(**more):
    return replace(starting("app.py", "Procfile"), unzip=Unzip(1, "words", **more))


def single(name):
    return replace(starting(*([name] if name else [])), single=name, unzip=Unzip(9, "words", fails_on_windows=True))


def package(says, *files):
    return replace(starting("package.json", *files), package=says)


def world_on(stack, shape="single", **contents):
    world = World(shape)
    world.environment = replace(world.environment, solution_stack_name=stack)
    world.contents = contents
    return world


def reported(world):
    """What an instance reports of a launch, without ids: all between its arrival and the verdict."""
    messages = world.launched().messages()
    first = next(place for place, message in enumerate(messages) if message.startswith("Added instance"))
    last = next(place for place, message in enumerate(messages) if message in (DONE, FAILED))
    return [IDS.sub("*", message) for message in messages[first + 1 : last + 1]]


@pytest.mark.parametrize(
    ("stack", "contents", "reports"),
    [
        (STACK, UNREADABLE, [HAS_ISSUES, FAILED]),
        (WINDOWS, UNREADABLE, [HAS_ISSUES, FAILED]),
        (ECS, UNREADABLE, [HAS_ISSUES, FAILED]),
        (DOCKER, NOTHING, [NO_DOCKER_FILES, FAILED]),
        (DOCKER, starting("Procfile", "package.json"), [NO_DOCKER_FILES, FAILED]),
        (DOCKER, starting("Dockerrun.aws.json"), [*CONTAINER, DONE]),
        (DOCKER, starting("Dockerfile", "Procfile"), [*CONTAINER, DONE]),
        (DOCKER, starting("docker-compose.yml"), [DONE]),
        (DOCKER, Contents(files=1), [*CONTAINER, DONE]),
        (ECS, tasks("2"), [*TASK, DONE]),
        (DOCKER, dockerrun("1"), [*CONTAINER, DONE]),
        (DOCKER, dockerrun("3"), [*CONTAINER, DONE]),
        (DOCKER, dockerrun("2"), [BAD_VERSION, FAILED]),
        (DOCKER, dockerrun(""), [BAD_VERSION, FAILED]),
        (DOCKER, dockerrun("4"), [BAD_VERSION, FAILED]),
        (DOCKER, dockerrun("", is_json=False), [NO_JSON, FAILED]),
        (DOCKER, dockerrun("1", has_image=False), [NO_IMAGE, FAILED]),
        (DOCKER, dockerrun("3", has_image=False), [*CONTAINER, DONE]),
        (DOCKER, unbuildable("Dockerfile"), [IMAGE_NOT_BUILT, FAILED]),
        (DOCKER, unbuildable("docker-compose.yml"), [COMPOSE_FAILED, FAILED]),
        (DOCKER, unbuildable("Dockerfile", "docker-compose.yml"), [COMPOSE_FAILED, FAILED]),
        (DOCKER, replace(unbuildable("Dockerfile"), starting=("Dockerfile", "docker-compose.yml")), [DONE]),
        (PHP, unbuildable("Dockerfile", "docker-compose.yml"), [NO_COMPOSER, DONE]),
        (DOCKER, single("Dockerfile"), [*CONTAINER, DONE]),
        (DOCKER, single(None), [HAS_ISSUES, FAILED]),
        (STACK, single("Dockerfile"), [HAS_ISSUES, FAILED]),
        (STACK, unzipped(fails_on_windows=False), [HAS_ISSUES, FAILED]),
        (WINDOWS, unzipped(fails_on_windows=False), [DONE]),
        (WINDOWS, unzipped(fails_on_windows=True), [HAS_ISSUES, FAILED]),
        (PHP, starting("index.php"), [NO_COMPOSER, DONE]),
        (PHP, starting("index.php", "composer.json"), [DONE]),
        (PHP, Contents(), [DONE]),
        (NODE, NOTHING, [NO_PROCFILE, FAILED]),
        (NODE, starting("Dockerfile"), [NO_PROCFILE, FAILED]),
        (NODE, starting("app.js"), [DONE]),
        (NODE, starting("server.js"), [DONE]),
        (NODE, starting("package.json"), [DONE]),
        (NODE, starting("Procfile"), [USED, DONE]),
        (NODE, package("any-node"), [ANY_NODE, DONE]),
        (NODE, package("any-node", "Procfile"), [ANY_NODE, USED, DONE]),
        (NODE, package("no-json"), [NPM_FAILED, FAILED]),
        (STACK, package("no-json"), [GENERATED, DONE]),
        (DOCKER, package("any-node", "Dockerfile"), [*CONTAINER, DONE]),
        (JAVA, starting("web.jar"), [*JAR, DONE]),
        (JAVA, starting("a.jar", "b.jar"), [NO_JAR, FAILED]),
        (JAVA, replace(NOTHING, builds=("build",)), [DONE]),
        (JAVA, starting("Procfile", "web.jar"), [USED, DONE]),
        (JAVA, NOTHING, [NO_JAR, FAILED]),
        (JAVA, starting("package.json"), [NO_JAR, FAILED]),
        (STACK, starting("Procfile"), [USED, DONE]),
        (STACK, starting("web.jar", "package.json"), [GENERATED, DONE]),
        (STACK, Contents(), [DONE]),
        (WINDOWS, starting("Procfile"), [DONE]),
    ],
)
def test_instances_report_the_findings_in_a_bundle_as_the_platform_does(stack, contents, reports):
    assert reported(world_on(stack, v1=contents)) == reports


@pytest.mark.parametrize(
    ("bundle", "sentence"),
    [
        (NOTHING, "No ecs task definition (or empty definition file) found in environment"),
        (dockerrun("2"), "No ecs task definition (or empty definition file) found in environment"),
        (dockerrun("1"), "ECS Application sourcebundle validation error: Unsupported AWSEBDockerrunVersion: 1"),
        (dockerrun("", is_json=False), failures.INVALID_DOCKERRUN().text),
    ],
)
def test_ecs_refuses_what_defines_no_task_before_any_instance_is_reached(bundle, sentence):
    world = world_on(ECS, v1=tasks("2"), v2=bundle).launched()
    mark, before = len(world.events), dict(world.fleet)
    world.request("update", request_id="v2", version_label="v2", settings=None)
    messages = [message for message in world.settle().messages(mark) if not message.startswith("Environment health")]
    assert messages[:2] == [sentence, failures.FAILED_TO_DEPLOY().text]
    assert world.fleet == before


@pytest.mark.parametrize(
    ("shape", "cron", "sentences"),
    [
        ("worker", Cron((Task("a", "/a", "* * * * *"), Task("b", "/b", "* * * * *"))), [LOADED]),
        ("worker", Cron(problem="it is bad"), ["Failed to load scheduled tasks from cron.yaml: it is bad."]),
        ("worker", None, []),
        ("single", Cron(), []),
    ],
)
def test_the_periodic_tasks_of_a_worker_environment_are_told(shape, cron, sentences):
    messages = reported(world_on(STACK, shape, v1=replace(starting("Procfile"), cron=cron)))
    assert messages == [USED, *sentences, DONE]


def test_resources_that_cloudformation_refuses_end_an_update_after_five_seconds():
    world = world_on(STACK, v1=starting("app.py"), v2=replace(starting("app.py"), template="It is bad.")).launched()
    mark, request_time = len(world.events), world.now
    world.request("update", request_id="v2", version_label="v2", settings=None)
    events = [event for event in world.settle().events[mark:] if not event.message.startswith("Environment health")]
    bad, failure = events[:2]
    assert (bad.severity, bad.message) == ("ERROR", "Service:AmazonCloudFormation, Message:It is bad.")
    assert failure.message == failures.FAILED_TO_DEPLOY().text
    assert 4500 <= bad.at - request_time <= 5600


def test_where_nobody_looked_nothing_is_said():
    assert reported(world_on(NODE)) == [DONE]
    assert reported(world_on(NODE, v2=NOTHING)) == [DONE]


def test_a_change_of_the_configuration_says_nothing_of_the_bundle():
    world = world_on(STACK, v1=starting("Procfile")).launched()
    mark = len(world.events)
    blue = OptionSetting("aws:elasticbeanstalk:application:environment", "COLOUR", "blue")
    world.request("update", request_id="blue", version_label=None, settings=(*world.environment.settings, blue))
    assert DONE in world.settle().messages(mark)
    assert USED not in world.messages(mark)


def test_every_instance_fails_by_itself_and_keeps_what_it_has():
    world = world_on(NODE, "application", v1=starting("app.js"), v2=NOTHING).launched()
    mark, before = len(world.events), {instance.id: instance.deployment_id for instance in world.fleet.values()}
    world.request("update", request_id="v2", version_label="v2", settings=None)
    messages = world.settle().messages(mark)
    assert messages.count(NO_PROCFILE) == messages.count(FAILED) == 3
    assert {instance.id: instance.deployment_id for instance in world.fleet.values()} == before
    assert all(
        instance.failed and instance.history[-1].cause == "NO_PROCFILE_FOR_NODE" for instance in world.fleet.values()
    )
    assert (world.environment.status, world.environment.version_label) == ("Ready", "v1")


@pytest.mark.parametrize("shape", ["single", "application"])
def test_a_story_ends_though_nothing_that_is_deployed_can_start(shape):
    world = world_on(NODE, shape, v1=NOTHING, v2=NOTHING)
    world.arm([Fault("f1", "instance-dies", times=3)])
    world.launched()
    bigger = (*world.environment.settings, OptionSetting(LAUNCH, "InstanceType", "m5.large"))
    world.request("update", request_id="v2", version_label="v2", settings=bigger)
    world.settle()
    assert (world.environment.status, world.environment.version_label) == ("Ready", "v1")
    assert world.environment.activity is None
