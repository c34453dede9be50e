"""Every fault at every step of every policy: what becomes of each instance, and which events follow.

The rules are those of docs/facts.md#failed-deployment and docs/facts.md#deployment-policies.

Instances of batches that are through have the new version, those whose turn had not come keep the old one; a new side
goes as if it had never been there.
"""

from functools import cache

import pytest

from beanpole.model.faults.fault import Fault, Where
from beanpole.model.plan.plan import decode
from beanpole.model.plan.steps import AwaitHealth, Deploy, LaunchInstances, Provision
from beanpole_workers.plans.policies import POLICIES
from engine.stories import World
from plans.updates import by_policy

SIZE = 4
STRUCK = {
    "command-fails": (Deploy,),
    "command-times-out": (Deploy,),
    "instance-dies": (Deploy, AwaitHealth),
    "health-check-never-passes": (Deploy, AwaitHealth),
    "launch-refused": (LaunchInstances,),
    "resource-fails": (Provision,),
}
VERDICTS = {
    "command-fails": "Unsuccessful command execution on instance id(s) '{ids}'. Aborting the operation.",
    "command-times-out": "Unsuccessful command execution on instance id(s) '{ids}'. Aborting the operation.",
    "health-check-never-passes": (
        "Instance id(s) '{ids}' did not pass health check after command execution. Aborting the operation."
    ),
    "launch-refused": "EC2 Instance Launch Failure. Waiting for a New EC2 Instance to Launch...",
    "resource-fails": "'  Reason: The following resource(s) failed to create: ",
}
MIXED = "During an aborted deployment, some instances may have deployed the new application version."


@cache
def deployed(policy):
    """The steps of a deployment, and the world at every instant of it."""
    world = World("application", by_policy(policy, SIZE, "2"), seed=3).launched()
    world.request("update", request_id="update", version_label="v2", settings=None)
    there, steps = [], ()
    while world.environment.activity is not None:
        steps = steps or tuple(decode(step).step for step in world.plan)
        there.append(world.copy())
        world.now = max(world.now, world.environment.due)
        world.write(world.look(world.now))
    return steps, there


def before(policy, index):
    """The world at the last instant before a step begins."""
    return [world for world in deployed(policy)[1] if world.environment.activity.step < index][-1].copy()


CASES = [
    pytest.param(policy, what, index, id=f"{policy}, {what}, step {index}")
    for policy in POLICIES
    for what, kinds in STRUCK.items()
    for index, step in enumerate(deployed(policy)[0])
    if isinstance(step, kinds)
]


def test_every_kind_of_fault_strikes_every_policy_that_has_such_a_step():
    pairs = {tuple(case.values[:2]) for case in CASES}
    everywhere = {(policy, what) for policy in POLICIES for what in STRUCK if Deploy in STRUCK[what]}
    beside = {policy for policy, row in POLICIES.items() if row.new_side}
    launching = {(policy, "launch-refused") for policy in (*beside, "RollingWithAdditionalBatch")}
    assert pairs == everywhere | launching | {(policy, "resource-fails") for policy in beside}


@pytest.mark.parametrize(("policy", "what", "index"), CASES)
def test_it_ends_as_the_reference_has_it(policy, what, index):
    steps, world = deployed(policy)[0], before(policy, index)
    step, old, since = (
        steps[index],
        {instance.id for instance in deployed(policy)[1][0].fleet.values()},
        len(world.events),
    )
    named = step.instances[-1] if isinstance(step, Deploy | AwaitHealth) else None
    times = None if what == "launch-refused" else 1
    world.arm([Fault(1, what, Where(step=step.__struct_config__.tag, instance=named), times)])
    world.settle()
    environment, messages = world.environment, world.messages(since)
    assert world.rules.faults[0].fired == (times or 0)
    assert (environment.status, len(world.fleet), environment.resource("temporary-group")) == ("Ready", SIZE, None)
    awaited = any(isinstance(later_step, AwaitHealth) and named in later_step.instances for later_step in steps[index:])
    if what == "health-check-never-passes" and not awaited:
        assert (environment.version_label, environment.done.outcome) == ("v2", "done")
        assert [instance.id for instance in world.fleet.values() if not instance.in_service] == [named]
        return
    assert (environment.version_label, environment.deployment_id, environment.done.outcome) == ("v1", 1, "failed")
    assert any(VERDICTS[missed(what, step)].format(ids=named) in message for message in messages)
    assert "Failed to deploy application." in messages
    if POLICIES[policy].new_side:
        assert set(world.fleet) == old
        assert {runs(instance) for instance in world.fleet.values()} == {("v1", 1, True, True)}
    else:
        assert any(message.startswith(MIXED) for message in messages)
        ends_mixed(world, old, what, step, steps[:index])


def runs(instance):
    """What it runs and how it does."""
    return instance.version_label, instance.deployment_id, instance.in_service, instance.passes_health_checks


def missed(what, step):
    """An instance that died is missed by whatever waits for it."""
    if what != "instance-dies":
        return what
    return "command-times-out" if isinstance(step, Deploy) else "health-check-never-passes"


def ends_mixed(world, old, what, step, through):
    """Instance by instance, as far as they are still there; one that came in place of another has the old version."""
    named = step.instances[-1]
    changed_ids = {
        id_ for later_step in (*through, step) if isinstance(later_step, Deploy) for id_ in later_step.instances
    }
    for instance in world.fleet.values():
        if instance.id == named:
            ends_struck(instance, what, step)
        elif instance.id in changed_ids:
            assert (instance.version_label, instance.deployment_id, instance.failed) == ("v2", 2, False)
        else:
            assert runs(instance) == ("v1", 1, True, True)
    assert (named in world.fleet) <= (what != "instance-dies")
    assert len(set(world.fleet) - old - changed_ids) == (what == "instance-dies" and len(old | changed_ids) == SIZE)


def ends_struck(instance, what, step):
    """It serves no more: with the version it had where the command did not end well, else with the new one."""
    has_failed = what in ("command-fails", "command-times-out")
    assert (instance.failed, instance.in_service, instance.passes_health_checks) == (has_failed, False, has_failed)
    assert (instance.version_label, instance.deployment_id) == (("v1", 1) if has_failed else ("v2", 2))
