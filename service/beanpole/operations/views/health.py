"""Health as the wire shows it: only the attributes that a request names are computed."""

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
    shown: Answer = {"environment_name": health.environment.environment_name}
    if attributes & _COUNTED:
        shown |= _counted(health, fleet, attributes)
    for name in _ENVIRONMENT.keys() & attributes:
        member, show = _ENVIRONMENT[name]
        shown[member] = show(health, fleet)
    return shown


def describe_instance(instance: Instance, health: HealthContext, attributes: frozenset[str]) -> Answer:
    """The requested attributes of an instance."""
    shown: Answer = {"instance_id": instance.id}
    if attributes & {"HealthStatus", "Color"}:
        status = instance_health.status(instance, health)
        shown["health_status"] = status if "HealthStatus" in attributes else None
        shown["color"] = COLORS.get(status, "Grey") if "Color" in attributes else None
    for name in _INSTANCE.keys() & attributes:
        member, show = _INSTANCE[name]
        shown[member] = show(instance, health)
    return shown


def _counted(health: HealthContext, fleet: Fleet, attributes: frozenset[str]) -> Answer:
    """All that follows from the census of the fleet, which is counted once; causes cost the most to compute."""
    counts = census(members(fleet), health)
    statuses = {member: counts.statuses.get(status, 0) for member, status in STATUSES.items()}
    shown: Answer = {"instances_health": statuses} if "InstancesHealth" in attributes else {}
    status = observation.observed_status(health, fleet, lambda *_: counts)
    if status is None:
        return shown
    return shown | {
        "health_status": status if "HealthStatus" in attributes else None,
        "color": COLORS.get(status, "Grey") if "Color" in attributes else None,
        "causes": observation.explain(status, health, fleet, counts) if "Causes" in attributes else None,
    }


def _metrics(answered: Requests | None) -> Answer | None:
    """The answers of an instance that sends no data are not known."""
    if answered is None:
        return None
    return {
        "duration": metrics.DURATION,
        "request_count": answered.count,
        "status_codes": {
            "status2xx": answered.status2xx,
            "status3xx": answered.status3xx,
            "status4xx": answered.status4xx,
            "status5xx": answered.status5xx,
        },
        "latency": answered.latency,
    }


def _deployment(instance: Instance, health: HealthContext) -> Answer | None:
    """The deployment that runs on it, the one that failed on it, or the one that it runs; None before its first."""
    activity, environment = health.environment.activity, health.environment
    if instance.state == "deploying":
        label = activity.version_label if activity and activity.version_label else environment.version_label
        id_ = max(environment.deployments, environment.deployment_id)
        return _shown_deployment(CommandRecord(instance.began_at or health.at, "deploy", label, id_), "In Progress")
    failed = instance_health.failed_record(instance)
    if failed is not None:
        return _shown_deployment(failed, "Failed")
    if instance.deployment_id == 0 or instance.deployed_at is None:
        return None
    done = CommandRecord(instance.deployed_at, "deploy", instance.version_label, instance.deployment_id)
    return _shown_deployment(done, "Deployed")


def _shown_deployment(record: CommandRecord, status: str) -> Answer:
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

_COUNTED = frozenset({"HealthStatus", "Color", "Causes", "InstancesHealth"})  # of an environment
# All attributes of environments and instances.
ALL = frozenset((*_ENVIRONMENT, *_INSTANCE, *_COUNTED))
