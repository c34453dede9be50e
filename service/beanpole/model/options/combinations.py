"""The rules that hold between several options.

A rule reads effective values, so its message may be about an option that is not set.
"""

import re
from collections.abc import Iterator

from beanpole.model.options import reasons
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.findings import ValidationMessage, about_option, about_value
from beanpole.model.options.namespaces import (
    ACTIVE_DIRECTORY,
    AUTO_SCALING_GROUP,
    CLASSIC_LISTENER,
    CLASSIC_LOAD_BALANCER,
    COMMAND,
    ENVIRONMENT,
    HEALTH_LOGS,
    HEALTH_REPORTING,
    INSTANCES,
    LAUNCH_CONFIGURATION,
    LISTENER,
    LOAD_BALANCER,
    MANAGED_ACTIONS,
    PARAMETERS,
    PLATFORM_UPDATE,
    ROLLING_UPDATE,
    TRIGGER,
    VPC,
)

SERVICE_LINKED_ROLE = "AWSServiceRoleForElasticBeanstalk"

_BALANCERS = {"classic": CLASSIC_LOAD_BALANCER, "application": LOAD_BALANCER}  # the types that have security groups
_GRAVITON = re.compile(r"(?:a1|[a-z]+\d+[a-z]*g[a-z-]*)\.")  # instance types with an arm64 processor
_LAYERS = {"HTTP": 7, "HTTPS": 7, "TCP": 4, "SSL": 4}


def _sizes(configuration: Configuration) -> Iterator[ValidationMessage]:
    low, high = (
        configuration.integer(AUTO_SCALING_GROUP, "MinSize"),
        configuration.integer(AUTO_SCALING_GROUP, "MaxSize"),
    )
    if low > high:
        yield ValidationMessage(AUTO_SCALING_GROUP, "MinSize", "error", reasons.MIN_ABOVE_MAX)
    spot = configuration.boolean(INSTANCES, "EnableSpot")
    if spot and configuration.integer(INSTANCES, "SpotFleetOnDemandBase") > high:
        yield _effective(configuration, INSTANCES, "SpotFleetOnDemandBase", reasons.ON_DEMAND_BASE)


def _rolling_update(configuration: Configuration) -> Iterator[ValidationMessage]:
    enabled = configuration.boolean(ROLLING_UPDATE, "RollingUpdateEnabled")
    immutable = (configuration.value(ROLLING_UPDATE, "RollingUpdateType") or "").lower() == "immutable"
    if enabled and not immutable and configuration.traits.environment_type == "SingleInstance":
        yield ValidationMessage(ROLLING_UPDATE, "RollingUpdateEnabled", "error", reasons.NO_ROLLING_UPDATES)
    for name, low, reason in (("Timeout", 300, reasons.TIMEOUT_RANGE), ("PauseTime", 0, reasons.PAUSE_RANGE)):
        seconds = configuration.seconds(ROLLING_UPDATE, name)
        if configuration.value(ROLLING_UPDATE, name) and (seconds is None or not low <= seconds <= 3600):
            yield _effective(configuration, ROLLING_UPDATE, name, reason)
    if enabled:
        in_service = configuration.integer(ROLLING_UPDATE, "MinInstancesInService")
        if in_service and in_service >= configuration.integer(AUTO_SCALING_GROUP, "MaxSize"):
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
    enhanced = (configuration.value(HEALTH_REPORTING, "SystemType") or "").lower() == "enhanced"
    if configuration.boolean(HEALTH_LOGS, "HealthStreamingEnabled") and not enhanced:
        yield about_option(HEALTH_LOGS, "HealthStreamingEnabled", reasons.STREAMING_NEEDS_ENHANCED_HEALTH)
    if configuration.boolean(MANAGED_ACTIONS, "ManagedActionsEnabled"):
        if not enhanced:
            yield about_option(MANAGED_ACTIONS, "ManagedActionsEnabled", reasons.NEEDS_ENHANCED_HEALTH)
        if not _has_role_for_updates(configuration):
            yield about_option(MANAGED_ACTIONS, "ManagedActionsEnabled", reasons.NEEDS_OWN_SERVICE_ROLE)
        switch = (MANAGED_ACTIONS, "ManagedActionsEnabled")
        yield from _requires(configuration, switch, (MANAGED_ACTIONS, "PreferredStartTime"))
        yield from _requires(configuration, switch, (PLATFORM_UPDATE, "UpdateLevel"))


def _has_role_for_updates(configuration: Configuration) -> bool:
    """Tell whether the service role may update platforms: any but the service-linked one, which is the default."""
    role = configuration.value(ENVIRONMENT, "ServiceRole") or SERVICE_LINKED_ROLE
    own = role.rpartition("/")[2] != SERVICE_LINKED_ROLE
    return own or bool(configuration.value(MANAGED_ACTIONS, "ServiceRoleForManagedUpdates"))


def _network(configuration: Configuration) -> Iterator[ValidationMessage]:
    if configuration.value(VPC, "VPCId") and not configuration.value(VPC, "Subnets"):
        yield about_value("null", VPC, "Subnets", reasons.SUBNETS)
    if configuration.boolean(LAUNCH_CONFIGURATION, "DisableDefaultEC2SecurityGroup"):
        switch = (LAUNCH_CONFIGURATION, "DisableDefaultEC2SecurityGroup")
        yield from _requires(configuration, switch, (LAUNCH_CONFIGURATION, "SecurityGroups"))
        balancer = _BALANCERS.get(configuration.traits.load_balancer)
        if balancer and configuration.traits.balanced:
            yield from _requires(configuration, switch, (balancer, "SecurityGroups"))
    for name, other in (("DirectoryId", "DirectoryName"), ("DirectoryOU", "DirectoryId")):
        if configuration.value(ACTIVE_DIRECTORY, name):
            yield from _requires(configuration, (ACTIVE_DIRECTORY, name), (ACTIVE_DIRECTORY, other))


def _sharing(configuration: Configuration) -> Iterator[ValidationMessage]:
    if configuration.boolean(ENVIRONMENT, "LoadBalancerIsShared"):
        shared = (LOAD_BALANCER, "SharedLoadBalancer")
        yield from _requires(configuration, (ENVIRONMENT, "LoadBalancerIsShared"), shared)


def _architecture(configuration: Configuration) -> Iterator[ValidationMessage]:
    types = (configuration.value(INSTANCES, "InstanceTypes") or "").split(",")
    if len({bool(_GRAVITON.match(name.strip())) for name in types if name.strip()}) > 1:
        yield _effective(configuration, INSTANCES, "InstanceTypes", reasons.ONE_ARCHITECTURE)


def _listeners(configuration: Configuration) -> Iterator[ValidationMessage]:
    if not configuration.traits.balanced:
        return
    classic = configuration.traits.load_balancer == "classic"
    secure = configuration.value(CLASSIC_LOAD_BALANCER, "LoadBalancerHTTPSPort") not in (None, "", "OFF")
    if classic and secure and not configuration.value(CLASSIC_LOAD_BALANCER, "SSLCertificateId"):  # [inferred]
        yield ValidationMessage(CLASSIC_LOAD_BALANCER, "LoadBalancerHTTPSPort", "error", reasons.CERTIFICATE)
    for namespace in sorted({setting.namespace for setting in configuration.settings}):
        if classic and (namespace + ":").startswith(CLASSIC_LISTENER + ":"):
            protocol = configuration.value(namespace, "ListenerProtocol") or "HTTP"
            inner = configuration.value(namespace, "InstanceProtocol") or protocol
            if _LAYERS[protocol] != _LAYERS[inner]:
                yield _effective(configuration, namespace, "InstanceProtocol", reasons.OTHER_LAYER)
            secure, certificate = protocol in ("HTTPS", "SSL"), "SSLCertificateId"
            yield from _certified(configuration, namespace, "ListenerProtocol", certificate, secure)
        elif not classic and namespace.startswith(LISTENER + ":"):
            secure = (configuration.value(namespace, "Protocol") or "").upper() in ("HTTPS", "TLS")
            yield from _certified(configuration, namespace, "Protocol", "SSLCertificateArns", secure)


def _certified(
    configuration: Configuration, namespace: str, name: str, certificate: str, secure: bool
) -> Iterator[ValidationMessage]:
    """A secure listener that is enabled has a certificate; the sentence was seen for HTTPS, not for SSL and TLS."""
    enabled = configuration.boolean(namespace, "ListenerEnabled")
    if secure and enabled and not configuration.value(namespace, certificate):
        yield ValidationMessage(namespace, name, "error", reasons.CERTIFICATE)


def _alarm(configuration: Configuration) -> Iterator[ValidationMessage]:
    minutes = configuration.integer(TRIGGER, "Period") * configuration.integer(TRIGGER, "EvaluationPeriods")
    if minutes > 600:
        yield _effective(configuration, TRIGGER, "EvaluationPeriods", reasons.ALARM_TOO_LONG)


def _properties(configuration: Configuration) -> Iterator[ValidationMessage]:
    definition = configuration.catalog.find(PARAMETERS, "EnvironmentVariables")
    properties = configuration.value(PARAMETERS, "EnvironmentVariables") or ""
    if definition and definition.max_length and len(properties.encode()) > definition.max_length:
        reason = reasons.TOO_LONG.format(bound=definition.max_length)
        yield about_option(PARAMETERS, "EnvironmentVariables", reason)


RULES = (
    _sizes,
    _rolling_update,
    _deployment,
    _health,
    _network,
    _sharing,
    _architecture,
    _listeners,
    _alarm,
    _properties,
)


def _requires(
    configuration: Configuration, option: tuple[str, str], other: tuple[str, str]
) -> Iterator[ValidationMessage]:
    if not configuration.value(*other):
        yield about_option(*option, reasons.REQUIRES.format(other_namespace=other[0], other=other[1]))


def _effective(configuration: Configuration, namespace: str, name: str, reason: str) -> ValidationMessage:
    return about_value(configuration.value(namespace, name) or "null", namespace, name, reason)
