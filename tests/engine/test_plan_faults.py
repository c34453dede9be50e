"""The calls and steps that a fault can hit are those of the plans themselves."""

from collections import defaultdict

import pytest

from beanpole.model.faults.fault import Fault, Where
from beanpole.model.options.configuration import merge
from beanpole.model.plan.fault_targets import CALLS, STEPS_HIT
from beanpole.model.plan.plan import decode
from beanpole.model.plan.steps import TEMPORARY, Deprovision, JoinInstances
from engine.stories import SHAPES, World
from options import GROUP, option_settings
from plans.updates import UPDATES, by_policy

CAN_BE_HIT = {step for steps in STEPS_HIT.values() for step in steps}
ROLLING = by_policy("Rolling", 3, "1")


def planned(world, operation, steps_hit_by_call):
    """The steps of every plan that a call began, as they were made."""
    for change in world.changes:
        activity = change.puts[0].activity
        if change.plan is not None and activity is not None and activity.operation == operation:
            steps = [decode(step).step for step in change.plan.steps]
            steps_hit_by_call[operation] |= {type(step) for step in steps if can_be_hit(step, activity)}


def can_be_hit(step, activity):
    """Of deprovisioned resources only those of the new side of a plan that undoes another, and of a teardown."""
    is_teardown = activity.kind in ("rebuild", "terminate") and not activity.undoing
    removed = not isinstance(step, Deprovision) or (step.kind == TEMPORARY and activity.undoing > 0) or is_teardown
    signals = not isinstance(step, JoinInstances) or step.signals_within is not None
    return type(step) in CAN_BE_HIT and removed and signals


@pytest.fixture(scope="module")
def steps_hit_by_call():
    """For each call the steps of its plans, and of the plans that undo them, that can be hit."""
    steps_hit = defaultdict(set)
    dying = [Fault(1, "instance-dies", Where(instance=0), 1)]
    for shape in SHAPES:
        world = World(shape).launched()
        planned(world, "createEnvironment", steps_hit)
        world.request("rebuild", request_id="rebuild")
        planned(world.settle(), "rebuildEnvironment", steps_hit)
        world.request("termination", "terminateEnvironment", request_id="end")
        planned(world.settle(), "terminateEnvironment", steps_hit)
        world.request("restore", request_id="restore")
        planned(world.settle(), "restoreEnvironment", steps_hit)
        world.request("termination", "deleteApplication", request_id="end")
        planned(world.settle(), "deleteApplication", steps_hit)
    for shape, launch_settings, version, changes in UPDATES.values():
        world = World(shape, launch_settings).launched()
        settings = merge(world.environment.settings, changes) if changes else None
        world.request("update", request_id="update", version_label=version, settings=settings)
        planned(world.settle(), "updateEnvironment", steps_hit)
    world = World("application", [*ROLLING, *option_settings(GROUP, MinSize=3)], dying).launched()
    for call, operation in (("restart", "restartAppServer"), ("managed_update", "applyEnvironmentManagedAction")):
        world.arm(dying)
        world.request(call, request_id=call)
        planned(world.settle(), operation, steps_hit)
    immutable = by_policy("Immutable", 2, "1")
    for call, operation, more in (
        ("update", "updateEnvironment", {"version_label": "v2", "settings": None}),
        ("managed_update", "applyEnvironmentManagedAction", {}),
    ):
        world = World("application", immutable).launched()
        world.arm([Fault(1, "health-check-never-passes")])
        world.request(call, request_id=call, **more)
        planned(world.settle(), operation, steps_hit)
    world.request("tags", {}, request_id="tags")
    planned(world.settle(), "updateTagsForResource", steps_hit)
    return steps_hit


def test_the_calls_that_can_be_hit_are_those_whose_plans_can(steps_hit_by_call):
    restored = steps_hit_by_call.pop("restoreEnvironment")
    steps_hit_by_call["rebuildEnvironment"] |= restored
    named = {operation[:1].upper() + operation[1:]: steps for operation, steps in steps_hit_by_call.items() if steps}
    assert named == {call: set(steps) for call, steps in CALLS.items()}
