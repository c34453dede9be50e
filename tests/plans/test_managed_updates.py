"""The way in for managed actions: an update that is immutable whatever the settings say."""

from beanpole.model.options.definitions import OptionSetting
from engine.stories import World
from environments import STACK_BEFORE
from plans.updates import is_whole

SIZES = (OptionSetting("aws:autoscaling:asg", "MinSize", "2"),)


def test_a_platform_comes_immutably():
    world = World("application", SIZES).launched()
    before = set(world.fleet)
    world.request("managed_update", request_id="managed", solution_stack_name=STACK_BEFORE, platform_arn="arn")
    assert (world.environment.status, world.environment.abortable_operation_in_progress) == ("Updating", True)
    world.settle()
    is_whole(world, 2)
    assert (world.environment.solution_stack_name, world.environment.platform_arn) == (STACK_BEFORE, "arn")
    assert not before & set(world.fleet)
    assert any(message.startswith("Created temporary auto scaling group") for message in world.messages())


def test_without_a_platform_the_instances_are_fresh_and_nothing_else_is_new():
    world = World("single").launched()
    before = world.environment, set(world.fleet)
    world.request("managed_update", request_id="managed")
    world.settle()
    is_whole(world, 1)
    assert world.environment.settings == before[0].settings
    assert world.environment.solution_stack_name == before[0].solution_stack_name
    assert not before[1] & set(world.fleet)


def test_it_can_be_aborted():
    world = World("application", SIZES).launched()
    before = dict(world.fleet)
    world.request("managed_update", request_id="managed", solution_stack_name=STACK_BEFORE, platform_arn="arn")
    world.advance(200)
    world.request("abort")
    world.settle()
    assert world.fleet == before
    assert world.environment.solution_stack_name != STACK_BEFORE
