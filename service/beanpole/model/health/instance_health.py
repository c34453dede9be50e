"""Enhanced health of one instance: its status and causes."""

from collections.abc import Iterator
from datetime import UTC, datetime

from beanpole.model.environment.instance import CommandName, CommandRecord, Instance
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import causes, metrics, symptom_health
from beanpole.model.health.context import HealthContext, by_errors, rank

FADES = 180.0  # simulated seconds for which a success stays among the causes (inferred: a few checks)

# The names of commands in the causes of an instance; those of a configuration and a restart are inferred.
PERFORMANCES: dict[CommandName, str] = {
    "boot": "Initialization",
    "deploy": "Application deployment",
    "configure": "Configuration deployment",
    "restart": "Application restart",
}
# The status by the percentage of the processor in use; the guide names the statuses, and the bounds are inferred.
BUSY: tuple[tuple[float, HealthStatus], ...] = ((90.0, "Degraded"), (80.0, "Warning"))

COMMANDS: dict[str, CommandName] = {
    "configure": "configure",
    "restart": "restart",
}  # of activities that bring no version


def status(instance: Instance, context: HealthContext) -> HealthStatus:
    """The worst status of all checks (developer guide, health-enhanced-status).

    While an operation runs, an instance that it changes is Pending and not worse.
    """
    if instance.state == "deploying":
        return "Info" if instance.passes_health_checks and instance.sends_data else "Pending"
    if is_failed(instance):
        return "Severe"
    if is_initializing(instance, context):
        return "Pending" if instance.sends_data else "Unknown"
    if not (instance.passes_health_checks and instance.sends_data):
        if is_touched(instance, context):
            return "Pending"
        silent: HealthStatus = "No Data" if instance.deployment_id or instance.silent else "Unknown"
        passes = instance.passes_health_checks and not (instance.balancer_unavailable and context.reporting.balancer)
        return silent if passes else "Severe"
    least: HealthStatus = "Degraded" if _runs_another(instance, context) else "Ok"
    if context.reporting.balancer and not instance.in_service:
        if context.since is None:
            return "Severe"  # the load balancer sends it no requests, as of all that are `is_unserved`
        least = max(least, "Info", key=rank)
    own = unexcused(instance, context.reporting.watches_4xx)
    return least if own == "Ok" else max(least, own, key=rank)


def unexcused(instance: Instance, watches_4xx: bool) -> HealthStatus:
    """The status for a deployment that waits for the instance: a running command does not excuse a failure.

    An instance that sends no data is Severe, since it never shows what the deployment waits for [inferred].
    """
    if not (instance.passes_health_checks and instance.sends_data):
        return "Severe"
    if not (instance.symptoms or instance.processor or instance.server_errors or instance.client_errors):
        return "Ok"  # as most instances of great fleets are
    of_symptoms = symptom_health.of_instance(instance)
    return max(of_symptoms, _of_processor(instance), *_of_answers(instance, watches_4xx), key=rank)


def _of_processor(instance: Instance) -> HealthStatus:
    return next((status for least, status in BUSY if instance.processor >= least), "Ok")


def _of_answers(instance: Instance, watches_4xx: bool) -> tuple[HealthStatus, HealthStatus]:
    """The statuses by 5xx and by 4xx; too few requests are ignored (seen: Ok, with all of them erring)."""
    if instance.few_requests:
        return "Ok", "Ok"
    return by_errors(failing(instance)), by_errors(erring(instance)) if watches_4xx else "Ok"


def erring(instance: Instance) -> float:
    """The share of its requests that the instance answers with 4xx, if it serves and its agent sends data."""
    return instance.client_errors if _answers(instance) else 0.0


def failing(instance: Instance) -> float:
    """The share of its requests that the instance answers with 5xx, if it serves and its agent sends data."""
    return instance.server_errors if _answers(instance) else 0.0


def _answers(instance: Instance) -> bool:
    serves = instance.in_service and instance.passes_health_checks
    return serves and instance.sends_data and instance.state != "pending"


def is_initializing(instance: Instance, context: HealthContext) -> bool:
    """Tell whether the instance boots, or waits for its first command; without an operation none will come."""
    waits = instance.deployment_id == 0 and not instance.failed and context.since is not None
    return instance.state == "pending" or waits


def is_executing(instance: Instance, context: HealthContext) -> bool:
    """Tell whether a command runs on the instance, or it initializes."""
    return instance.state == "deploying" or is_initializing(instance, context)


def is_failed(instance: Instance) -> bool:
    """Tell whether the last command on the instance failed, and no other has begun since."""
    return instance.failed and instance.state != "deploying"


def only_failed(instance: Instance) -> bool:
    """Tell whether only its last command is wrong: that makes its environment Degraded (docs/facts.md#health)."""
    return is_failed(instance) and instance.passes_health_checks


def failed_record(instance: Instance) -> CommandRecord | None:
    """The command that failed on the instance, unless another has begun since."""
    if not is_failed(instance):
        return None
    return next((record for record in reversed(instance.history) if record.failed), None)


def runs(instance: Instance) -> tuple[str | None, int]:
    """The version and the deployment that the instance is on; after a failed command those that it was to have."""
    record = failed_record(instance)
    if record is None:
        return instance.version_label, instance.deployment_id
    return record.version_label, record.deployment_id


def is_touched(instance: Instance, context: HealthContext) -> bool:
    """Tell whether the running operation has changed the instance."""
    latest = max(instance.launched_at, instance.deployed_at or 0, _ended(instance))
    return context.since is not None and latest >= context.since


def is_completed(instance: Instance, context: HealthContext) -> bool:
    """Tell whether the running operation is done with the instance."""
    if context.since is None or instance.failed or is_executing(instance, context):
        return False
    return max(instance.deployed_at or 0, _ended(instance)) >= context.since


def is_outdated(instance: Instance, context: HealthContext) -> bool:
    """Tell whether the instance runs another version than expected; during an operation it may be ahead."""
    return not is_executing(instance, context) and _runs_another(instance, context)


def _runs_another(instance: Instance, context: HealthContext) -> bool:
    """Tell whether the instance, on which no command runs, is outdated."""
    environment = context.environment
    label, deployment_id = runs(instance)
    if context.since is not None:
        return deployment_id < environment.deployment_id
    return (label, deployment_id) != (environment.version_label, environment.deployment_id)


def is_unserved(instance: Instance, context: HealthContext) -> bool:
    """Tell whether the load balancer sends the instance no requests, and no operation is the reason."""
    if not context.reporting.balancer or instance.failed or is_executing(instance, context):
        return False
    if not instance.passes_health_checks:
        return not is_touched(instance, context)
    return context.since is None and not instance.in_service


def explain(instance: Instance, context: HealthContext) -> tuple[str, ...]:
    """Every cause, in the service's order: requests, processor, load balancer, services, performance, version, data."""
    sentences = (
        *_of_requests(instance, context),
        *_of_load(instance),
        *_of_balancer(instance, context),
        *symptom_health.explain(instance),
        *_of_performance(instance, context),
        *_of_version(instance, context),
        *_of_data(instance, context),
    )
    return causes.cut(sentences)


def _of_requests(instance: Instance, context: HealthContext) -> Iterator[str]:
    if instance.passes_health_checks and not (instance.client_errors or instance.server_errors):
        return  # there can be no cause
    requests = metrics.requests(instance, context)
    if requests is None or requests.count == 0:
        return
    if not instance.passes_health_checks or by_errors(failing(instance)) != "Ok":
        yield causes.REQUESTS_FAILING.format(percent=causes.percent(requests.status5xx, requests.count))
    if by_errors(erring(instance)) != "Ok" and context.reporting.watches_4xx:
        yield causes.REQUESTS_ERRING.format(percent=causes.percent(requests.status4xx, requests.count))


def is_impacted(instance: Instance) -> bool:
    """Tell whether only the health of the instance itself names the cause."""
    return bool(instance.processor or instance.symptoms) and (is_busy(instance) or symptom_health.is_impacted(instance))


def is_busy(instance: Instance) -> bool:
    """Tell whether the agent reports a processor that is too busy."""
    return instance.sends_data and _of_processor(instance) != "Ok"


def _of_load(instance: Instance) -> Iterator[str]:
    if is_busy(instance):
        sentence = causes.PROCESSOR_WAITING if instance.io_wait else causes.PROCESSOR_BUSY
        yield sentence.format(percent=instance.processor, waiting=instance.io_wait)


def _of_balancer(instance: Instance, context: HealthContext) -> Iterator[str]:
    if instance.balancer_unavailable and context.reporting.balancer and not is_executing(instance, context):
        yield causes.BALANCER_SILENT.format(ago=causes.span(context.clock, context.at - unhealthy_since(instance)))
        return
    if not is_unserved(instance, context):
        return
    if instance.passes_health_checks:
        yield causes.NOT_IN_SERVICE
    elif not instance.sends_data:
        yield causes.BALANCER_SILENT.format(ago=causes.span(context.clock, context.at - unhealthy_since(instance)))
    elif context.reporting.balancer == "classic":
        yield causes.THRESHOLD_REACHED
    else:
        yield causes.PROCESS_UNHEALTHY.format(ago=causes.span(context.clock, context.at - unhealthy_since(instance)))


def _of_performance(instance: Instance, context: HealthContext) -> Iterator[str]:
    if is_executing(instance, context):
        yield _performing(instance, context)
        return
    if (failure := failed_record(instance)) is not None and not failure.timed_out:
        yield _failed(failure)
        return
    if instance.failed:
        yield causes.OWN_COMMAND_FAILED
    record = next((entry for entry in reversed(instance.history) if entry.command != "boot"), None)
    if record is None or not (instance.failed or context.clock.simulated(context.at - record.at) <= FADES):
        return
    sentence = causes.TIMED_OUT if record.failed else causes.PERFORMED
    first = instance.history[0].command == "boot" and instance.history[1] == record
    began = instance.launched_at if first or record.began is None else record.began
    ago, took = causes.span(context.clock, context.at - record.at), causes.span(context.clock, record.at - began)
    yield sentence.format(name=PERFORMANCES["boot" if first else record.command], ago=ago, took=took)


def _failed(record: CommandRecord) -> str:
    """The cause that names the exit status and the error of a command."""
    instant = datetime.fromtimestamp(record.at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name, status = PERFORMANCES[record.command], record.exit_status
    return causes.NOT_PERFORMED.format(name=name, at=instant, status=status, error=record.output)


def _performing(instance: Instance, context: HealthContext) -> str:
    if is_initializing(instance, context) or instance.began_at is None:
        name, began = "initialization", instance.launched_at
    else:
        name, began = _command_name(context), instance.began_at
    return causes.PERFORMING.format(name=name, running=causes.span(context.clock, context.at - began))


def _command_name(context: HealthContext) -> str:
    """The name of the running command, which follows from the activity of the environment."""
    activity = context.environment.activity
    if activity is None or activity.version_label is not None:
        return PERFORMANCES["deploy"].lower()
    return PERFORMANCES[COMMANDS.get(activity.kind, "deploy")].lower()


def _of_version(instance: Instance, context: HealthContext) -> Iterator[str]:
    if is_outdated(instance, context):
        expected_version = causes.version(context.environment.version_label, context.environment.deployment_id)
        own = causes.version(*runs(instance))
        yield causes.OWN_INCORRECT_VERSION.format(own=own, expected=expected_version)


def _of_data(instance: Instance, context: HealthContext) -> Iterator[str]:
    if not instance.sends_data and not is_executing(instance, context):
        yield causes.LAST_SEEN.format(ago=causes.span(context.clock, context.at - unhealthy_since(instance)))


def unhealthy_since(instance: Instance) -> int:
    """The start of the present trouble: as recorded, else the end of the last command."""
    return instance.unhealthy_since or _ended(instance) or instance.deployed_at or instance.launched_at


def _ended(instance: Instance) -> int:
    """The end of the last command; 0 if there was none."""
    return instance.history[-1].at if instance.history and instance.history[-1].command != "boot" else 0
