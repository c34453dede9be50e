"""Repairs of a fleet: instances are terminated or launched until it has its size again."""

from collections.abc import Iterator

from beanpole.model.environment.instance import State
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Deploy, JoinInstances, LaunchInstances, RemoveInstances, TerminateInstances


def settle(situation: Situation) -> Iterator[Timed]:
    """Remove the instances that were terminating, and those that had not booted yet."""
    terminating, booting = _in_state(situation, "terminating"), _in_state(situation, "pending")
    if booting:
        yield TerminateInstances(booting), instantly
        yield RemoveInstances(booting), instantly
    if terminating:
        yield RemoveInstances(terminating, announced=True), after("repair.removed")


def surplus(situation: Situation, size: int, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The instances beyond a size: first those out of service or failed, then of another version, then the newest.

    The sort is stable and begins with the newest, so the newest of equals comes first.
    """
    expected = situation.environment.deployment_id
    left = [instance for instance in reversed(situation.running) if instance.id not in without]
    worst_first = sorted(
        left, key=lambda instance: (instance.in_service and not instance.failed, instance.deployment_id == expected)
    )
    return tuple(instance.id for instance in worst_first[: max(0, len(worst_first) - size)])


def terminated(instances: tuple[str, ...]) -> Iterator[Timed]:
    """Terminate instances, if there are any."""
    if instances:
        yield TerminateInstances(instances), instantly
        yield RemoveInstances(instances, announced=True), after("repair.removed")


def resize(situation: Situation, without: tuple[str, ...] = ()) -> Iterator[Timed]:
    """Bring a fleet back to its size; new instances get the version that was last deployed successfully."""
    environment = situation.environment
    left = [instance for instance in situation.running if instance.id not in without]
    yield from terminated(surplus(situation, situation.size, without))
    missing = situation.size - len(left)
    if missing > 0:
        new_ids = situation.ids("missing", missing)
        yield LaunchInstances(new_ids), instantly
        yield JoinInstances(new_ids), after("repair.joined")
        yield Deploy(new_ids, environment.version_label, environment.deployment_id), after("repair.command")


def _in_state(situation: Situation, state: State) -> tuple[str, ...]:
    return tuple(instance.id for instance in situation.fleet.values() if instance.state == state)
