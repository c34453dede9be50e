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
        steps = steps or tuple(decode(it).step for it in world.plan)
        there.append(world.copy())
        world.now = max(world.now, world.environment.due)
        world.write(world.look(world.now))
    return steps, there


def before(policy, index):
    """The world at the last instant before a step begins."""
    return [it for it in deployed(policy)[1] if it.environment.activity.step < index][-1].copy()


CASES = [
    pytest.param(policy, what, index, id=f"{policy}, {what}, step {index}")
    for policy in POLICIES
    for what, kinds in STRUCK.items()
    for index, step in enumerate(deployed(policy)[0])
    if isinstance(step, kinds)
]


def test_every_kind_of_fault_strikes_every_policy_that_has_such_a_step():
    struck = {tuple(it.values[:2]) for it in CASES}
    everywhere = {(policy, what) for policy in POLICIES for what in STRUCK if Deploy in STRUCK[what]}
    beside = {policy for policy, row in POLICIES.items() if row.new_side}
    launching = {(policy, "launch-refused") for policy in (*beside, "RollingWithAdditionalBatch")}
    assert struck == everywhere | launching | {(policy, "resource-fails") for policy in beside}


@pytest.mark.parametrize(("policy", "what", "index"), CASES)
def test_it_ends_as_the_reference_has_it(policy, what, index):
    steps, world = deployed(policy)[0], before(policy, index)
    step, old, since = steps[index], {it.id for it in deployed(policy)[1][0].fleet.values()}, len(world.events)
    named = step.instances[-1] if isinstance(step, Deploy | AwaitHealth) else None
    times = None if what == "launch-refused" else 1
    world.arm([Fault(1, what, Where(step=step.__struct_config__.tag, instance=named), times)])
    world.settle()
    environment, told = world.environment, world.told(since)
    assert world.rules.faults[0].fired == (times or 0)
    assert (environment.status, len(world.fleet), environment.resource("temporary-group")) == ("Ready", SIZE, None)
    awaited = any(isinstance(it, AwaitHealth) and named in it.instances for it in steps[index:])
    if what == "health-check-never-passes" and not awaited:
        assert (environment.version_label, environment.done.outcome) == ("v2", "done")
        assert [it.id for it in world.fleet.values() if not it.in_service] == [named]
        return
    assert (environment.version_label, environment.deployment_id, environment.done.outcome) == ("v1", 1, "failed")
    assert any(VERDICTS[missed(what, step)].format(ids=named) in it for it in told)
    assert "Failed to deploy application." in told
    if POLICIES[policy].new_side:
        assert set(world.fleet) == old
        assert {runs(it) for it in world.fleet.values()} == {("v1", 1, True, True)}
    else:
        assert any(it.startswith(MIXED) for it in told)
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
    changed = {id_ for it in (*through, step) if isinstance(it, Deploy) for id_ in it.instances}
    for it in world.fleet.values():
        if it.id == named:
            ends_struck(it, what, step)
        elif it.id in changed:
            assert (it.version_label, it.deployment_id, it.failed) == ("v2", 2, False)
        else:
            assert runs(it) == ("v1", 1, True, True)
    assert (named in world.fleet) <= (what != "instance-dies")
    assert len(set(world.fleet) - old - changed) == (what == "instance-dies" and len(old | changed) == SIZE)


def ends_struck(it, what, step):
    """It serves no more: with the version it had where the command did not end well, else with the new one."""
    failed = what in ("command-fails", "command-times-out")
    assert (it.failed, it.in_service, it.passes_health_checks) == (failed, False, failed)
    assert (it.version_label, it.deployment_id) == (("v1", 1) if failed else ("v2", 2))
