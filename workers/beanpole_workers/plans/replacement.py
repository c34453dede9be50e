"""Updates of the configuration that replace instances: all at once, in a rolling update, or immutably.

A rolling update is CloudFormation's: it terminates a batch of obsolete instances, launches as many new ones, and goes
on after a pause or once the new ones are healthy. Where it has to keep as many in service as there are, it launches
some before it terminates the first. `TYPES` has a row for each RollingUpdateType
(developer guide, using-features.rollingupdates).
"""

from collections.abc import Callable, Iterator, Mapping
from math import ceil

from msgspec import Struct

from beanpole.model.events import messages
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import AUTO_SCALING_GROUP, ROLLING_UPDATE
from beanpole.model.plan.durations import Timed, after, instantly, lasting
from beanpole.model.plan.steps import (
    Announce,
    Close,
    JoinInstances,
    LaunchInstances,
    RemoveInstances,
    TerminateInstances,
    Wait,
)
from beanpole_workers.plans import new_side
from beanpole_workers.plans.deployment import Deployment

WAITS = 1800  # seconds for healthy instances, unless the settings say otherwise


class Replacement(Struct, frozen=True, kw_only=True):
    """The instances to replace, and the bounds within which that is done.

    `deployment` names the obsolete instances and, as `new_ids`, those that replace them; so many `others` stay. `batch`
    instances are replaced at a time while at least `least` serve, and the group never has more than `most`. `pause` is
    the time between two batches in seconds; with `by_health` a batch waits for health instead, for `timeout` seconds.
    """

    deployment: Deployment
    others: int = 0
    batch: int = 1
    least: int = 0
    most: int = 1
    by_health: bool = False
    pause: float | None = None
    signal_timeout: str = "PT30M"
    timeout: float = WAITS


class Way(Struct, frozen=True):
    """A way to replace instances; one with a `new_side` touches no old instance until the new ones are healthy."""

    steps: Callable[[Replacement], Iterator[Timed]]
    new_side: bool = False
    by_health: bool = False


def at_once(replacement: Replacement) -> Iterator[Timed]:
    """Terminate all obsolete instances, then launch all new ones: a downtime."""
    deployment = replacement.deployment
    if deployment.instances:
        yield TerminateInstances(deployment.instances), instantly
        yield RemoveInstances(deployment.instances, announced=True), after("replace.removed")
    yield from _launched(replacement, deployment.new_ids)
    yield Close(), instantly


def rolling(replacement: Replacement) -> Iterator[Timed]:
    """Batch by batch; without obsolete instances the missing ones are launched, and no update is announced."""
    obsolete, new_ids = replacement.deployment.instances, replacement.deployment.new_ids
    if not obsolete:
        yield from at_once(replacement)
        return
    size = replacement.others + len(obsolete)
    least = max(0, min(replacement.least, replacement.most - 1))
    batch_size = max(1, min(replacement.batch, len(obsolete)))
    yield Announce(_initiated(replacement, batch_size, least)), after("replace.initiated")
    extra = new_ids[: max(0, min(least + batch_size, replacement.most) - size)]
    if extra:
        yield Announce(messages.TEMPORARY_CAPACITY(size=size + len(extra))), instantly
        yield from _added(replacement, extra)
    size, remaining = size + len(extra), new_ids[len(extra) :]
    replaced = 0
    while replaced < len(obsolete):
        batch = obsolete[replaced : replaced + max(1, min(batch_size, size - least))]
        replaced += len(batch)
        count = len(remaining) if replaced == len(obsolete) else len(batch)
        new, remaining = remaining[:count], remaining[count:]
        yield from _terminated(batch, len(new), round(100 * replaced / len(obsolete)))
        yield from _added(replacement, new)
        size += len(new) - len(batch)
    yield Close(), instantly


def immutable(replacement: Replacement) -> Iterator[Timed]:
    """A new side takes the place of the old one."""
    yield from new_side.immutable(replacement.deployment)


AT_ONCE = Way(at_once)
IMMUTABLE = Way(immutable, new_side=True)
TYPES: Mapping[str, Way] = {"Time": Way(rolling), "Health": Way(rolling, by_health=True), "Immutable": IMMUTABLE}


def way_by(settings: Configuration) -> Way:
    """The way in which settings replace instances: all at once unless rolling updates are enabled."""
    return _type(settings) if settings.boolean(ROLLING_UPDATE, "RollingUpdateEnabled") else AT_ONCE


def replacement(settings: Configuration, deployment: Deployment, others: int = 0) -> Replacement:
    """The replacement by the options of aws:autoscaling:updatepolicy:rollingupdate; defaults follow from the size."""
    single = settings.traits.environment_type == "SingleInstance"
    return Replacement(
        deployment=deployment,
        others=others,
        batch=settings.integer(ROLLING_UPDATE, "MaxBatchSize") or ceil(settings.least_size / 3),
        least=settings.integer(ROLLING_UPDATE, "MinInstancesInService", settings.least_size),
        most=1 if single else settings.integer(AUTO_SCALING_GROUP, "MaxSize", 4),
        by_health=_type(settings).by_health,
        pause=settings.seconds(ROLLING_UPDATE, "PauseTime"),
        signal_timeout=settings.value(ROLLING_UPDATE, "Timeout") or "PT30M",
        timeout=float(settings.seconds(ROLLING_UPDATE, "Timeout") or WAITS),
    )


def _type(settings: Configuration) -> Way:
    value = (settings.value(ROLLING_UPDATE, "RollingUpdateType") or "Time").lower()
    return {name.lower(): way for name, way in TYPES.items()}[value]


def _initiated(replacement: Replacement, batch: int, least: int) -> messages.Message:
    slots = {"obsolete": len(replacement.deployment.instances), "batch": batch, "least": least}
    if replacement.by_health:
        return messages.ROLLING_UPDATE_BY_HEALTH(**slots, timeout=replacement.signal_timeout)
    return messages.ROLLING_UPDATE_BY_TIME(**slots)


def _terminated(batch: tuple[str, ...], count: int, percent: int) -> Iterator[Timed]:
    """A batch of obsolete instances is terminated; `count` new ones follow, and then `percent` are replaced."""
    names = ", ".join(batch)
    yield Announce(messages.TERMINATING_OBSOLETE(instances=names, count=count)), instantly
    yield TerminateInstances(batch), instantly
    yield RemoveInstances(batch, announced=True), after("replace.removed")
    yield Announce(messages.TERMINATED_OBSOLETE(instances=names, percent=percent)), instantly


def _added(replacement: Replacement, instances: tuple[str, ...]) -> Iterator[Timed]:
    """New instances, and the wait before the next batch."""
    if not instances:
        return
    if replacement.by_health:
        waiting = messages.WAITING_FOR_SIGNALS(count=len(instances), timeout=replacement.signal_timeout)
        yield Announce(waiting), instantly
    yield from _launched(replacement, instances)
    if replacement.by_health:
        health = replacement.deployment.health_of(instances, replacement.timeout)
        yield health, after("replace.healthy", replacement.deployment.rules.health_kind)
    else:
        pause = after("replace.pause") if replacement.pause is None else lasting(replacement.pause)
        yield Wait("the pause between two batches to pass"), pause


def _launched(replacement: Replacement, instances: tuple[str, ...]) -> Iterator[Timed]:
    if instances:
        yield LaunchInstances(instances), instantly
        signals = replacement.timeout if replacement.by_health else None
        yield JoinInstances(instances, signals_within=signals), after("replace.joined")
        yield replacement.deployment.command(instances), after("replace.command")
