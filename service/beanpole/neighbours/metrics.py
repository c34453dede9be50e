"""The metrics that the resources of environments publish to CloudWatch, each a value at every minute.

Elastic Beanstalk publishes the health of an environment (developer guide, health-enhanced-cloudwatch), EC2 the use of
processors and status checks, Elastic Load Balancing the number of healthy instances. A value is what the environment
was at that minute: by the events of its health, and by how its instances looked over time. Processors are as in
DescribeInstancesHealth, whose figures are invented, too. A group has no metrics, so its alarms get no data.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache, partial

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.environment import lanes
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Lane
from beanpole.model.health import metrics as reports
from beanpole.model.health import reporting
from beanpole.model.health.context import HealthContext
from beanpole.model.logs import health_log
from beanpole.neighbours import derived
from beanpole.neighbours.owners import Owner, Owners

MINUTE = 60_000
HEALTH = {"Ok": 0, "Info": 1, "Unknown": 5, "No Data": 10, "Warning": 15, "Degraded": 20, "Severe": 25}
UNKNOWN = HEALTH["Unknown"]  # of a status that the guide gives no number, such as Pending [I]
CHECKS = ("StatusCheckFailed", "StatusCheckFailed_Instance", "StatusCheckFailed_System")

Dimensions = tuple[tuple[str, str], ...]  # names and values, by name


class Metric(Struct, frozen=True, eq=False):
    """A metric: `value` is its value at an instant, None without data; it is measured each `every` milliseconds."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    since: int
    value: Callable[[int], float | None]
    every: int = MINUTE


def metrics_of(owners: Owners, namespace: str | None = None, name: str | None = None) -> Iterator[Metric]:
    """The metrics of all environments, of a namespace and of a name."""
    for owner in owners:
        history = cache(partial(_history, owners, owner))
        for metric in (*_of_health(owner), *_of_balancer(owner, history), *_of_instances(owner, history)):
            if namespace in (None, metric.namespace) and name in (None, metric.name):
                yield metric


def _of_health(owner: Owner) -> Iterator[Metric]:
    environment = owner.environment
    if environment.health_status is None:
        return
    changes: list[tuple[int, str]] = []

    def value(at: int) -> float | None:
        if not changes:
            changes.extend(health_log.transitions(owner.events()))
        index = bisect_right(changes, at, key=lambda change: change[0])
        return float(HEALTH.get(changes[index - 1][1], UNKNOWN)) if index else None

    dimensions = (("EnvironmentName", environment.environment_name),)
    yield Metric("AWS/ElasticBeanstalk", "EnvironmentHealth", dimensions, "None", environment.date_created, value)


def _of_balancer(owner: Owner, history: Callable[[], tuple[Lane, ...]]) -> Iterator[Metric]:
    source = _source(owner)
    if source is None:
        return
    namespace, dimensions = source

    def value(at: int) -> float | None:
        if at + MINUTE > owner.now:  # this minute
            return float(sum(instance.in_service for instance in owner.fleet))
        return float(sum(look.in_service for lane in history() if (look := _look(lane, at)) is not None))

    yield Metric(namespace, "HealthyHostCount", dimensions, "Count", owner.environment.date_created, value)


def _source(owner: Owner) -> tuple[str, Dimensions] | None:
    """The namespace and the dimensions of the metrics of a load balancer; None without one that sends requests."""
    balancer, group = owner.environment.balancer, owner.environment.resource("target-group")
    if balancer is None:
        return None
    if not balancer.name.startswith("arn:"):
        return "AWS/ELB", (("LoadBalancerName", balancer.name),)
    if group is None:
        return None
    path = balancer.name.partition(":loadbalancer/")[2]
    namespace = "AWS/NetworkELB" if path.startswith("net/") else "AWS/ApplicationELB"
    return namespace, (("LoadBalancer", path), ("TargetGroup", group.name.rpartition(":")[2]))


def _of_instances(owner: Owner, history: Callable[[], tuple[Lane, ...]]) -> Iterator[Metric]:
    every = MINUTE if derived.monitoring(owner) == "enabled" else 5 * MINUTE
    for instance in owner.fleet:
        dimensions = (("InstanceId", instance.id),)
        use = partial(_use, owner, instance, history)
        yield Metric("AWS/EC2", "CPUUtilization", dimensions, "Percent", instance.launched_at, use, every)
        for check in CHECKS:
            passes = partial(_passes, instance)
            yield Metric("AWS/EC2", check, dimensions, "Count", instance.launched_at, passes)


def _use(owner: Owner, instance: Instance, history: Callable[[], tuple[Lane, ...]], at: int) -> float | None:
    """The percentage of the processor's time that is not idle, as the report of that instant has it."""
    lane = next((lane for lane in history() if lane.id == instance.id), None)
    look = None if lane is None else _look(lane, at)
    if look is None:
        return None
    is_busy = bool(instance.processor) and any(symptom.since <= at for symptom in instance.symptoms)
    then = replace(instance, state=look.state, sends_data=True, processor=instance.processor if is_busy else 0.0)
    context = HealthContext(owner.environment, reporting.read(owner.configuration), owner.clock, at, None)
    system = reports.system(then, context)
    return None if system is None else round(100 - system.cpu_utilization["idle"], 1)


def _passes(instance: Instance, at: int) -> float | None:
    """Zero: no status check ever fails, since EC2 has no fault here."""
    return 0.0 if at >= instance.launched_at and instance.state != "pending" else None


def _history(owners: Owners, owner: Owner) -> tuple[Lane, ...]:
    fleet = {instance.id: instance for instance in owner.fleet}
    return lanes.of_fleet(owners.sightings(owner.environment.id), fleet)


def _look(lane: Lane, at: int) -> lanes.Look | None:
    """The look of an instance at an instant; None while it is not there."""
    spans = (span for span in lane.spans if span.began <= at and (span.ended is None or at < span.ended))
    return next((span.look for span in spans), None)
