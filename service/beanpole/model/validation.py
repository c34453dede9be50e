"""What the service finds wrong with a configuration: each option by itself, then the options against each other.

The second look is taken only when the first finds nothing, and it is taken at the effective values, so it may point at
an option that nobody set.
"""

import json
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from beanpole.model import reasons
from beanpole.model.options import (
    ENVIRONMENT,
    PARAMETERS,
    ROLLING_UPDATE,
    Configuration,
    OptionCatalog,
    OptionDefinition,
    OptionSetting,
    Traits,
)

GROUP = "aws:autoscaling:asg"
LAUNCH = "aws:autoscaling:launchconfiguration"
SCHEDULE = "aws:autoscaling:scheduledaction"
TRIGGER = "aws:autoscaling:trigger"
INSTANCES = "aws:ec2:instances"
VPC = "aws:ec2:vpc"
COMMAND = "aws:elasticbeanstalk:command"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"
HEALTH_LOGS = "aws:elasticbeanstalk:cloudwatch:logs:health"
MANAGED_ACTIONS = "aws:elasticbeanstalk:managedactions"
PLATFORM_UPDATE = "aws:elasticbeanstalk:managedactions:platformupdate"
LISTENER = "aws:elb:listener"
LISTENER_V2 = "aws:elbv2:listener"
DIRECTORY = "aws:elasticbeanstalk:windows:activedirectory"

SERVICE_LINKED_ROLE = "AWSServiceRoleForElasticBeanstalk"

_FIELD = r"(?:\*|[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?)(?:/\d+)?"
_CRON = re.compile(rf"{_FIELD}(?:,{_FIELD})*(?:\s+{_FIELD}(?:,{_FIELD})*){{4}}")
_LIST_TYPES = ("CommaSeparatedList", "List")
_LAYERS = {"HTTP": 7, "HTTPS": 7, "TCP": 4, "SSL": 4}


class ValidationMessage(Struct, frozen=True):
    """One of the messages of ValidateConfigurationSettings."""

    namespace: str
    option_name: str
    severity: str
    message: str


def validate(configuration: Configuration) -> tuple[ValidationMessage, ...]:
    """Everything wrong with a configuration; nothing if it is accepted."""
    each = tuple(message for setting in configuration.settings for message in _look_at(configuration, setting))
    return each or tuple(message for rule in RULES for message in rule(configuration))


def unnamed(catalog: OptionCatalog, settings: Iterable[OptionSetting]) -> tuple[OptionSetting, ...]:
    """The settings that say nothing without a ResourceName and have none."""
    found = ((setting, catalog.find(setting.namespace, setting.option_name)) for setting in settings)
    return tuple(s for s, definition in found if definition and definition.needs_resource_name and not s.resource_name)


def _look_at(configuration: Configuration, setting: OptionSetting) -> Iterator[ValidationMessage]:
    namespace, name = setting.namespace, setting.option_name
    definition = configuration.catalog.find(namespace, name, configuration.traits)
    if definition is None:
        yield _specification(namespace, name, reasons.UNKNOWN)
    elif setting.value and definition.enforced:
        reason = _wrong(definition, setting.value, configuration.traits)
        if reason:
            yield _value(setting.value, namespace, name, reason)


def _wrong(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    """Why a definition does not allow a value, if it does not."""
    special = _SPECIAL.get((definition.namespace, definition.name))
    checks = (special,) if special else (_not_allowed, _out_of_bounds, _misspelled)
    return next((reason for check in checks if (reason := check(definition, value, traits))), None)


def _not_allowed(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    allowed = ("true", "false") if definition.value_type == "Boolean" else definition.values_in(traits)
    spell = str if definition.case_sensitive else str.lower
    listed = [part.strip() for part in value.split(",")] if definition.value_type in _LIST_TYPES else [value]
    if not allowed or {spell(part) for part in listed} <= {spell(part) for part in allowed}:
        return None
    if definition.name == "RootVolumeType":
        return reasons.NOT_A_VOLUME_TYPE.format(value=value)
    if definition.name == "InstanceProtocol":
        return reasons.UNSUPPORTED_INSTANCE_PROTOCOL.format(value=value)
    if definition.name == "Protocol" and traits.balanced and traits.load_balancer == "network":
        return reasons.NOT_TCP
    return reasons.NOT_ALLOWED.format(values=", ".join(allowed))


def _out_of_bounds(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    low, high = definition.min, definition.max
    if low is None and high is None:
        return None
    fractions = isinstance(low, float) or isinstance(high, float)
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?" if fractions else r"[+-]?\d+", value, re.ASCII):
        return reasons.NOT_A_NUMBER if fractions else reasons.NOT_AN_INTEGER
    number = float(value) if fractions else int(value)
    if low is not None and number < low:
        return reasons.TOO_SMALL.format(bound=low)
    return reasons.TOO_GREAT.format(bound=high) if high is not None and number > high else None


def _misspelled(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    if definition.max_length is not None and len(value) > definition.max_length:
        return reasons.TOO_LONG.format(bound=definition.max_length)
    if definition.value_type == "Json" and not _is_json(value):
        return reasons.NOT_JSON
    pattern = definition.pattern
    if pattern is None or re.fullmatch(pattern, value, 0 if definition.case_sensitive else re.IGNORECASE):
        return None
    label = definition.label or reasons.NO_MATCH_LABEL.format(pattern=pattern)
    return reasons.NO_MATCH.format(pattern=pattern, label=label)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _instance_types(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    types = [part.strip() for part in value.split(",")]
    return None if all(types) and len(set(types)) == len(types) <= 40 else reasons.INSTANCE_TYPES


def _period(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    zero = re.fullmatch(r"0+", value, re.ASCII)
    return reasons.PERIOD_OF_ZERO if zero else _out_of_bounds(definition, value, traits)


def _recurrence(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    return None if _CRON.fullmatch(value.strip()) else reasons.NOT_CRON


_SPECIAL = {
    (INSTANCES, "InstanceTypes"): _instance_types,
    (TRIGGER, "Period"): _period,
    (SCHEDULE, "Recurrence"): _recurrence,
}


def _sizes(configuration: Configuration) -> Iterator[ValidationMessage]:
    low, high = configuration.integer(GROUP, "MinSize"), configuration.integer(GROUP, "MaxSize")
    if low > high:
        yield ValidationMessage(GROUP, "MinSize", "error", reasons.MIN_ABOVE_MAX)
    spot = configuration.boolean(INSTANCES, "EnableSpot")
    if spot and configuration.integer(INSTANCES, "SpotFleetOnDemandBase") > high:
        yield _effective(configuration, INSTANCES, "SpotFleetOnDemandBase", reasons.ON_DEMAND_BASE)


def _rolling_update(configuration: Configuration) -> Iterator[ValidationMessage]:
    for name, low, reason in (("Timeout", 300, reasons.TIMEOUT_RANGE), ("PauseTime", 0, reasons.PAUSE_RANGE)):
        seconds = configuration.seconds(ROLLING_UPDATE, name)
        if configuration.value(ROLLING_UPDATE, name) and (seconds is None or not low <= seconds <= 3600):
            yield _effective(configuration, ROLLING_UPDATE, name, reason)
    if configuration.boolean(ROLLING_UPDATE, "RollingUpdateEnabled"):
        in_service = configuration.integer(ROLLING_UPDATE, "MinInstancesInService")
        if in_service and in_service >= configuration.integer(GROUP, "MaxSize"):
            yield _effective(configuration, ROLLING_UPDATE, "MinInstancesInService", reasons.MIN_IN_SERVICE)


def _deployment(configuration: Configuration) -> Iterator[ValidationMessage]:
    traits = configuration.traits
    policy = configuration.value(COMMAND, "DeploymentPolicy") or ""
    if policy.lower() == "trafficsplitting" and not (traits.balanced and traits.load_balancer == "application"):
        yield _effective(configuration, COMMAND, "DeploymentPolicy", reasons.TRAFFIC_SPLITTING)
    percent = (configuration.value(COMMAND, "BatchSizeType") or "").lower() == "percentage"
    if percent and configuration.integer(COMMAND, "BatchSize") > 100:
        yield _effective(configuration, COMMAND, "BatchSize", reasons.TOO_GREAT.format(bound=100))


def _health(configuration: Configuration) -> Iterator[ValidationMessage]:
    enhanced = (configuration.value(HEALTH, "SystemType") or "").lower() == "enhanced"
    if configuration.boolean(HEALTH_LOGS, "HealthStreamingEnabled") and not enhanced:
        yield _specification(HEALTH_LOGS, "HealthStreamingEnabled", reasons.STREAMING_NEEDS_ENHANCED_HEALTH)
    if configuration.boolean(MANAGED_ACTIONS, "ManagedActionsEnabled"):
        if not enhanced:
            yield _specification(MANAGED_ACTIONS, "ManagedActionsEnabled", reasons.NEEDS_ENHANCED_HEALTH)
        if not _has_role_for_updates(configuration):
            yield _specification(MANAGED_ACTIONS, "ManagedActionsEnabled", reasons.NEEDS_OWN_SERVICE_ROLE)
        switch = (MANAGED_ACTIONS, "ManagedActionsEnabled")
        yield from _requires(configuration, switch, (MANAGED_ACTIONS, "PreferredStartTime"))
        yield from _requires(configuration, switch, (PLATFORM_UPDATE, "UpdateLevel"))


def _has_role_for_updates(configuration: Configuration) -> bool:
    """The role that the service makes for itself monitors only; where none is set, it is that one."""
    role = configuration.value(ENVIRONMENT, "ServiceRole") or SERVICE_LINKED_ROLE
    own = role.rpartition("/")[2] != SERVICE_LINKED_ROLE
    return own or bool(configuration.value(MANAGED_ACTIONS, "ServiceRoleForManagedUpdates"))


def _network(configuration: Configuration) -> Iterator[ValidationMessage]:
    if configuration.value(VPC, "VPCId") and not configuration.value(VPC, "Subnets"):
        yield _value("null", VPC, "Subnets", reasons.SUBNETS)
    if configuration.boolean(LAUNCH, "DisableDefaultEC2SecurityGroup"):
        yield from _requires(configuration, (LAUNCH, "DisableDefaultEC2SecurityGroup"), (LAUNCH, "SecurityGroups"))
    for name, other in (("DirectoryId", "DirectoryName"), ("DirectoryOU", "DirectoryId")):
        if configuration.value(DIRECTORY, name):
            yield from _requires(configuration, (DIRECTORY, name), (DIRECTORY, other))


def _listeners(configuration: Configuration) -> Iterator[ValidationMessage]:
    if not configuration.traits.balanced:
        return
    classic = configuration.traits.load_balancer == "classic"
    for namespace in sorted({setting.namespace for setting in configuration.settings}):
        if classic and (namespace + ":").startswith(LISTENER + ":"):
            protocol = configuration.value(namespace, "ListenerProtocol") or "HTTP"
            inner = configuration.value(namespace, "InstanceProtocol") or protocol
            if _LAYERS[protocol] != _LAYERS[inner]:
                yield _effective(configuration, namespace, "InstanceProtocol", reasons.OTHER_LAYER)
        elif not classic and namespace.startswith(LISTENER_V2 + ":"):
            secure = (configuration.value(namespace, "Protocol") or "").upper() in ("HTTPS", "TLS")
            if secure and configuration.boolean(namespace, "ListenerEnabled"):
                yield from _requires(configuration, (namespace, "Protocol"), (namespace, "SSLCertificateArns"))


def _alarm(configuration: Configuration) -> Iterator[ValidationMessage]:
    minutes = configuration.integer(TRIGGER, "Period") * configuration.integer(TRIGGER, "EvaluationPeriods")
    if minutes > 600:
        yield _effective(configuration, TRIGGER, "EvaluationPeriods", reasons.ALARM_TOO_LONG)


def _properties(configuration: Configuration) -> Iterator[ValidationMessage]:
    definition = configuration.catalog.find(PARAMETERS, "EnvironmentVariables")
    listed = configuration.value(PARAMETERS, "EnvironmentVariables") or ""
    if definition and definition.max_length and len(listed.encode()) > definition.max_length:
        reason = reasons.TOO_LONG.format(bound=definition.max_length)
        yield _specification(PARAMETERS, "EnvironmentVariables", reason)


RULES = (_sizes, _rolling_update, _deployment, _health, _network, _listeners, _alarm, _properties)


def _requires(
    configuration: Configuration, option: tuple[str, str], other: tuple[str, str]
) -> Iterator[ValidationMessage]:
    if not configuration.value(*other):
        yield _specification(*option, reasons.REQUIRES.format(other_namespace=other[0], other=other[1]))


def _effective(configuration: Configuration, namespace: str, name: str, reason: str) -> ValidationMessage:
    return _value(configuration.value(namespace, name) or "null", namespace, name, reason)


def _value(value: str, namespace: str, name: str, reason: str) -> ValidationMessage:
    text = reasons.VALUE.format(value=value, namespace=namespace, name=name, reason=reason)
    return ValidationMessage(namespace, name, "error", text)


def _specification(namespace: str, name: str, reason: str) -> ValidationMessage:
    text = reasons.SPECIFICATION.format(namespace=namespace, name=name, reason=reason)
    return ValidationMessage(namespace, name, "error", text)
