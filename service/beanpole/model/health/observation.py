"""Enhanced health of an environment, as observed at an instant.

`observe` is called at every read; the published health changes only at a tick. The status follows from the environment
and its fleet alone, so it does not change with time; only the durations in the causes do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from beanpole.model.environment.activity import Outcome
from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import COLORS, Color, HealthStatus
from beanpole.model.health import causes, environment_health, instance_health, metrics, symptom_health
from beanpole.model.health.census import Census, Count, census, members
from beanpole.model.health.context import COUNTED, INITIALIZING, NAMES, HealthContext, by_errors, climb, operation, rank

BETTER: frozenset[HealthStatus] = frozenset({"Ok", "Info", "Pending"})
LEVELS: tuple[HealthStatus, ...] = ("Warning", "Degraded", "Severe")
_BAD = rank(LEVELS[0])  # and more
NOTHING: tuple[HealthStatus, ...] = ("No Data", "Unknown")  # statuses of an environment if all instances have them

OUTCOMES: Mapping[Outcome, str] = {"failed": causes.FAILED, "aborted": causes.ABORTED}


class Observation(Struct, frozen=True):
    """A status and its causes."""

    status: HealthStatus
    causes: tuple[str, ...] = ()

    @property
    def color(self) -> Color:
        """The colour of the status."""
        return COLORS.get(self.status, "Grey")


def observe(context: HealthContext, fleet: Fleet, count: Count | None = None) -> Observation | None:
    """Status and causes at an instant, published or not; None once the environment is terminated.

    The fleet is counted by `count` where there is a running census.
    """
    counts = _count(context, fleet, count)
    status = observed_status(context, fleet, lambda *_: counts)
    return None if status is None else Observation(status, explain(status, context, fleet, counts))


def observed_status(context: HealthContext, fleet: Fleet, count: Count | None = None) -> HealthStatus | None:
    """The status alone; None once the environment is terminated.

    The fleet is counted only if the status depends on it, by `count` as above.
    """
    environment = context.environment
    if not environment.live:
        return None
    activity = operation(environment)
    match activity and activity.kind:
        case kind if kind in INITIALIZING:
            return "Pending"
        case "terminate":
            return _at_least("Info", _by_share(context, _count(context, fleet, count))) if fleet else "Severe"
        case _:
            return _judge(context, _count(context, fleet, count))


def _count(context: HealthContext, fleet: Fleet, count: Count | None) -> Census:
    return census(members(fleet), context) if count is None else count(context, fleet)


def explain(status: HealthStatus, context: HealthContext, fleet: Fleet, counts: Census) -> tuple[str, ...]:
    """Every cause, in the service's order (mup-aws-beanstalk#149); `counts` is the census of the fleet.

    Requests, processes, services, commands, versions, activity, size, data, the balancer's own errors, the rate of
    requests. The places of the queue and the processor in this order are inferred.
    """
    instances = members(fleet)
    size = len(instances)
    unserved = sum(instance_health.is_unserved(instance, context) for instance in instances)
    unseen = sum(instance.balancer_unavailable for instance in instances) if context.reporting.balancer else 0
    sentences = (
        *_of_requests(context, instances, counts),
        *_about(causes.PROCESSES_UNHEALTHY, unserved, size),
        *symptom_health.explain_fleet(instances),
        *_of_commands(context, instances),
        *_of_activity(status, context, instances, counts),
        *_of_size(context, fleet, counts),
        *environment_health.of_queue(context),
        *_about(causes.BALANCER_FAILING, max(unserved, unseen), size),
        *_of_data(context, fleet, instances),
        *environment_health.of_balancer(context),
        *_of_rate(context, instances, counts),
        *environment_health.of_itself(context),
        *_of_impacted(instances),
    )
    return causes.cut(sentences)


def _judge(context: HealthContext, counts: Census) -> HealthStatus:
    """The status of an environment that neither initializes nor terminates."""
    if context.since is not None:
        return _at_least("Info", _by_share(context, counts))
    if _has_no_group(context, counts):
        return "Suspended"
    if not counts.size:
        return "No Data" if context.environment.is_undeleted else _without_instances(context)
    for status in NOTHING:
        if counts.statuses.get(status) == counts.size:
            return status
    least: HealthStatus = "Info" if counts.executing else "Ok"
    if _active(counts) < context.reporting.least:
        least = "Degraded"
    return _at_least(least, _by_share(context, counts))


def _at_least(least: HealthStatus, status: HealthStatus) -> HealthStatus:
    """The worse of two."""
    return status if rank(status) > rank(least) else least


def _by_share(context: HealthContext, counts: Census) -> HealthStatus:
    """The status by the shares of bad instances and bad requests, and by the symptoms of the environment itself.

    It is never worse than the worst instance; one bad instance of many makes it Info. An instance on which nothing but
    the command failed is Severe itself, and makes its environment Degraded.
    """
    worst = environment_health.status(context)
    if (counts.erring or counts.failing) and not counts.few:
        erring = by_errors(counts.erring) if context.reporting.watches_4xx else "Ok"
        worst = max(worst, erring, by_errors(counts.failing), key=rank)
    bad = {status: count for status, count in counts.statuses.items() if rank(status) >= _BAD}
    for level in LEVELS if bad else ():
        number = sum(count for status, count in bad.items() if rank(status) >= rank(level))
        number -= counts.failed if level == "Severe" else 0
        worst = _at_least(min(climb(number / counts.size, least="Info"), level, key=rank), worst)
    return worst


def _without_instances(context: HealthContext) -> HealthStatus:
    """Severe, unless the group may be empty: then there is no data [inferred]. Without a group nothing is looked at."""
    if context.environment.is_unmade:
        return "Suspended"
    return "Severe" if context.reporting.least else "No Data"


def _has_no_group(context: HealthContext, counts: Census) -> bool:
    """Tell whether the group of the instances was deleted, while they are there."""
    return counts.size > 0 and context.environment.resource("auto-scaling-group") is None


def _active(counts: Census) -> int:
    return counts.size - counts.executing


def _of_requests(context: HealthContext, instances: Iterable[Instance], counts: Census) -> Iterator[str]:
    """The causes about requests; these are only summed up if some can have failed."""
    if not (counts.erring or counts.failing or any(not instance.passes_health_checks for instance in instances)):
        return
    answered = metrics.together(metrics.requests(instance, context) for instance in instances)
    if not answered.count:
        return
    fails = any(by_errors(instance_health.failing(instance)) != "Ok" for instance in instances)
    if fails or by_errors(answered.status5xx / answered.count) != "Ok":
        yield causes.REQUESTS_FAILING.format(percent=causes.percent(answered.status5xx, answered.count))
    erring = causes.percent(answered.status4xx, answered.count)
    errs = any(by_errors(instance_health.erring(instance)) != "Ok" for instance in instances)
    if context.reporting.watches_4xx and errs:
        yield causes.REQUESTS_ERRING.format(percent=erring)


def _of_rate(context: HealthContext, instances: Iterable[Instance], counts: Census) -> Iterator[str]:
    """The cause about too few requests, where some of them are answered with errors."""
    if counts.few and (counts.erring or counts.failing):
        answered = metrics.together(metrics.requests(instance, context) for instance in instances)
        yield causes.FEW_REQUESTS.format(rate=answered.count * 60 / metrics.DURATION)


def _of_impacted(instances: Sequence[Instance]) -> Iterator[str]:
    """The cause that points to instances whose own causes name the trouble, such as a busy processor."""
    bad = sum(map(instance_health.is_impacted, instances))
    if bad:
        yield causes.IMPACTED.format(bad=bad, fleet=len(instances))


def _about(sentence: str, number: int, fleet: int) -> Iterator[str]:
    """A sentence about a number of instances of a fleet; nothing if the number is 0."""
    which = causes.which(number, fleet)
    if which is not None:
        yield sentence.format(which=which)


def _of_commands(context: HealthContext, instances: Sequence[Instance]) -> Iterator[str]:
    yield from _about(causes.COMMAND_FAILED, sum(map(instance_health.is_failed, instances)), len(instances))
    number = sum(instance_health.is_outdated(instance, context) for instance in instances)
    outdated = causes.which(number, len(instances))
    if outdated is not None:
        expected_version = causes.version(context.environment.version_label, context.environment.deployment_id)
        yield causes.INCORRECT_VERSION.format(which=outdated, expected=expected_version)


def _of_activity(
    status: HealthStatus, context: HealthContext, instances: Sequence[Instance], counts: Census
) -> Iterator[str]:
    activity = operation(context.environment)
    if activity is None or activity.kind not in NAMES:
        yield from _of_last_activity(status, context)
        yield from _about(causes.EXECUTING, counts.executing, counts.size)
        return
    completed = sum(instance_health.is_completed(instance, context) for instance in instances)
    slots = {
        "name": NAMES[activity.kind],
        "running": causes.span(context.clock, context.at - activity.started),
        "done": completed,
        "instances": causes.quantity(counts.executing, "instance"),
        "fleet": causes.quantity(counts.size, "instance"),
    }
    if activity.kind not in COUNTED or not (counts.executing or completed):
        yield causes.IN_PROGRESS.format(**slots)
    elif counts.executing:
        yield causes.IN_PROGRESS_ON.format(**slots)
    else:
        yield causes.IN_PROGRESS_AFTER.format(**slots)


def _of_last_activity(status: HealthStatus, context: HealthContext) -> Iterator[str]:
    """The outcome of the last activity: a success for a while, a failure until the status is good again.

    A launch completes even if it fails.
    """
    last = context.environment.done
    if last is None or last.kind not in NAMES:
        return
    is_failure = last.outcome != "done" and last.kind not in INITIALIZING
    recent = context.clock.simulated(context.at - last.ended) <= instance_health.FADES
    if recent or (is_failure and status not in BETTER):
        ago = causes.span(context.clock, context.at - last.ended)
        took = causes.span(context.clock, last.ended - last.started)
        sentence = OUTCOMES[last.outcome] if is_failure else causes.COMPLETED
        yield sentence.format(name=NAMES[last.kind], ago=ago, took=took)


def _of_size(context: HealthContext, fleet: Fleet, counts: Census) -> Iterator[str]:
    if _is_terminating(context):
        return
    least = context.reporting.least
    if not counts.size:
        yield causes.NO_INSTANCES
    if context.since is not None:
        return
    if _has_no_group(context, counts):
        groups = {instance.group for instance in fleet.values()}
        yield from (causes.GROUP_GONE.format(name=name) for name in sorted(groups))
    elif not counts.size:
        if context.environment.resource("auto-scaling-group") is not None:
            yield causes.DESIRED.format(least=least)
    elif (active := _active(counts)) < least:
        sentence = causes.ONE_BELOW_MINIMUM if active == 1 else causes.BELOW_MINIMUM
        yield sentence.format(active=active, least=least)


def _of_data(context: HealthContext, fleet: Fleet, instances: Sequence[Instance]) -> Iterator[str]:
    """The cause about missing data; a termination without instances left counts as no data at all."""
    silent = sum(not instance.sends_data for instance in instances)
    if (instances and silent == len(instances)) or (_is_terminating(context) and not fleet):
        yield causes.NO_DATA
    else:
        yield from _about(causes.SOME_NO_DATA, silent, len(instances))


def _is_terminating(context: HealthContext) -> bool:
    return context.environment.activity is not None and context.environment.activity.kind == "terminate"
