"""A single instance that gets a load balancer: what stays, what comes, and what the instance takes over."""

import pytest

from engine.stories import World
from options import ENVIRONMENT, GROUP, LAUNCH, PROPERTIES, option_settings

BALANCED = option_settings(ENVIRONMENT, EnvironmentType="LoadBalanced")


def retyped(version=None, *more):
    """The instance before, and the world after."""
    world = World("single", ()).launched()
    (before,) = world.fleet.values()
    world.request("update", request_id="update", version_label=version, settings=(*BALANCED, *more))
    world.settle()
    return before, world


@pytest.mark.parametrize("least", [1, 2, 3])
def test_the_running_instance_stays_and_the_group_launches_what_it_lacks(least):
    before, world = retyped(None, *option_settings(GROUP, MinSize=least))
    assert len(world.fleet) == least
    assert world.fleet[before.id].history == before.history
    assert all(instance.in_service for instance in world.fleet.values())
    assert f"Removed instance [{before.id}] from your environment." not in world.messages()
    assert world.environment.deployment_id == before.deployment_id


def test_the_instance_that_stays_gets_the_version_of_the_same_call():
    before, world = retyped("v2", *option_settings(GROUP, MinSize=2))
    assert before.id in world.fleet
    assert {(instance.version_label, instance.deployment_id) for instance in world.fleet.values()} == {("v2", 2)}
    assert (world.environment.version_label, world.environment.deployment_id) == ("v2", 2)


def test_the_instance_that_stays_takes_over_properties_of_the_same_call():
    before, world = retyped(None, *option_settings(PROPERTIES, COLOUR="green"))
    assert list(world.fleet) == [before.id]
    assert [record.command for record in world.fleet[before.id].history] == ["boot", "deploy", "configure"]
    assert world.environment.deployment_id == world.fleet[before.id].deployment_id == 2


def test_the_instance_goes_where_another_option_asks_for_a_new_one():
    before, world = retyped(None, *option_settings(LAUNCH, InstanceType="m5.large"))
    assert before.id not in world.fleet
    assert {instance.instance_type for instance in world.fleet.values()} == {"m5.large"}
