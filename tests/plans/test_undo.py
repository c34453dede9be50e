"""Undo stands beside do: every kind of update is aborted, and fails, at every one of its steps."""

from functools import cache

import pytest

from beanpole.model.events import messages
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.health import instance_health, observation
from beanpole.model.options.configuration import merge
from engine.stories import World
from plans.updates import SIZE, UPDATES, is_whole

FAULTS = {
    "command-fails": "deploy",
    "command-times-out": "deploy",
    "instance-dies": None,
    "health-check-never-passes": "await-health",
    "launch-refused": None,
    "resource-fails": None,
}


@cache
def steps_of(update):
    """The world as it is at each step of an update, from the request on."""
    shape, settings, version, changes = UPDATES[update]
    world = World(shape, settings).launched()
    after = merge(world.environment.settings, changes) if changes else None
    world.request("update", request_id="update", version_label=version, settings=after)
    there = []
    while world.environment.activity is not None:
        there.append(world.copy())
        world.now = max(world.now, world.environment.due)
        world.write(world.look(world.now))
    return there


def size_of(update):
    return 1 if UPDATES[update][0] == "single" else SIZE


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("early", [0, 1])
def test_it_is_aborted_at_every_step(update, early):
    before = steps_of(update)[0]
    aborted = 0
    for there in steps_of(update):
        world = there.copy()
        world.now = max(world.now, world.environment.due - early)
        if world.environment.abortable_operation_in_progress:
            world.request("abort")
            assert world.environment.status == "Aborting"
            world.settle()
            is_whole(world, size_of(update))
            assert world.environment.done.outcome == "aborted"
            for name in ("settings", "endpoint_url", "version_label", "failed_settings"):
                assert getattr(world.environment, name) == getattr(before.environment, name)
            assert {resource.kind for resource in world.environment.resources} == {
                resource.kind for resource in before.environment.resources
            }
            assert messages.UPDATE_ABORTED().text in world.messages(len(there.events))
            tells_what_is_left(world)
            aborted += 1
    assert aborted > 1


def tells_what_is_left(world):
    """Health tells how the update ended, and of each instance that is not as the environment says; of no other."""
    look = world.rules.health_context(world.environment, world.now)
    ended = {"aborted": " aborted ", "failed": " failed "}[world.environment.done.outcome]
    assert any(ended in cause for cause in observation.observe(look, world.fleet).causes)
    running = world.environment.version_label, world.environment.deployment_id
    for instance in world.fleet.values():
        is_told = any(
            cause.startswith("Incorrect application version") for cause in instance_health.explain(instance, look)
        )
        assert is_told == (instance_health.runs(instance) != running)
        assert (instance_health.status(instance, look) == "Ok") == (
            (instance.version_label, instance.deployment_id) == running and instance.in_service
        )


def runs_with(update, fault):
    """The worlds in which an update has ended, with the fault armed at every one of its steps.

    Until the fault fires, a world with it is the undisturbed one. Where the two are equal at a later step, the fault
    armed there leaves the same world in the end, which is played once.
    """
    steps = steps_of(update)
    armed = 0
    while armed < len(steps):
        world = steps[armed].copy()
        world.arm([fault])
        armed += 1
        while world.environment.due is not None:
            world.now = max(world.now, world.environment.due)
            world.write(world.look(world.now))
            if armed < len(steps) and world.rules.faults == (fault,) and is_same(world, steps[armed]):
                armed += 1
        yield world


def is_same(one, other):
    return (one.now, one.environment, one.fleet, one.plan, one.beside, len(one.events)) == (
        (other.now, other.environment, other.fleet, other.plan, other.beside, len(other.events))
    )


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("times", [1, None])
def test_it_fails_at_every_step(update, what, times):
    failures = 0
    for world in runs_with(update, Fault(1, what, Where(step=FAULTS[what]), times)):
        struck = world.environment.done.outcome == "failed"
        failures += struck
        assert times is None or struck or not world.rules.faults[0].fired or what == "launch-refused"
        size = size_of(update) if struck else len(steps_of(update)[-1].fleet)
        if struck:
            is_whole(world, size)
            assert world.environment.version_label == "v1"
            tells_what_is_left(world)
    assert failures or what in ("health-check-never-passes", "launch-refused", "resource-fails")
