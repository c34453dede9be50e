"""Enhanced health of one instance: its status and the causes of it."""

from collections.abc import Iterator

from beanpole.model.environment.instance import CommandName, Instance
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import causes, metrics, symptom_health
from beanpole.model.health.context import HealthContext, climb, rank

FADES = 180.0  # simulated seconds after which what went well is no longer spoken of (inferred: a few checks)

# What is performed on an instance; the words for a configuration and a restart are inferred.
PERFORMANCES: dict[CommandName, str] = {
    "boot": "Initialization",
    "deploy": "Application deployment",
    "configure": "Configuration deployment",
    "restart": "Application restart",
}
# How bad it is that so much of the processor is in use; the guide names the statuses, and the bounds are inferred.
BUSY: tuple[tuple[float, HealthStatus], ...] = ((90.0, "Degraded"), (80.0, "Warning"))

COMMANDS: dict[str, CommandName] = {
    "configure": "configure",
    "restart": "restart",
}  # of activities that bring no version


def status(instance: Instance, look: HealthContext) -> HealthStatus:
    """The worst of what is found: any check that fails makes it worse (developer guide, health-enhanced-status).

    While an operation is within its time, what goes wrong on an instance that it touches is only pending.
    """
    if instance.state == "deploying":
        return "Info" if instance.passes_health_checks and instance.sends_data else "Pending"
    if is_failed(instance):
        return "Degraded" if instance.passes_health_checks else "Severe"
    if is_initializing(instance, look):
        return "Pending" if instance.sends_data else "Unknown"
    if not (instance.passes_health_checks and instance.sends_data):
        if is_touched(instance, look):
            return "Pending"
        silent: HealthStatus = "No Data" if instance.deployment_id else "Unknown"
        seen = instance.passes_health_checks and not (instance.unseen and look.reporting.balancer)
        return silent if seen else "Severe"
    if is_unserved(instance, look):
        return "Severe"
    least: HealthStatus = "Degraded" if is_outdated(instance, look) else "Ok"
    if look.reporting.balancer and not instance.in_service:
        least = max(least, "Info", key=rank)
    return max(least, unexcused(instance, look.reporting.watches_4xx), key=rank)


def unexcused(instance: Instance, watches_4xx: bool) -> HealthStatus:
    """How well one is for whose health somebody waits, where nothing that is done to it is an excuse.

    One that sends no data shows nothing that could be waited for, so it is as bad as can be [inferred].
    """
    if not (instance.passes_health_checks and instance.sends_data):
        return "Severe"
    of_symptoms = symptom_health.of_instance(instance)
    return max(of_symptoms, _of_processor(instance), *_of_answers(instance, watches_4xx), key=rank)


def _of_processor(instance: Instance) -> HealthStatus:
    return next((status for least, status in BUSY if instance.processor >= least), "Ok")


def _of_answers(instance: Instance, watches_4xx: bool) -> tuple[HealthStatus, HealthStatus]:
    """Where there are too few requests nothing follows from them (seen: Ok, with all of them erring)."""
    if instance.few_requests:
        return "Ok", "Ok"
    return climb(failing(instance)), climb(erring(instance)) if watches_4xx else "Ok"


def erring(instance: Instance) -> float:
    """The share of its requests that it answers with 4xx, as far as it answers any and tells of it."""
    return instance.client_errors if _answers(instance) else 0.0


def failing(instance: Instance) -> float:
    """The share of its requests that it answers with 5xx, though it passes its checks."""
    return instance.server_errors if _answers(instance) else 0.0


def _answers(instance: Instance) -> bool:
    serves = instance.in_service and instance.passes_health_checks
    return serves and instance.sends_data and instance.state != "pending"


def is_initializing(instance: Instance, look: HealthContext) -> bool:
    """It boots, or it waits for the first thing to run: where nothing goes on any more, that will not come."""
    waits = instance.deployment_id == 0 and not instance.failed and look.since is not None
    return instance.state == "pending" or waits


def is_executing(instance: Instance, look: HealthContext) -> bool:
    """A command runs on it, or it is being made ready for its first one."""
    return instance.state == "deploying" or is_initializing(instance, look)


def is_failed(instance: Instance) -> bool:
    """The last command on it did not end well, and no other has begun since."""
    return instance.failed and instance.state != "deploying"


def is_touched(instance: Instance, look: HealthContext) -> bool:
    """The operation that goes on has done something on it."""
    latest = max(instance.launched_at, instance.deployed_at or 0, _ended(instance))
    return look.since is not None and latest >= look.since


def is_completed(instance: Instance, look: HealthContext) -> bool:
    """The operation that goes on has done on it what it is to do."""
    if look.since is None or instance.failed or is_executing(instance, look):
        return False
    return max(instance.deployed_at or 0, _ended(instance)) >= look.since


def is_outdated(instance: Instance, look: HealthContext) -> bool:
    """It runs another version than is expected of it; while something goes on, it may be ahead."""
    environment = look.environment
    if is_executing(instance, look) or instance.failed:
        return False
    if look.since is not None:
        return instance.deployment_id < environment.deployment_id
    expected = environment.deployment_id, environment.version_label
    return (instance.deployment_id, instance.version_label) != expected


def is_unserved(instance: Instance, look: HealthContext) -> bool:
    """The load balancer sends it nothing, and no operation is the reason."""
    if not look.reporting.balancer or instance.failed or is_executing(instance, look):
        return False
    if not instance.passes_health_checks:
        return not is_touched(instance, look)
    return look.since is None and not instance.in_service


def explain(instance: Instance, look: HealthContext) -> tuple[str, ...]:
    """Every cause, in the service's order: requests, processor, load balancer, services, performance, version, data."""
    return (
        *_of_requests(instance, look),
        *_of_load(instance),
        *_of_balancer(instance, look),
        *symptom_health.explain(instance),
        *_of_performance(instance, look),
        *_of_version(instance, look),
        *_of_data(instance, look),
    )


def _of_requests(instance: Instance, look: HealthContext) -> Iterator[str]:
    if instance.passes_health_checks and not (instance.client_errors or instance.server_errors):
        return  # nothing that could be told
    requests = metrics.requests(instance, look)
    if requests is None or requests.count == 0:
        return
    if not instance.passes_health_checks or climb(failing(instance)) != "Ok":
        yield causes.REQUESTS_FAILING.format(percent=causes.percent(requests.status5xx, requests.count))
    if climb(erring(instance)) != "Ok" and look.reporting.watches_4xx:
        yield causes.REQUESTS_ERRING.format(percent=causes.percent(requests.status4xx, requests.count))


def is_impacted(instance: Instance) -> bool:
    """Whether only the health of the instance itself names the cause."""
    return is_busy(instance) or symptom_health.is_impacted(instance)


def is_busy(instance: Instance) -> bool:
    """Its agent tells of a processor that is busier than is good."""
    return instance.sends_data and _of_processor(instance) != "Ok"


def _of_load(instance: Instance) -> Iterator[str]:
    if is_busy(instance):
        sentence = causes.PROCESSOR_WAITING if instance.io_wait else causes.PROCESSOR_BUSY
        yield sentence.format(percent=instance.processor, waiting=instance.io_wait)


def _of_balancer(instance: Instance, look: HealthContext) -> Iterator[str]:
    if instance.unseen and look.reporting.balancer and not is_executing(instance, look):
        yield causes.BALANCER_SILENT.format(ago=causes.span(look.clock, look.at - ailing_since(instance)))
        return
    if not is_unserved(instance, look):
        return
    if instance.passes_health_checks:
        yield causes.NOT_IN_SERVICE
    elif not instance.sends_data:
        yield causes.BALANCER_SILENT.format(ago=causes.span(look.clock, look.at - ailing_since(instance)))
    elif look.reporting.balancer == "classic":
        yield causes.THRESHOLD_REACHED
    else:
        yield causes.PROCESS_UNHEALTHY.format(ago=causes.span(look.clock, look.at - ailing_since(instance)))


def _of_performance(instance: Instance, look: HealthContext) -> Iterator[str]:
    if is_executing(instance, look):
        yield _performing(instance, look)
        return
    if instance.failed:
        yield causes.OWN_COMMAND_FAILED
    deed = next((it for it in reversed(instance.history) if it.does != "boot"), None)
    if deed is None or not (instance.failed or look.clock.simulated(look.at - deed.at) <= FADES):
        return
    sentence = causes.NOT_PERFORMED if deed.failed else causes.PERFORMED
    first = instance.history[0].does == "boot" and instance.history[1] == deed
    began = instance.launched_at if first or deed.began is None else deed.began
    ago, took = causes.span(look.clock, look.at - deed.at), causes.span(look.clock, deed.at - began)
    yield sentence.format(name=PERFORMANCES["boot" if first else deed.does], ago=ago, took=took)


def _performing(instance: Instance, look: HealthContext) -> str:
    if is_initializing(instance, look) or instance.began_at is None:
        name, began = "initialization", instance.launched_at
    else:
        name, began = _doing(look), instance.began_at
    return causes.PERFORMING.format(name=name, running=causes.span(look.clock, look.at - began))


def _doing(look: HealthContext) -> str:
    """What runs on an instance follows from what the environment is busy with."""
    activity = look.environment.activity
    if activity is None or activity.version_label is not None:
        return PERFORMANCES["deploy"].lower()
    return PERFORMANCES[COMMANDS.get(activity.kind, "deploy")].lower()


def _of_version(instance: Instance, look: HealthContext) -> Iterator[str]:
    if is_outdated(instance, look):
        expected = causes.version(look.environment.version_label, look.environment.deployment_id)
        own = causes.version(instance.version_label, instance.deployment_id)
        yield causes.OWN_INCORRECT_VERSION.format(own=own, expected=expected)


def _of_data(instance: Instance, look: HealthContext) -> Iterator[str]:
    if not instance.sends_data and not is_executing(instance, look):
        yield causes.LAST_SEEN.format(ago=causes.span(look.clock, look.at - ailing_since(instance)))


def ailing_since(instance: Instance) -> int:
    """Since when it is not well; where nobody said, since the last thing that was done on it."""
    return instance.ailing_since or _ended(instance) or instance.deployed_at or instance.launched_at


def _ended(instance: Instance) -> int:
    """When the last thing was done on it; 0 if nothing was."""
    return instance.history[-1].at if instance.history and instance.history[-1].does != "boot" else 0
