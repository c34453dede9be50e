"""What the service refuses of a configuration, and in which words."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.catalog import catalog
from beanpole.model.options.configuration import Configuration, configuration, effective, merge
from beanpole.model.options.definitions import OptionDefinition, OptionSetting
from beanpole.model.options.validation import advice, unnamed, validate
from beanpole.model.platforms.catalog import SolutionStack
from options import COMMAND, ENVIRONMENT, GROUP, HEALTH_REPORTING, LAUNCH, MANAGED_ACTIONS, PROPERTIES, ROLLING_UPDATE

OPTIONS = catalog.load().options
STACKS = catalog.load().platforms.stacks
PYTHON = next(stack for stack in STACKS if stack.family == "Python")
FAMILIES = {(stack.family, stack.os_version): stack for stack in STACKS}

SCHEDULE = "aws:autoscaling:scheduledaction"
TRIGGER = "aws:autoscaling:trigger"
INSTANCES = "aws:ec2:instances"
SERVICE_ROLES = "arn:aws:iam::123456789012:role/aws-service-role/elasticbeanstalk.amazonaws.com"
PROXY = "aws:elasticbeanstalk:environment:proxy"

NOT_AN_IMAGE = "Value does not satisfy regex: '^ami-[a-z0-9]+$' [Regex pattern: ^ami-[a-z0-9]+$]"
NOT_A_LIST_OF_TYPES = "Specify a comma-separated list of 1 to 40 unique instance types"
NO_INSTANT = "should be an instant in the form 2015-05-14T07:00:00Z"
NO_TRAFFIC_SPLITTING = "Traffic Splitting deployments are compatible only with Application Load Balancers"

KINDS = [
    ("SingleInstance", "classic"),
    ("LoadBalanced", "classic"),
    ("LoadBalanced", "application"),
    ("LoadBalanced", "network"),
]


def of(*options: tuple[str, ...], stack: SolutionStack | None = PYTHON, tier: str = "WebServer") -> Configuration:
    return configuration(OPTIONS, merge((), [OptionSetting(*option) for option in options]), stack, tier)


def sentences(config: Configuration) -> list[str]:
    return [message.message for message in validate(config)]


def value(text: str, namespace: str, name: str, reason: str) -> str:
    return f"Invalid option value: '{text}' (Namespace: '{namespace}', OptionName: '{name}'): {reason}"


@pytest.mark.parametrize("stack", FAMILIES.values(), ids=lambda stack: stack.name)
def test_every_default_is_a_valid_value(stack: SolutionStack) -> None:
    for (kind, balancer), tier in product(KINDS, ("WebServer", "Worker")):
        config = of(
            (ENVIRONMENT, "EnvironmentType", kind), (ENVIRONMENT, "LoadBalancerType", balancer), stack=stack, tier=tier
        )
        assert validate(config) == (), (kind, balancer, tier)
        assert validate(configuration(OPTIONS, effective(config), stack, tier)) == (), (kind, balancer, tier)


@pytest.mark.parametrize(
    ("namespace", "name"),
    [
        (GROUP, "Nothing"),
        ("aws:nothing", "MinSize"),
        *((f"aws:elb:listener:{port}", "ListenerProtocol") for port in ("", "0", "65536", "http", "-1", "²", "080")),
        ("aws:elbv2:listener:²", "Protocol"),
        ("aws:elbv2:listenerrule:", "Priority"),
    ],
)
def test_an_option_that_no_platform_has_is_unknown(namespace: str, name: str) -> None:
    (message,) = validate(of((namespace, name, "1")))
    assert (message.namespace, message.option_name, message.severity) == (namespace, name, "error")
    assert message.message == (
        f"Invalid option specification (Namespace: '{namespace}', OptionName: '{name}'): Unknown configuration setting."
    )


@pytest.mark.parametrize(
    ("platform", "namespace", "name"),
    [
        ("nodejs", "aws:elasticbeanstalk:container:nodejs", "NodeCommand"),
        ("nodejs", "aws:elasticbeanstalk:container:nodejs", "NodeVersion"),
        ("docker", "aws:elasticbeanstalk:container:python", "WSGIPath"),
        ("docker", "aws:elasticbeanstalk:container:python", "NumProcesses"),
        ("docker", "aws:elasticbeanstalk:container:python", "NumThreads"),
        ("docker", "aws:cloudformation:template:parameter", "JVMOptions"),
    ],
)
def test_an_option_of_another_platform_or_generation_is_an_unknown_parameter(
    platform: str, namespace: str, name: str
) -> None:
    stack = next(stack for stack in STACKS if {platform, "al2023"} <= set(stack.traits))
    (message,) = validate(of((namespace, name, "1"), stack=stack))
    assert (message.namespace, message.option_name, message.severity) == (namespace, name, "error")
    assert message.message == f"Unknown or duplicate parameter: {name}"


@pytest.mark.parametrize(
    ("namespace", "name", "text", "reason"),
    [
        (ROLLING_UPDATE, "MaxBatchSize", "0", "Value is less than minimum allowed value: 1"),
        (COMMAND, "Timeout", "3601", "Value is greater than maximum allowed value: 3600"),
        (COMMAND, "Timeout", "9" * 5000, "Value is greater than maximum allowed value: 3600"),
        (COMMAND, "Timeout", "-" + "9" * 5000, "Value is less than minimum allowed value: 1"),
        (INSTANCES, "SpotMaxPrice", "9" * 5000, "Value is greater than maximum allowed value: 20.0"),
        (COMMAND, "Timeout", "soon", "Value is not an integer"),
        (COMMAND, "Timeout", "1.5", "Value is not an integer"),
        (INSTANCES, "SpotMaxPrice", "cheap", "Value is not a number"),
        (PROXY, "ProxyServer", "none", "Value is not one of the allowed values: [nginx, apache]"),
        (COMMAND, "IgnoreHealthCheck", "yes", "Value is not one of the allowed values: [true, false]"),
        (LAUNCH, "EC2KeyName", "k" * 201, "Value is too long. Maximum allowed length: 200"),
        (LAUNCH, "ImageId", "ami 1", NOT_AN_IMAGE),
        (LAUNCH, "RootVolumeType", "GP2", "'GP2' is not a valid volume type. Must be 'standard', 'gp2' or 'io1'."),
        ("aws:elb:listener:443", "InstanceProtocol", "http", "Unsupported instance protocol: http"),
        (INSTANCES, "InstanceTypes", "t3.micro,t3.micro", NOT_A_LIST_OF_TYPES),
        (
            INSTANCES,
            "SupportedArchitectures",
            "arm64,vax",
            "Value is not one of the allowed values: [arm64, x86_64, i386]",
        ),
        (TRIGGER, "Period", "0", "/ by zero"),
        (TRIGGER, "LowerBreachScaleIncrement", "1.5", "Value is not an integer"),
        (TRIGGER, "UpperBreachScaleIncrement", "two", "Value is not an integer"),
        (TRIGGER, "UpperBreachScaleIncrement", "1" * 201, "Value is too long. Maximum allowed length: 200"),
        (SCHEDULE, "Recurrence", "every day", "doesn't comply the cron expression"),
        (SCHEDULE, "Recurrence", "60 * * * *", "doesn't comply the cron expression"),
        (SCHEDULE, "Recurrence", "*/0 * * * *", "doesn't comply the cron expression"),
        (SCHEDULE, "StartTime", "tomorrow", NO_INSTANT),
        (SCHEDULE, "EndTime", "2026-02-30T00:00:00Z", NO_INSTANT),
        (SCHEDULE, "EndTime", "0001-01-01T00:00:00Z", NO_INSTANT),
        (HEALTH_REPORTING, "ConfigDocument", "{", "Value is not valid JSON"),
        (ROLLING_UPDATE, "Timeout", "PT2H", "should be between 15 minutes to an hour"),
        (ROLLING_UPDATE, "Timeout", f"PT{'9' * 5000}M", "should be between 15 minutes to an hour"),
        (ROLLING_UPDATE, "Timeout", "soon", "should be between 15 minutes to an hour"),
        (COMMAND, "DeploymentPolicy", "TrafficSplitting", NO_TRAFFIC_SPLITTING),
        (COMMAND, "BatchSize", "101", "Value is greater than maximum allowed value: 100"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(namespace: str, name: str, text: str, reason: str) -> None:
    assert sentences(of((namespace, name, text))) == [value(text, namespace, name, reason)]


@pytest.mark.parametrize(
    "option",
    [
        (COMMAND, "DeploymentPolicy", "rolling"),
        (COMMAND, "IgnoreHealthCheck", "TRUE"),
        (LAUNCH, "MonitoringInterval", "3 minute"),
        (LAUNCH, "InstanceType", "z99.colossal"),
        (MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00"),
        (GROUP, "Cooldown", ""),
        (ROLLING_UPDATE, "Timeout", "PT5M"),
        (SCHEDULE, "Recurrence", "0 10 * * MON-FRI", "Morning"),
        (SCHEDULE, "Recurrence", "*/5 1,2 * JAN 0", "Often"),
        (SCHEDULE, "StartTime", "2026-03-01T07:00:00Z", "Once"),
        (SCHEDULE, "StartTime", "2026-03-01T07:00:00+01:00", "Once"),
        ("aws:elbv2:loadbalancer", "IdleTimeout", "60"),
        ("aws:elasticbeanstalk:application:environment", "ANYTHING", "at all"),
    ],
)
def test_what_the_service_does_not_mind_is_accepted(option: tuple[str, ...]) -> None:
    assert sentences(of(option)) == []


def test_min_above_max_is_found_even_when_only_one_was_set() -> None:
    assert sentences(of((GROUP, "MinSize", "5"))) == ["MinSize is greater than MaxSize"]
    assert sentences(of((GROUP, "MinSize", "5"), (GROUP, "MaxSize", "5"))) == []


def test_traffic_splitting_is_for_application_load_balancers() -> None:
    splitting = (COMMAND, "DeploymentPolicy", "TrafficSplitting")
    assert sentences(of(splitting, (ENVIRONMENT, "LoadBalancerType", "application"))) == []
    assert len(sentences(of(splitting, (ENVIRONMENT, "LoadBalancerType", "application"), tier="Worker"))) == 1


def test_managed_updates_want_enhanced_health_a_time_and_a_level() -> None:
    on = (MANAGED_ACTIONS, "ManagedActionsEnabled", "true")
    when = (MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00")
    level = ("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor")
    role = (ENVIRONMENT, "ServiceRole", "aws-elasticbeanstalk-service-role")
    assert sentences(of(on, when, level, role)) == []
    assert sentences(of(on, when, level, role, (HEALTH_REPORTING, "SystemType", "basic"))) == [
        "Invalid option specification (Namespace: 'aws:elasticbeanstalk:managedactions', "
        "OptionName: 'ManagedActionsEnabled'): Managed platform updates require enhanced health reporting "
        "(option SystemType in namespace aws:elasticbeanstalk:healthreporting:system)."
    ]
    assert len(sentences(of(on, role))) == 2


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        ([], False),
        ([(ENVIRONMENT, "ServiceRole", "AWSServiceRoleForElasticBeanstalk")], False),
        ([(ENVIRONMENT, "ServiceRole", f"{SERVICE_ROLES}/AWSServiceRoleForElasticBeanstalk")], False),
        ([(MANAGED_ACTIONS, "ServiceRoleForManagedUpdates", "AWSServiceRoleForElasticBeanstalkManagedUpdates")], True),
        ([(ENVIRONMENT, "ServiceRole", "arn:aws:iam::123456789012:role/mine")], True),
    ],
)
def test_managed_updates_want_a_role_that_may_update(options: list[tuple[str, ...]], accepted: bool) -> None:
    on = (MANAGED_ACTIONS, "ManagedActionsEnabled", "true")
    when = (MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00")
    level = ("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor")
    refusal = (
        "Invalid option specification (Namespace: 'aws:elasticbeanstalk:managedactions', "
        "OptionName: 'ManagedActionsEnabled'): You can't enable managed platform updates when your environment uses "
        "the service-linked role 'AWSServiceRoleForElasticBeanstalk'. Select a service role that has the "
        "'AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy' managed policy."
    )
    assert sentences(of(on, when, level, *options)) == ([] if accepted else [refusal])


def test_a_rolling_update_leaves_room_below_the_maximum() -> None:
    in_service, group = (ROLLING_UPDATE, "MinInstancesInService", "4"), (GROUP, "MaxSize", "4")
    reason = "should be less than the maximum instance count for the Autoscaling group"
    assert sentences(of(in_service, group)) == [value("4", ROLLING_UPDATE, "MinInstancesInService", reason)]
    assert sentences(of(in_service, group, (ROLLING_UPDATE, "RollingUpdateEnabled", "false"))) == []


def test_a_vpc_wants_subnets() -> None:
    vpc = "aws:ec2:vpc"
    assert sentences(of((vpc, "VPCId", "vpc-1"))) == [value("null", vpc, "Subnets", "Specify the subnets for the VPC.")]
    assert sentences(of((vpc, "VPCId", "vpc-1"), (vpc, "Subnets", "subnet-1"))) == []


def test_a_network_load_balancer_speaks_tcp() -> None:
    network, listener = (ENVIRONMENT, "LoadBalancerType", "network"), "aws:elbv2:listener:80"
    reason = "Only TCP Protocols are supported for Network Load Balancers"
    assert sentences(of(network, (listener, "Protocol", "HTTP"))) == [value("HTTP", listener, "Protocol", reason)]
    assert sentences(of(network, (listener, "Protocol", "TCP"))) == []


def test_a_classic_listener_keeps_to_one_layer() -> None:
    listener = "aws:elb:listener:443"
    reason = "Instance protocol must be at the same layer as the front-end load balancer protocol"
    secure = (listener, "ListenerProtocol", "HTTPS"), (listener, "SSLCertificateId", "arn:x")
    mixed = of(*secure, (listener, "InstanceProtocol", "TCP"))
    assert sentences(mixed) == [value("TCP", listener, "InstanceProtocol", reason)]
    certificate = (listener, "SSLCertificateId", "arn:x")
    http = (listener, "InstanceProtocol", "HTTP")
    assert sentences(of((listener, "ListenerProtocol", "HTTPS"), http, certificate)) == []


@pytest.mark.parametrize(
    ("balancer", "namespace", "protocol", "certificate"),
    [
        ("application", "aws:elbv2:listener:443", "Protocol", "SSLCertificateArns"),
        ("classic", "aws:elb:listener:443", "ListenerProtocol", "SSLCertificateId"),
    ],
)
def test_a_listener_needs_a_certificate_to_use_https(
    balancer: str, namespace: str, protocol: str, certificate: str
) -> None:
    secure = (ENVIRONMENT, "LoadBalancerType", balancer), (namespace, protocol, "HTTPS")
    refusal = "You must specify an SSL certificate to configure a listener to use HTTPS."
    assert sentences(of(*secure)) == [refusal]
    assert sentences(of(*secure, (namespace, certificate, "arn:x"))) == []
    assert sentences(of(*secure, (namespace, "ListenerEnabled", "false"))) == []


def test_the_secure_port_of_a_classic_load_balancer_needs_a_certificate_too() -> None:
    namespace, classic = "aws:elb:loadbalancer", (ENVIRONMENT, "LoadBalancerType", "classic")
    secure, certificate = (namespace, "LoadBalancerHTTPSPort", "443"), (namespace, "SSLCertificateId", "arn:x")
    refusal = "You must specify an SSL certificate to configure a listener to use HTTPS."
    assert sentences(of(classic, secure)) == [refusal]
    assert sentences(of(classic, secure, certificate)) == []
    assert sentences(of(classic, (namespace, "LoadBalancerHTTPSPort", "OFF"))) == []


def test_a_single_instance_has_no_rolling_updates() -> None:
    single = (ENVIRONMENT, "EnvironmentType", "SingleInstance")
    enabled, kind = (ROLLING_UPDATE, "RollingUpdateEnabled", "true"), (ROLLING_UPDATE, "RollingUpdateType", "Immutable")
    assert sentences(of(single, enabled)) == ["You can't enable rolling updates for a single-instance environment"]
    assert sentences(of(single, enabled, kind)) == []
    assert sentences(of(enabled)) == []


def test_the_threshold_of_health_may_stand_where_the_guides_example_has_it() -> None:
    assert sentences(of((COMMAND, "HealthCheckSuccessThreshold", "Warning"))) == []
    assert len(sentences(of((COMMAND, "HealthCheckSuccessThreshold", "Good")))) == 1
    assert (COMMAND, "HealthCheckSuccessThreshold", "") not in {setting.identity for setting in effective(of())}


def test_environment_properties_have_4096_bytes_between_them() -> None:
    properties = "aws:elasticbeanstalk:application:environment"
    half = (properties, "A", "é" * 1000)
    assert sentences(of(half)) == []
    assert len(sentences(of(half, (properties, "B", "é" * 1100)))) == 1


@pytest.mark.parametrize("name", ["", "A B", "A=B", "A,B", "É", "A" * 129])
def test_the_name_of_an_environment_property_has_rules(name: str) -> None:
    assert sentences(of((PROPERTIES, name, "1"))) == [
        f"Invalid option specification (Namespace: '{PROPERTIES}', OptionName: '{name}'): The name of an environment "
        "property must be 1 to 128 characters long and contain only letters, digits and the characters "
        "_ . : / + \\ - @"
    ]


def test_an_environment_property_may_be_named_with_these() -> None:
    assert sentences(of((PROPERTIES, "aZ09_.:/+\\-@", "1"), (PROPERTIES, "A" * 128, "1"))) == []


def test_the_default_security_group_wants_others_in_its_place() -> None:
    switch = (LAUNCH, "DisableDefaultEC2SecurityGroup", "true")
    groups, application = (LAUNCH, "SecurityGroups", "sg-1"), (ENVIRONMENT, "LoadBalancerType", "application")
    form = f"Invalid option specification (Namespace: '{LAUNCH}', OptionName: 'DisableDefaultEC2SecurityGroup'): "
    sentence = f"{form}Specify the option SecurityGroups in namespace "
    classic = f"{sentence}aws:elb:loadbalancer."
    assert sentences(of(switch)) == [f"{sentence}{LAUNCH}.", classic]
    assert sentences(of(switch, groups)) == [classic]
    assert sentences(of(switch, groups, application)) == [f"{sentence}aws:elbv2:loadbalancer."]
    assert sentences(of(switch, groups, (ENVIRONMENT, "LoadBalancerType", "network"))) == []
    assert sentences(of(switch, groups, (ENVIRONMENT, "EnvironmentType", "SingleInstance"))) == []
    assert sentences(of(switch, groups, ("aws:elb:loadbalancer", "SecurityGroups", "sg-2"))) == []


def test_a_shared_load_balancer_is_named() -> None:
    shared = (ENVIRONMENT, "LoadBalancerIsShared", "true"), (ENVIRONMENT, "LoadBalancerType", "application")
    assert sentences(of(*shared)) == [
        "Invalid option specification (Namespace: 'aws:elasticbeanstalk:environment', OptionName: "
        "'LoadBalancerIsShared'): Specify the option SharedLoadBalancer in namespace aws:elbv2:loadbalancer."
    ]
    assert sentences(of(*shared, ("aws:elbv2:loadbalancer", "SharedLoadBalancer", "arn:x"))) == []


@pytest.mark.parametrize(
    ("types", "fits"),
    [
        ("t3.micro, t3.small", True),
        ("t4g.small,m6gd.large,a1.medium,is4gen.large", True),
        ("g4dn.xlarge,m7i-flex.large", True),
        ("t3.micro,t4g.micro", False),
        ("m5.large,hpc7g.4xlarge", False),
    ],
)
def test_instance_types_are_of_one_architecture(types: str, fits: bool) -> None:
    refusal = value(types, INSTANCES, "InstanceTypes", "Specify instance types of one processor architecture")
    assert sentences(of((INSTANCES, "InstanceTypes", types))) == ([] if fits else [refusal])


def test_what_is_accepted_may_call_for_advice() -> None:
    config = of(
        (PROPERTIES, "KEY", "x" * 257), (PROPERTIES, "SHORT", "x" * 256), ("aws:elb:healthcheck", "Target", "x")
    )
    assert validate(config) == ()
    assert [(message.severity, message.option_name, message.message) for message in advice(config)] == [
        ("warning", "KEY", "The values of environment properties should not be longer than 256 characters."),
        ("warning", "Target", "The option is deprecated."),
    ]


def test_a_scheduled_action_wants_a_name() -> None:
    nameless, named = OptionSetting(SCHEDULE, "MinSize", "1"), OptionSetting(SCHEDULE, "MinSize", "1", "Night")
    assert unnamed(OPTIONS, [named, nameless, OptionSetting(GROUP, "MinSize", "1")]) == (nameless,)


@given(st.lists(st.tuples(st.sampled_from(OPTIONS.definitions), st.text(max_size=8)), max_size=6))
def test_validation_has_an_answer_to_anything(given_options: list[tuple[OptionDefinition, str]]) -> None:
    config = of(*((definition.namespace, definition.name, text) for definition, text in given_options))
    for message in validate(config):
        assert message.severity == "error"
        assert message.message
