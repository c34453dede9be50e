"""Enhanced health of an environment: what is observed of it at an instant.

`observe` is asked whenever somebody reads; what is published changes only on a tick. The status follows from the
environment and its fleet alone, so it changes with them and not with time; only the causes tell how long ago.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from beanpole.model.environment.activity import Outcome
from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import COLORS, Color, HealthStatus
from beanpole.model.health import causes, environment_health, metrics, symptom_health
from beanpole.model.health import instance_health as each
from beanpole.model.health.context import COUNTED, INITIALIZING, NAMES, HealthContext, climb, rank

BETTER: frozenset[HealthStatus] = frozenset({"Ok", "Info", "Pending"})
LEVELS: tuple[HealthStatus, ...] = ("Warning", "Degraded", "Severe")
NOTHING: tuple[HealthStatus, ...] = ("No Data", "Unknown")  # what is known of an environment if all instances are so


OUTCOMES: Mapping[Outcome, str] = {"failed": causes.FAILED, "aborted": causes.ABORTED}


class Observation(Struct, frozen=True):
    """A status and why."""

    status: HealthStatus
    causes: tuple[str, ...] = ()

    @property
    def color(self) -> Color:
        """The colour of the status."""
        return COLORS.get(self.status, "Grey")


class Census(Struct, frozen=True):
    """What a status follows from: `erring` and `failing` are the shares of requests that are answered with 4xx and 5xx.

    They are those of instances in service that pass their checks, and where these get `few` nothing follows from them.
    """

    size: int
    statuses: Mapping[HealthStatus, int]
    executing: int
    erring: float
    failing: float = 0.0
    few: bool = False


Count = Callable[[HealthContext, Fleet], Census]


def members(fleet: Fleet) -> tuple[Instance, ...]:
    """The instances that health looks at: those that shut down have left already, as they have for everybody else."""
    return tuple(it for it in fleet.values() if it.state != "terminating")


def census(there: Iterable[Instance], look: HealthContext) -> Census:
    """Count instances by their status."""
    statuses: dict[HealthStatus, int] = {}
    size = executing = serving = few = 0
    erring = failing = 0.0
    for it in there:
        status = each.status(it, look)
        statuses[status] = statuses.get(status, 0) + 1
        size += 1
        executing += each.is_executing(it, look)
        serving += it.in_service
        few += it.in_service and it.few_requests
        erring += each.erring(it) if it.client_errors else 0
        failing += each.failing(it) if it.server_errors else 0
    whole = serving or 1
    return Census(size, statuses, executing, erring / whole, failing / whole, 0 < few == serving)


def observe(look: HealthContext, fleet: Fleet) -> Observation | None:
    """Health as it is at an instant, told or not; None once the environment is gone."""
    status = observed_status(look, fleet)
    return None if status is None else Observation(status, explain(status, look, fleet))


def observed_status(look: HealthContext, fleet: Fleet, count: Count | None = None) -> HealthStatus | None:
    """The status alone; the fleet is only looked at where it matters, and counted by whoever keeps a count of it."""
    environment = look.environment
    if not environment.live:
        return None
    match environment.activity and environment.activity.kind:
        case kind if kind in INITIALIZING:
            return "Pending"
        case "terminate":
            return _at_least("Info", _by_share(look, _counted(look, fleet, count))) if fleet else "Severe"
        case _:
            return _judge(look, _counted(look, fleet, count))


def _counted(look: HealthContext, fleet: Fleet, count: Count | None) -> Census:
    return census(members(fleet), look) if count is None else count(look, fleet)


def explain(status: HealthStatus, look: HealthContext, fleet: Fleet) -> tuple[str, ...]:
    """Every cause, in the service's order: requests, load balancer, services, commands, versions, activity, size, data.

    Where the queue and the processor stand in it is inferred.
    """
    there = members(fleet)
    counted, unserved = census(there, look), sum(each.is_unserved(it, look) for it in there)
    unseen = sum(it.unseen for it in there) if look.reporting.balancer else 0
    return (
        *_of_requests(look, there, counted),
        *_told(causes.PROCESSES_UNHEALTHY, causes.which(unserved, len(there))),
        *symptom_health.explain_fleet(there),
        *_of_commands(look, there),
        *_of_activity(status, look, there, counted),
        *_of_size(look, fleet, counted),
        *environment_health.of_queue(look),
        *_told(causes.BALANCER_FAILING, causes.which(max(unserved, unseen), len(there))),
        *_of_data(look, fleet, there),
        *environment_health.of_itself(look),
        *_of_impacted(there),
    )


def _judge(look: HealthContext, counted: Census) -> HealthStatus:
    """By the shares of instances that are at least so ill; an operation or a lack of instances has its own weight."""
    if look.since is not None:
        return _at_least("Info", _by_share(look, counted))
    if _has_no_group(look, counted):
        return "Suspended"
    if not counted.size:
        return _without_instances(look)
    for status in NOTHING:
        if counted.statuses.get(status) == counted.size:
            return status
    least: HealthStatus = "Info" if counted.executing else "Ok"
    if _active(counted) < look.reporting.least:
        least = "Degraded"
    return _at_least(least, _by_share(look, counted))


def _at_least(least: HealthStatus, status: HealthStatus) -> HealthStatus:
    """The worse of two."""
    return max(least, status, key=rank)


def _by_share(look: HealthContext, counted: Census) -> HealthStatus:
    """No worse than the worst of its instances; a single one of many is worth no more than a word.

    What ails itself has its own weight.
    """
    found = environment_health.status(look)
    if not counted.few:
        erring = climb(counted.erring) if _watches_4xx(look) else "Ok"
        found = max(found, erring, climb(counted.failing), key=rank)
    bad = {status: count for status, count in counted.statuses.items() if rank(status) >= rank(LEVELS[0])}
    for level in LEVELS if bad else ():
        number = sum(count for status, count in bad.items() if rank(status) >= rank(level))
        found = _at_least(min(climb(number / counted.size, least="Info"), level, key=rank), found)
    return found


def _without_instances(look: HealthContext) -> HealthStatus:
    """A group that is to be empty is no trouble, but there is nothing to tell of it [inferred]."""
    return "Severe" if look.reporting.least else "No Data"


def _has_no_group(look: HealthContext, counted: Census) -> bool:
    """Whether the group of counted instances was deleted; one that was never made is told of as missing instead."""
    return counted.size > 0 and look.environment.resource("auto-scaling-group") is None


def _active(counted: Census) -> int:
    return counted.size - counted.executing


def _watches_4xx(look: HealthContext) -> bool:
    return look.reporting.watches_4xx or (look.reporting.balancer is not None and look.reporting.watches_balancer_4xx)


def _of_requests(look: HealthContext, there: Iterable[Instance], counted: Census) -> Iterator[str]:
    """They are counted only where some of them can have failed."""
    if not (counted.erring or counted.failing or any(not it.passes_health_checks for it in there)):
        return
    answered = metrics.together(metrics.requests(it, look) for it in there)
    if not answered.count:
        return
    fails = any(climb(each.failing(it)) != "Ok" for it in there)
    if fails or climb(answered.status5xx / answered.count) != "Ok":
        yield causes.REQUESTS_FAILING.format(percent=causes.percent(answered.status5xx, answered.count))
    erring = causes.percent(answered.status4xx, answered.count)
    if look.reporting.watches_4xx and any(climb(each.erring(it)) != "Ok" for it in there):
        yield causes.REQUESTS_ERRING.format(percent=erring)
    ago = causes.span(look.clock, look.at - look.refreshed_at)
    if look.reporting.balancer and look.reporting.watches_balancer_4xx and climb(counted.erring) != "Ok":
        yield causes.BALANCER_ERRING.format(percent=erring, ago=ago)
    if look.reporting.balancer and climb(counted.failing) != "Ok":
        yield causes.BALANCER_FAILS.format(percent=causes.percent(answered.status5xx, answered.count), ago=ago)
    if counted.few:
        yield causes.FEW_REQUESTS.format(rate=answered.count * 60 / metrics.DURATION)


def _of_impacted(there: Sequence[Instance]) -> Iterator[str]:
    """Some causes, as a busy processor, are named by the instance alone; the environment points to it."""
    bad = sum(map(each.is_impacted, there))
    if bad:
        yield causes.IMPACTED.format(bad=bad, fleet=len(there))


def _told(sentence: str, which: str | None) -> Iterator[str]:
    """A sentence about some instances, if there are any."""
    if which is not None:
        yield sentence.format(which=which)


def _of_commands(look: HealthContext, there: Sequence[Instance]) -> Iterator[str]:
    yield from _told(causes.COMMAND_FAILED, causes.which(sum(map(each.is_failed, there)), len(there)))
    outdated = causes.which(sum(each.is_outdated(it, look) for it in there), len(there))
    if outdated is not None:
        expected = causes.version(look.environment.version_label, look.environment.deployment_id)
        yield causes.INCORRECT_VERSION.format(which=outdated, expected=expected)


def _of_activity(
    status: HealthStatus, look: HealthContext, there: Sequence[Instance], counted: Census
) -> Iterator[str]:
    activity = look.environment.activity
    if activity is None or activity.kind not in NAMES:
        yield from _of_the_past(status, look)
        yield from _told(causes.EXECUTING, causes.which(counted.executing, counted.size))
        return
    completed = sum(each.is_completed(it, look) for it in there)
    slots = {
        "name": NAMES[activity.kind],
        "running": causes.span(look.clock, look.at - activity.started),
        "done": completed,
        "instances": causes.counted(counted.executing, "instance"),
        "fleet": causes.counted(counted.size, "instance"),
    }
    if activity.kind not in COUNTED or not (counted.executing or completed):
        yield causes.IN_PROGRESS.format(**slots)
    elif counted.executing:
        yield causes.IN_PROGRESS_ON.format(**slots)
    else:
        yield causes.IN_PROGRESS_AFTER.format(**slots)


def _of_the_past(status: HealthStatus, look: HealthContext) -> Iterator[str]:
    """What went well is told for a while, all else until all is well again. A launch completes even if it fails."""
    done = look.environment.done
    if done is None or done.kind not in NAMES:
        return
    failed = done.outcome != "done" and done.kind not in INITIALIZING
    recent = look.clock.simulated(look.at - done.ended) <= each.FADES
    if recent or (failed and status not in BETTER):
        ago, took = causes.span(look.clock, look.at - done.ended), causes.span(look.clock, done.ended - done.started)
        sentence = OUTCOMES[done.outcome] if failed else causes.COMPLETED
        yield sentence.format(name=NAMES[done.kind], ago=ago, took=took)


def _of_size(look: HealthContext, fleet: Fleet, counted: Census) -> Iterator[str]:
    if _is_terminating(look):
        return
    least = look.reporting.least
    if not counted.size:
        yield causes.NO_INSTANCES
    if look.since is not None:
        return
    if _has_no_group(look, counted):
        yield from (causes.GROUP_GONE.format(name=name) for name in sorted({it.group for it in fleet.values()}))
    elif not counted.size:
        if look.environment.resource("auto-scaling-group") is not None:
            yield causes.DESIRED.format(least=least)
    elif _active(counted) < least:
        yield causes.BELOW_MINIMUM.format(active=_active(counted), least=least)


def _of_data(look: HealthContext, fleet: Fleet, there: Sequence[Instance]) -> Iterator[str]:
    """In a termination they are silent once the last of them is gone."""
    silent = sum(not it.sends_data for it in there)
    if (there and silent == len(there)) or (_is_terminating(look) and not fleet):
        yield causes.NO_DATA
    else:
        yield from _told(causes.SOME_NO_DATA, causes.which(silent, len(there)))


def _is_terminating(look: HealthContext) -> bool:
    return look.environment.activity is not None and look.environment.activity.kind == "terminate"
