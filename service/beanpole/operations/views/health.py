"""Health in answers: only the requested attributes are computed."""

from collections.abc import Callable, Mapping

from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.environment.status import COLORS, HealthStatus
from beanpole.model.health import instance_health, metrics, observation
from beanpole.model.health.census import census, members
from beanpole.model.health.context import HealthContext
from beanpole.model.health.metrics import Requests
from beanpole.operations.registry import Answer

# The members of InstancesHealth.
STATUSES: dict[str, HealthStatus] = {
    "no_data": "No Data",
    "unknown": "Unknown",
    "pending": "Pending",
    "ok": "Ok",
    "info": "Info",
    "warning": "Warning",
    "degraded": "Degraded",
    "severe": "Severe",
}


def describe_environment(health: HealthContext, fleet: Fleet, attributes: frozenset[str]) -> Answer:
    """The requested attributes of an environment."""
    answer: Answer = {"environment_name": health.environment.environment_name}
    if attributes & _FROM_CENSUS:
        answer |= _counts(health, fleet, attributes)
    for name in _ENVIRONMENT.keys() & attributes:
        member, show = _ENVIRONMENT[name]
        answer[member] = show(health, fleet)
    return answer


def describe_instance(instance: Instance, health: HealthContext, attributes: frozenset[str]) -> Answer:
    """The requested attributes of an instance."""
    answer: Answer = {"instance_id": instance.id}
    if attributes & {"HealthStatus", "Color"}:
        status = instance_health.status(instance, health)
        answer["health_status"] = status if "HealthStatus" in attributes else None
        answer["color"] = COLORS.get(status, "Grey") if "Color" in attributes else None
    for name in _INSTANCE.keys() & attributes:
        member, show = _INSTANCE[name]
        answer[member] = show(instance, health)
    return answer


def _counts(health: HealthContext, fleet: Fleet, attributes: frozenset[str]) -> Answer:
    """The attributes that follow from the census of the fleet, which is counted once."""
    counts = census(members(fleet), health)
    statuses = {member: counts.statuses.get(status, 0) for member, status in STATUSES.items()}
    answer: Answer = {"instances_health": statuses} if "InstancesHealth" in attributes else {}
    status = observation.observed_status(health, fleet, lambda *_: counts)
    if status is None:
        return answer
    return answer | {
        "health_status": status if "HealthStatus" in attributes else None,
        "color": COLORS.get(status, "Grey") if "Color" in attributes else None,
        "causes": observation.explain(status, health, fleet, counts) if "Causes" in attributes else None,
    }


def _metrics(counts: Requests | None) -> Answer | None:
    """The metrics of the application; None for an instance that sends no data."""
    if counts is None:
        return None
    return {
        "duration": metrics.DURATION,
        "request_count": counts.count,
        "status_codes": {
            "status2xx": counts.status2xx,
            "status3xx": counts.status3xx,
            "status4xx": counts.status4xx,
            "status5xx": counts.status5xx,
        },
        "latency": counts.latency,
    }


def _deployment(instance: Instance, health: HealthContext) -> Answer | None:
    """The deployment in progress on an instance, else its failed one, else its last; None before the first."""
    activity, environment = health.environment.activity, health.environment
    if instance.state == "deploying":
        label = activity.version_label if activity and activity.version_label else environment.version_label
        id_ = max(environment.deployments, environment.deployment_id)
        return _describe_deployment(CommandRecord(instance.began_at or health.at, "deploy", label, id_), "In Progress")
    failed = instance_health.failed_record(instance)
    if failed is not None:
        return _describe_deployment(failed, "Failed")
    if instance.deployment_id == 0 or instance.deployed_at is None:
        return None
    done = CommandRecord(instance.deployed_at, "deploy", instance.version_label, instance.deployment_id)
    return _describe_deployment(done, "Deployed")


def _describe_deployment(record: CommandRecord, status: str) -> Answer:
    return {
        "version_label": record.version_label,
        "deployment_id": record.deployment_id,
        "status": status,
        "deployment_time": _whole_second(record.at),
    }


def _whole_second(instant: int) -> int:
    """The second in which an instant lies: instants of instances have no milliseconds (docs/facts.md#answers)."""
    return instant - instant % 1000


_ENVIRONMENT: Mapping[str, tuple[str, Callable[[HealthContext, Fleet], object]]] = {
    "Status": ("status", lambda health, _: health.environment.status),
    "ApplicationMetrics": (
        "application_metrics",
        lambda health, fleet: _metrics(
            metrics.together(metrics.requests(instance, health) for instance in members(fleet))
        ),
    ),
    "RefreshedAt": ("refreshed_at", lambda health, _: health.refreshed_at),
}
_INSTANCE: Mapping[str, tuple[str, Callable[[Instance, HealthContext], object]]] = {
    "Causes": ("causes", instance_health.explain),
    "LaunchedAt": ("launched_at", lambda instance, _: _whole_second(instance.launched_at)),
    "ApplicationMetrics": (
        "application_metrics",
        lambda instance, health: _metrics(metrics.requests(instance, health)),
    ),
    "System": ("system", metrics.system),
    "Deployment": ("deployment", _deployment),
    "AvailabilityZone": ("availability_zone", lambda instance, _: instance.availability_zone),
    "InstanceType": ("instance_type", lambda instance, _: instance.instance_type),
}

_FROM_CENSUS = frozenset({"HealthStatus", "Color", "Causes", "InstancesHealth"})  # of an environment
# All attributes of environments and instances.
ALL = frozenset((*_ENVIRONMENT, *_INSTANCE, *_FROM_CENSUS))
