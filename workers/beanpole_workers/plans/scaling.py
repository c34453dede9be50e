"""The scaling of an Auto Scaling group to its capacity, while the environment stays Ready."""

from collections.abc import Iterator

from beanpole.model.changes.scaling import removal
from beanpole.model.environment.requests import Configure, Deploy, Restart
from beanpole.model.plan import steps
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Scheduled, Situation
from beanpole.model.plan.steps import (
    Announce,
    Finish,
    JoinInstances,
    LaunchInstances,
    RemoveInstances,
    TerminateInstances,
)
from beanpole_workers.plans import failed_steps, repairs


def scale(situation: Situation) -> Iterator[Timed]:
    """Remove what terminates, finish what boots, then launch what is missing or terminate what is too much."""
    yield from _removed(situation)
    there = [instance for instance in situation.fleet.values() if instance.state != "terminating"]
    missing = situation.ids("scale", max(0, situation.size - len(there)))
    booting = tuple(instance.id for instance in there if instance.state == "pending")
    if missing:
        yield LaunchInstances(missing), instantly
    if booting or missing:
        yield JoinInstances((*booting, *missing)), after("group.joined")
    interrupted = tuple(instance.id for instance in there if instance.state == "deploying")
    if unfinished := (*interrupted, *booting, *missing):
        environment = situation.environment
        command = steps.Deploy(unfinished, environment.version_label, environment.deployment_id, quietly=True)
        yield command, after("group.command")
    surplus = _surplus(situation, len(there) - situation.size)
    if surplus:
        yield TerminateInstances(surplus), instantly
        yield RemoveInstances(surplus, announced=True), after("group.removed")
    yield Finish(), instantly


def abandoned(situation: Situation) -> tuple[Scheduled, ...]:
    """The first steps of an update whose group was launching instances: it launches the missing ones itself [I].

    Requests that change no instances leave them; the group goes on with them afterwards.
    """
    if not isinstance(situation.activity.request, Deploy | Configure | Restart):
        return ()
    booting = tuple(instance.id for instance in situation.fleet.values() if instance.state == "pending")
    dropped = (TerminateInstances(booting), RemoveInstances(booting)) if booting else ()
    return tuple(Scheduled(step, 0.0) for step in dropped)


def undo(situation: Situation) -> Iterator[Timed]:
    """The group tries once more; an instance whose command failed stays, as on AWS [inferred]."""
    yield from failed_steps.reported(situation)
    yield from repairs.settle(situation)
    yield from repairs.resize(situation)
    yield Finish("failed"), instantly


def _removed(situation: Situation) -> Iterator[Timed]:
    """Remove the instances that terminate; a group finds out at its next check that EC2 has lost one."""
    by = {loss.id: loss.by for loss in situation.environment.losses}
    terminating = [instance for instance in situation.fleet.values() if instance.state == "terminating"]
    if not terminating:
        return
    ids = tuple(instance.id for instance in terminating)
    yield RemoveInstances(ids), after("group.noticed")
    for instance in terminating:
        if instance.announced:
            yield Announce(removal(instance.id, by.get(instance.id, "autoscaling"))), instantly


def _surplus(situation: Situation, number: int) -> tuple[str, ...]:
    """The instances that a group terminates when it shrinks: those out of service first, then the oldest [inferred]."""
    left = [instance for instance in situation.running if instance.state == "running"]
    worst_first = sorted(left, key=lambda instance: instance.in_service and not instance.failed)
    return tuple(instance.id for instance in worst_first[: max(0, number)])
