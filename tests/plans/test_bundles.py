"""What is in a source bundle, and what a deployment makes of it on each platform."""

import re

import pytest
from msgspec.structs import replace

from beanpole.model.applications.contents import BundleProblem, Contents
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
WINDOWS = "64bit Windows Server 2022 v2.23.4 running IIS 10.0"

UNREADABLE = Contents(problems=(BundleProblem("bundle"),))
NOTHING = Contents(files=1, starting=())
HAS_ISSUES = failures.SOURCE_BUNDLE_HAS_ISSUES().text
NO_DOCKER_FILES = failures.NO_DOCKER_FILES().text
NO_PROCFILE = failures.NO_PROCFILE_FOR_NODE().text
NPM_FAILED = failures.NPM_FAILED().text
ANY_NODE = messages.NODE_VERSION_UNSPECIFIED().text
USED = messages.PROCFILE_USED().text
JAR = [messages.JAR_DETECTED().text, messages.PROCFILE_GENERATED().text]
DONE = messages.INSTANCE_DEPLOYMENT_COMPLETED().text
CONTAINER = [messages.IMAGE_BUILT().text, messages.CONTAINER_RUNS(container="*").text]
TASK = [messages.STARTING_TASK(family="*", revision=1).text, messages.TASK_RUNS(task="*").text]
FAILED = failures.INSTANCE_DEPLOYMENT_FAILED().text
IDS = re.compile(r"\b[0-9a-f]{12}\b|\barn:aws:ecs:\S+|\bawseb-[\w-]+")


def starting(*files):
    return Contents(files=len(files), starting=files)


def package(says, *files):
    return replace(starting("package.json", *files), package=says)


def world_on(stack, shape="single", **contents):
    world = World(shape)
    world.environment = replace(world.environment, solution_stack_name=stack)
    world.contents = contents
    return world


def reported(world):
    """What an instance reports of a launch, without ids: all between its arrival and the verdict."""
    told = world.launched().told()
    first = next(place for place, it in enumerate(told) if it.startswith("Added instance"))
    last = next(place for place, it in enumerate(told) if it in (DONE, FAILED))
    return [IDS.sub("*", it) for it in told[first + 1 : last + 1]]


@pytest.mark.parametrize(
    ("stack", "contents", "said"),
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
        (ECS, NOTHING, [*TASK, DONE]),
        (NODE, NOTHING, [NO_PROCFILE, FAILED]),
        (NODE, starting("Dockerfile"), [NO_PROCFILE, FAILED]),
        (NODE, starting("app.js"), [DONE]),
        (NODE, starting("server.js"), [DONE]),
        (NODE, starting("package.json"), [DONE]),
        (NODE, starting("Procfile"), [USED, DONE]),
        (NODE, package("any-node"), [ANY_NODE, DONE]),
        (NODE, package("any-node", "Procfile"), [ANY_NODE, USED, DONE]),
        (NODE, package("no-json"), [NPM_FAILED, FAILED]),
        (STACK, package("no-json"), [DONE]),
        (DOCKER, package("any-node", "Dockerfile"), [*CONTAINER, DONE]),
        (JAVA, starting("web.jar"), [*JAR, DONE]),
        (JAVA, starting("a.jar", "b.jar"), [DONE]),
        (JAVA, starting("Procfile", "web.jar"), [USED, DONE]),
        (JAVA, NOTHING, [DONE]),
        (STACK, starting("Procfile"), [USED, DONE]),
        (STACK, starting("web.jar", "package.json"), [DONE]),
        (STACK, Contents(), [DONE]),
        (WINDOWS, starting("Procfile"), [DONE]),
    ],
)
def test_what_instances_report(stack, contents, said):
    assert reported(world_on(stack, v1=contents)) == said


def test_where_nobody_looked_nothing_is_said():
    assert reported(world_on(NODE)) == [DONE]
    assert reported(world_on(NODE, v2=NOTHING)) == [DONE]


def test_a_change_of_the_configuration_says_nothing_of_the_bundle():
    world = world_on(STACK, v1=starting("Procfile")).launched()
    known = len(world.events)
    blue = OptionSetting("aws:elasticbeanstalk:application:environment", "COLOUR", "blue")
    world.request("update", request_id="blue", version_label=None, settings=(*world.environment.settings, blue))
    assert DONE in world.settle().told(known)
    assert USED not in world.told(known)


def test_every_instance_fails_by_itself_and_keeps_what_it_has():
    world = world_on(NODE, "application", v1=starting("app.js"), v2=NOTHING).launched()
    known, before = len(world.events), {it.id: it.deployment_id for it in world.fleet.values()}
    world.request("update", request_id="v2", version_label="v2", settings=None)
    told = world.settle().told(known)
    assert told.count(NO_PROCFILE) == told.count(FAILED) == 3
    assert {it.id: it.deployment_id for it in world.fleet.values()} == before
    assert all(it.failed and it.history[-1].cause == "NO_PROCFILE_FOR_NODE" for it in world.fleet.values())
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
