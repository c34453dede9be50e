"""Environments that begin anew, are linked, or have a database, each held against its golden timeline."""

import pytest
from msgspec.structs import replace

from beanpole.model.applications.manifest import Manifest
from beanpole.model.changes.change import Change
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import WEB, WORKER
from beanpole.model.options.definitions import OptionSetting
from beanpole.testing import ACCOUNT, REGION
from environments import STACK, events_since, with_version
from options import ALB, COMMAND, DATABASE, ENVIRONMENT, GROUP, SINGLE, option

ROLLING = option(COMMAND, "DeploymentPolicy", "Rolling")
HALF = option(COMMAND, "BatchSize", "50")
THREE = option(GROUP, "MinSize", "3")
WITH_DATABASE = option(DATABASE, "HasCoupledDatabase", "true")
LONE = (OptionSetting(ENVIRONMENT, "EnvironmentType", "SingleInstance"),)


@pytest.fixture
def shop(beanstalk):
    """An application with a version."""
    return with_version(beanstalk)


def launch_environment(world, *settings, name="shop-web", **more):
    answer = world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName=name,
        SolutionStackName=STACK,
        VersionLabel="v1",
        OptionSettings=list(settings),
        **more,
    )
    world.until_ready(name)
    world.advance(120)
    return answer["EnvironmentId"]


@pytest.mark.parametrize(
    ("story", "settings"),
    [
        ("rebuild-single-instance", [SINGLE]),
        ("rebuild-application", [ALB]),
        ("rebuild-database", [SINGLE, WITH_DATABASE]),
    ],
)
def test_the_story_of_a_rebuild(shop, golden, story, settings):
    launch_environment(shop, *settings)
    mark = shop.now
    shop.client.rebuild_environment(EnvironmentName="shop-web")
    shop.until_ready("shop-web")
    shop.advance(120)
    golden(story, events_since(shop, mark))


def test_a_terminated_environment_that_comes_back(shop, golden):
    id_ = launch_environment(shop, ALB)
    shop.client.terminate_environment(EnvironmentName="shop-web")
    shop.until("shop-web", "Terminated")
    shop.advance(3600)
    mark = shop.now
    shop.client.rebuild_environment(EnvironmentId=id_)
    shop.until_ready("shop-web")
    shop.advance(120)
    golden("restore-application", events_since(shop, mark))


def test_what_comes_back_without_a_group_has_bad_health_at_once(shop, golden):
    id_ = launch_environment(shop, SINGLE)
    shop.client.terminate_environment(EnvironmentName="shop-web")
    shop.until("shop-web", "Terminated")
    shop.advance(60)
    mark = shop.now
    shop.arm("resource-fails")
    shop.client.rebuild_environment(EnvironmentId=id_)
    shop.until_ready("shop-web")
    shop.advance(120)
    golden("restore-comes-to-nothing", events_since(shop, mark))


@pytest.mark.parametrize(
    ("story", "settings"),
    [
        ("restart-single-instance", [SINGLE]),
        ("restart-fleet", [ALB, THREE]),
        ("restart-rolling", [ALB, THREE, ROLLING, HALF]),
    ],
)
def test_a_restart_of_the_application_servers(shop, golden, story, settings):
    launch_environment(shop, *settings)
    mark = shop.now
    shop.client.restart_app_server(EnvironmentName="shop-web")
    shop.until_ready("shop-web")
    shop.advance(120)
    golden(story, events_since(shop, mark))


def test_an_environment_with_a_database(shop, golden):
    launch_environment(shop, ALB, WITH_DATABASE)
    golden("launch-database", shop.events("shop-web"))
    mark = shop.now
    shop.client.terminate_environment(EnvironmentName="shop-web")
    shop.until("shop-web", "Terminated")
    golden("terminate-database", events_since(shop, mark))


def test_a_termination_that_leaves_the_resources(shop, golden):
    launch_environment(shop, SINGLE)
    mark = shop.now
    shop.client.terminate_environment(EnvironmentName="shop-web", TerminateResources=False)
    shop.until("shop-web", "Terminated")
    golden("terminate-keeping-resources", events_since(shop, mark))


def bundle(world, label, manifest):
    world.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    there = world.store.world(ACCOUNT, REGION)
    there.commit(Change(puts=(replace(there.application_version("shop", label), manifest=manifest),)))


def test_a_group_that_is_composed_twice(shop, golden):
    links = (Link("QUEUE", "jobs+"),)
    bundle(shop, "front", Manifest("front+", STACK, tier=WEB, links=links, option_settings=LONE))
    bundle(shop, "jobs", Manifest("jobs+", STACK, tier=WORKER))
    bundle(shop, "front-2", Manifest("front+", STACK, links=links))
    bundle(shop, "jobs-2", Manifest("jobs+", STACK))
    shop.advance(1)
    for story, labels in (("compose-new", ["front", "jobs"]), ("compose-again", ["front-2", "jobs-2"])):
        mark = shop.now
        shop.client.compose_environments(ApplicationName="shop", GroupName="dev", VersionLabels=labels)
        shop.until_ready("jobs-dev")
        shop.until_ready("front-dev")
        shop.advance(120)
        golden(story, events_since(shop, mark))
