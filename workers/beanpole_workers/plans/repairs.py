"""What brings a fleet back to the size that it should have, whatever happened to it."""

from collections.abc import Iterator

from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Deploy, JoinInstances, LaunchInstances, RemoveInstances, TerminateInstances


def settle(situation: Situation) -> Iterator[Timed]:
    """Instances that were on their way out are gone, and so are those that never came to boot."""
    going = tuple(it.id for it in situation.fleet.values() if it.state == "terminating")
    coming = tuple(it.id for it in situation.fleet.values() if it.state == "pending")
    if coming:
        yield TerminateInstances(coming), instantly
        yield RemoveInstances(coming), instantly
    if going:
        yield RemoveInstances(going, announced=True), after("repair.removed")


def surplus(situation: Situation, size: int, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The instances beyond a size: what does not serve goes first, then what is newest.

    The sort keeps the order of launch, which is turned round, so the newest of equals comes first.
    """
    left = [it for it in reversed(situation.running) if it.id not in without]
    useless = sorted(left, key=lambda it: it.in_service and not it.failed)
    return tuple(it.id for it in useless[: max(0, len(useless) - size)])


def terminated(instances: tuple[str, ...]) -> Iterator[Timed]:
    """Instances that a group has no use for any more."""
    if instances:
        yield TerminateInstances(instances), instantly
        yield RemoveInstances(instances, announced=True), after("repair.removed")


def resize(situation: Situation, without: tuple[str, ...] = ()) -> Iterator[Timed]:
    """What is left of a fleet gets its size back; new instances get the version that was last deployed well."""
    environment = situation.environment
    left = [it for it in situation.running if it.id not in without]
    yield from terminated(surplus(situation, situation.size, without))
    missing = situation.size - len(left)
    if missing > 0:
        new_ids = situation.ids("missing", missing)
        yield LaunchInstances(new_ids), instantly
        yield JoinInstances(new_ids), after("repair.joined")
        yield Deploy(new_ids, environment.version_label, environment.deployment_id), after("repair.command")
