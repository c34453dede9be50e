"""Updates of the configuration that replace instances: all at once, in a rolling update, or immutably.

A rolling update is CloudFormation's: it takes a batch of obsolete instances away, launches as many new ones, and goes
on after a pause or once the new ones are healthy. Where it has to keep as many in service as there are, it launches
some before it takes the first away.
"""

from collections.abc import Callable, Iterator
from math import ceil

from msgspec import Struct

from beanpole.model.events import messages
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import AUTO_SCALING_GROUP, ROLLING_UPDATE
from beanpole.model.plan.plan import Timed
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
    """`deployment` names the obsolete instances and the `new_ids` ones that take their place; `kept` others stay.

    `batch` go at a time while at least `least` serve, and the group never has more than `most`.
    """

    deployment: Deployment
    kept: int = 0
    batch: int = 1
    least: int = 0
    most: int = 1
    by_health: bool = False
    pause: float | None = None
    signal_timeout: str = "PT30M"
    timeout: float = WAITS


Way = Callable[[Replacement], Iterator[Timed]]


def at_once(replacement: Replacement) -> Iterator[Timed]:
    """All obsolete instances go, then all new ones come: a downtime."""
    deployment = replacement.deployment
    if deployment.instances:
        yield TerminateInstances(deployment.instances), None
        yield RemoveInstances(deployment.instances, announced=True), "replace.removed"
    yield from _launched(replacement, deployment.new_ids)
    yield Close(), None


def rolling(replacement: Replacement) -> Iterator[Timed]:
    """Batch by batch; where nothing is obsolete there is nothing to update, and what is missing comes."""
    obsolete, new_ids = replacement.deployment.instances, replacement.deployment.new_ids
    if not obsolete:
        yield from at_once(replacement)
        return
    current = replacement.kept + len(obsolete)
    least = max(0, min(replacement.least, replacement.most - 1))
    batch = max(1, min(replacement.batch, len(obsolete)))
    yield Announce(_initiated(replacement, batch, least)), "replace.initiated"
    extra = new_ids[: max(0, min(least + batch, replacement.most) - current)]
    if extra:
        yield Announce(messages.TEMPORARY_CAPACITY(size=current + len(extra))), None
        yield from _added(replacement, extra)
    current, left = current + len(extra), new_ids[len(extra) :]
    gone = 0
    while gone < len(obsolete):
        going = obsolete[gone : gone + max(1, min(batch, current - least))]
        gone += len(going)
        coming, left = (left, ()) if gone == len(obsolete) else (left[: len(going)], left[len(going) :])
        yield from _terminated(going, len(coming), 100 * gone // len(obsolete))
        yield from _added(replacement, coming)
        current += len(coming) - len(going)
    yield from _added(replacement, left)  # where a batch had gone already, or had died, when this began
    yield Close(), None


def immutable(replacement: Replacement) -> Iterator[Timed]:
    """A new side takes the place of the old one."""
    yield from new_side.immutable_update(replacement.deployment)


WAYS: dict[str, Way] = {"AtOnce": at_once, "Rolling": rolling, "Immutable": immutable}


def way_name(settings: Configuration) -> str:
    """How instances are replaced: all at once unless rolling updates are enabled."""
    if not settings.boolean(ROLLING_UPDATE, "RollingUpdateEnabled"):
        return "AtOnce"
    return "Immutable" if (_type(settings) == "immutable") else "Rolling"


def replacement(settings: Configuration, deployment: Deployment, kept: int = 0) -> Replacement:
    """By the options of aws:autoscaling:updatepolicy:rollingupdate, whose defaults follow from the group's size."""
    alone = settings.traits.environment_type == "SingleInstance"
    low = settings.least_size
    most = 1 if alone else settings.integer(AUTO_SCALING_GROUP, "MaxSize", 4)
    return Replacement(
        deployment=deployment,
        kept=kept,
        batch=settings.integer(ROLLING_UPDATE, "MaxBatchSize") or ceil(low / 3),
        least=settings.integer(ROLLING_UPDATE, "MinInstancesInService", low),
        most=most,
        by_health=_type(settings) == "health",
        pause=settings.seconds(ROLLING_UPDATE, "PauseTime"),
        signal_timeout=settings.value(ROLLING_UPDATE, "Timeout") or "PT30M",
        timeout=float(settings.seconds(ROLLING_UPDATE, "Timeout") or WAITS),
    )


def _type(settings: Configuration) -> str:
    return (settings.value(ROLLING_UPDATE, "RollingUpdateType") or "Time").lower()


def _initiated(replacement: Replacement, batch: int, least: int) -> messages.Message:
    slots = {"obsolete": len(replacement.deployment.instances), "batch": batch, "least": least}
    if replacement.by_health:
        return messages.ROLLING_UPDATE_BY_HEALTH(**slots, timeout=replacement.signal_timeout)
    return messages.ROLLING_UPDATE_BY_TIME(**slots)


def _terminated(going: tuple[str, ...], coming: int, percent: int) -> Iterator[Timed]:
    names = ", ".join(going)
    yield Announce(messages.TERMINATING_OBSOLETE(instances=names, count=coming)), None
    yield TerminateInstances(going), None
    yield RemoveInstances(going, announced=True), "replace.removed"
    yield Announce(messages.TERMINATED_OBSOLETE(instances=names, percent=percent)), None


def _added(replacement: Replacement, instances: tuple[str, ...]) -> Iterator[Timed]:
    """New instances, and the wait before the next batch."""
    if not instances:
        return
    if replacement.by_health:
        waiting = messages.WAITING_FOR_SIGNALS(count=len(instances), timeout=replacement.signal_timeout)
        yield Announce(waiting), None
    yield from _launched(replacement, instances)
    if replacement.by_health:
        health = replacement.deployment.health_of(instances, replacement.timeout)
        yield health, f"replace.healthy{replacement.deployment.health_kind}"
    else:
        yield (
            Wait("the pause between two batches to pass"),
            "replace.pause" if replacement.pause is None else float(replacement.pause),
        )


def _launched(replacement: Replacement, instances: tuple[str, ...]) -> Iterator[Timed]:
    if instances:
        yield LaunchInstances(instances), None
        yield JoinInstances(instances), "replace.joined"
        yield replacement.deployment.command(instances), "replace.command"
