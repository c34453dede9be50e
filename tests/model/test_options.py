"""Settings over defaults: what is kept, what is shown, what a change costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.catalog import catalog
from beanpole.model.environment import option_layers
from beanpole.model.options.configuration import Configuration, configuration, differences, effective, merge, severity
from beanpole.model.options.definitions import OptionSetting, Traits
from beanpole.model.options.namespaces import ENVIRONMENT, PARAMETERS, PROPERTIES, ROLLING_UPDATE
from options import GROUP, HEALTH_REPORTING, LAUNCH

OPTIONS = catalog.load().options
PYTHON = catalog.load().platforms.find_stack("64bit Amazon Linux 2023 v4.13.7 running Python 3.14")
WINDOWS = catalog.load().platforms.find_stack("64bit Windows Server 2019 v2.23.4 running IIS 10.0")
SCHEDULE = "aws:autoscaling:scheduledaction"
PROCESS = "aws:elasticbeanstalk:environment:process"

ALB = OptionSetting(ENVIRONMENT, "LoadBalancerType", "application")
NLB = OptionSetting(ENVIRONMENT, "LoadBalancerType", "network")
SINGLE = OptionSetting(ENVIRONMENT, "EnvironmentType", "SingleInstance")

SPACES = sorted({definition.namespace for definition in OPTIONS.definitions})
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
SETTING = st.builds(
    lambda definition, value, resource: OptionSetting(definition.namespace, definition.name, value, resource),
    st.sampled_from(OPTIONS.definitions),
    TEXT,
    st.sampled_from((None, "A", "B")),
)
SETTINGS = st.lists(SETTING, max_size=12)


def of(*settings: OptionSetting, tier: str = "WebServer") -> Configuration:
    return configuration(OPTIONS, merge((), settings), PYTHON, tier)


def effective_by_name(config: Configuration) -> dict[tuple[str, str], OptionSetting]:
    return {(setting.namespace, setting.option_name): setting for setting in effective(config)}


# Finding


def test_the_catalogue_holds_every_option_once() -> None:
    assert len({(d.namespace, d.name) for d in OPTIONS.definitions}) == len(OPTIONS.definitions) == 368
    assert len(SPACES) == 64


@pytest.mark.parametrize(
    ("namespace", "name", "resource"),
    [
        (GROUP, "MinSize", "AWSEBAutoScalingGroup"),
        (PROPERTIES, "ANYTHING_AT_ALL", None),
        (f"{PROCESS}:default", "Port", "AWSEBV2LoadBalancerTargetGroup"),
        (f"{PROCESS}:web", "Port", "AWSEBV2LoadBalancerTargetGroupweb"),
        ("aws:elb:listener:443", "InstancePort", "AWSEBLoadBalancer"),
        ("aws:elbv2:listenerrule:images", "Priority", None),
        ("aws:elasticbeanstalk:environment:proxy:staticfiles", "/images", None),
        (PARAMETERS, "AnyParameter", None),
        ("aws:elasticbeanstalk:customoption", "mine", None),
    ],
)
def test_an_option_is_found_by_its_name_or_its_wildcard(namespace: str, name: str, resource: str | None) -> None:
    definition = OPTIONS.find(namespace, name)
    assert definition is not None
    assert (definition.namespace, definition.name, definition.resource) == (namespace, name, resource)


@pytest.mark.parametrize(("namespace", "name"), [("aws:nothing", "X"), (GROUP, "X"), (f"{PROCESS}:web", "X")])
def test_nothing_else_is_an_option(namespace: str, name: str) -> None:
    assert OPTIONS.find(namespace, name) is None


def test_every_option_is_offered_to_somebody_unless_the_user_names_it() -> None:
    """But for those of clusters, on which none of the platforms runs."""
    kinds = [
        Traits(
            platform=frozenset(platform),
            tier=tier,
            environment_type=kind,
            load_balancer=balancer,
            database=True,
        )
        for platform in {stack.traits for stack in catalog.load().platforms.stacks}
        for tier in ("WebServer", "Worker")
        for kind in ("LoadBalanced", "SingleInstance")
        for balancer in ("classic", "application", "network")
    ]
    offered = {(option.namespace, option.name) for kind in kinds for option in OPTIONS.offered(kind)}
    names = {
        (definition.namespace, definition.name)
        for definition in OPTIONS.definitions
        if "{" not in definition.namespace + definition.name
        and definition.only != "Cluster"
        and "al1" not in "".join(definition.platforms)
        if not definition.unlisted
    }
    assert offered == names


DATABASE = OptionSetting("aws:rds:dbinstance", "HasCoupledDatabase", "true")


@pytest.mark.parametrize(
    ("config", "options", "namespaces"),
    [
        (of(), 140, 30),
        (of(ALB), 137, 30),
        (of(NLB), 126, 29),
        (of(SINGLE), 108, 26),
        (of(tier="Worker"), 118, 27),
        (of(DATABASE), 153, 30),
    ],
)
def test_how_many_options_each_kind_of_environment_is_offered(
    config: Configuration, options: int, namespaces: int
) -> None:
    offered = OPTIONS.offered(config.traits)
    assert (len(offered), len({option.namespace for option in offered})) == (options, namespaces)


def test_an_option_of_another_platform_is_none() -> None:
    assert OPTIONS.find("aws:elasticbeanstalk:container:nodejs", "NodeCommand", of().traits) is None
    assert OPTIONS.find("aws:elasticbeanstalk:container:nodejs", "NodeCommand", Traits()) is not None


def test_a_property_that_another_platform_seeds_is_an_ordinary_one_here() -> None:
    definition = OPTIONS.find(PROPERTIES, "RACK_ENV", of().traits)
    assert definition is not None
    assert definition.user_defined


# Merging


def test_of_duplicates_the_last_counts() -> None:
    twice = [OptionSetting(GROUP, "MinSize", "1"), OptionSetting(GROUP, "MinSize", "2")]
    assert merge((), twice) == (OptionSetting(GROUP, "MinSize", "2"),)


@pytest.mark.parametrize("resource", ["AWSEBAutoScalingLaunchConfiguration", "AWSEBEC2LaunchTemplate"])
def test_a_resource_name_makes_no_other_option(resource: str) -> None:
    settings = (OptionSetting(LAUNCH, "InstanceType", "t3.micro"),)
    large = OptionSetting(LAUNCH, "InstanceType", "t3.large", resource)
    assert merge(settings, [large]) == (large,)
    assert merge(settings, [], [OptionSetting(LAUNCH, "InstanceType", None, resource)]) == ()


def test_scheduled_actions_are_told_apart_by_their_resource_name() -> None:
    morning = OptionSetting(SCHEDULE, "MinSize", "4", "Morning")
    night = OptionSetting(SCHEDULE, "MinSize", "1", "Night")
    both = merge((), [night, morning])
    assert both == (morning, night)
    assert merge(both, [], [OptionSetting(SCHEDULE, "MinSize", None, "Night")]) == (morning,)
    assert merge(both, [], [OptionSetting(SCHEDULE, "MinSize")]) == ()
    assert {morning, night} <= set(effective(of(*both)))


def test_a_change_wins_over_a_removal_of_the_same_option() -> None:
    assert merge((SINGLE,), [ALB, SINGLE], [SINGLE]) == (SINGLE, ALB)


@given(SETTINGS, SETTINGS)
def test_merging_twice_is_merging_once(before: list[OptionSetting], changes: list[OptionSetting]) -> None:
    once = merge(before, changes)
    assert merge(once, changes) == once == merge((), once)
    assert [setting.identity for setting in once] == sorted({setting.identity for setting in [*before, *changes]})


@given(SETTINGS, SETTINGS)
def test_what_changed_is_what_merges_one_into_the_other(old: list[OptionSetting], new: list[OptionSetting]) -> None:
    before, after = merge((), old), merge((), new)
    changes = differences(before, after)
    was, now = ({s.identity: s.value for s in settings} for settings in (before, after))
    assert {s.identity: s.value for s in changes} == {
        identity: now.get(identity) for identity in was | now if was.get(identity) != now.get(identity)
    }
    assert differences(before, before) == ()


# Showing


@given(SETTINGS)
def test_everything_set_is_shown_to_the_letter_over_every_default(given_settings: list[OptionSetting]) -> None:
    config = of(*given_settings)
    shown_settings = effective(config)
    values = {setting.identity: setting.value for setting in shown_settings}
    assert {setting.identity: setting.value for setting in config.settings}.items() <= values.items()
    assert {default.identity for default in OPTIONS.defaults(config.traits)} <= values.keys()
    assert [setting.identity for setting in shown_settings] == sorted(values)
    assert merge((), shown_settings) == shown_settings


def test_an_application_load_balancer_is_said_to_be_shared_or_not() -> None:
    assert effective_by_name(of(ALB))[ENVIRONMENT, "LoadBalancerIsShared"].value == "false"
    assert effective_by_name(of(ALB, tier="Worker"))[ENVIRONMENT, "LoadBalancerIsShared"].value == "false"
    assert (ENVIRONMENT, "LoadBalancerIsShared") not in effective_by_name(of())


@pytest.mark.parametrize(
    ("config", "present", "absent"),
    [
        (of(), {"aws:elb:loadbalancer", "aws:elb:policies"}, {"aws:elbv2:loadbalancer", f"{PROCESS}:default"}),
        (of(ALB), {"aws:elbv2:loadbalancer", f"{PROCESS}:default"}, {"aws:elb:loadbalancer"}),
        (of(NLB), {"aws:elbv2:listener:default"}, {"aws:elb:listener", "aws:elasticbeanstalk:trafficsplitting"}),
        (of(SINGLE), {GROUP}, {"aws:elb:loadbalancer", "aws:elbv2:loadbalancer", f"{PROCESS}:default"}),
        (of(tier="Worker"), {"aws:elasticbeanstalk:sqsd"}, {"aws:elb:loadbalancer", "aws:elasticbeanstalk:eks"}),
        (of(), {"aws:elasticbeanstalk:container:python"}, {"aws:elasticbeanstalk:container:php:phpini"}),
    ],
)
def test_an_environment_shows_the_options_of_its_kind(
    config: Configuration, present: set[str], absent: set[str]
) -> None:
    namespaces = {setting.namespace for setting in effective(config)}
    assert present <= namespaces
    assert namespaces.isdisjoint(absent)


def test_no_wildcard_is_shown() -> None:
    for config in (of(), of(ALB), of(NLB), of(SINGLE), of(tier="Worker")):
        assert not [s for s in effective(config) if "{" in s.namespace + s.option_name or s.option_name == "*"]


@pytest.mark.parametrize(
    ("config", "namespace", "name", "value"),
    [
        (of(), GROUP, "MaxSize", "4"),
        (of(SINGLE), GROUP, "MaxSize", "1"),
        (of(ALB), f"{PROCESS}:default", "HealthCheckInterval", "15"),
        (of(NLB), f"{PROCESS}:default", "HealthCheckInterval", "30"),
        (of(NLB), f"{PROCESS}:web", "Protocol", "TCP"),
        (of(), HEALTH_REPORTING, "SystemType", "enhanced"),
        (configuration(OPTIONS, (), WINDOWS), HEALTH_REPORTING, "SystemType", "basic"),
        (configuration(OPTIONS, (), WINDOWS), LAUNCH, "DisableIMDSv1", "false"),
        (of(), LAUNCH, "EC2KeyName", None),
        (of(), "aws:nothing", "Nothing", None),
    ],
)
def test_a_default_depends_on_what_the_environment_is(
    config: Configuration, namespace: str, name: str, value: str | None
) -> None:
    assert config.value(namespace, name) == value


def test_the_traits_assumed_are_the_catalogues_defaults() -> None:
    bare = of()
    assert bare.value(ENVIRONMENT, "EnvironmentType") == Traits().environment_type
    assert bare.value(ENVIRONMENT, "LoadBalancerType") == Traits().load_balancer


def test_the_environment_type_is_the_first_option_of_its_namespace_that_has_a_value() -> None:
    options = [s.option_name for s in effective(of(ALB)) if s.namespace == ENVIRONMENT and s.value]
    assert options[0] == "EnvironmentType"


def test_a_process_shows_all_its_options_once_one_is_set() -> None:
    web = effective_by_name(of(ALB, OptionSetting(f"{PROCESS}:web", "Port", "8080")))
    assert web[f"{PROCESS}:web", "Port"].value == "8080"
    assert web[f"{PROCESS}:web", "HealthCheckPath"].value == "/"
    assert web[f"{PROCESS}:web", "HealthCheckPath"].resource_name == "AWSEBV2LoadBalancerTargetGroupweb"


def test_the_resource_name_shown_is_the_catalogues() -> None:
    old = OptionSetting(LAUNCH, "EC2KeyName", "key", "AWSEBAutoScalingLaunchConfiguration")
    assert effective_by_name(of(old))[LAUNCH, "EC2KeyName"].resource_name == "AWSEBEC2LaunchTemplate"


def test_environment_properties_are_listed_in_one_parameter_too() -> None:
    config = of(OptionSetting(PROPERTIES, "B", "2"), OptionSetting(PROPERTIES, "A", "1"))
    assert (config.value(PARAMETERS, "EnvironmentVariables") or "").startswith("A=1,B=2,")


def test_tuning_rolling_updates_turns_them_on_unless_they_are_turned_off() -> None:
    tuned = OptionSetting(ROLLING_UPDATE, "MaxBatchSize", "2")
    assert of(tuned).boolean(ROLLING_UPDATE, "RollingUpdateEnabled")
    assert effective_by_name(of(tuned))[ROLLING_UPDATE, "RollingUpdateEnabled"].value == "true"
    off = OptionSetting(ROLLING_UPDATE, "RollingUpdateEnabled", "False")
    assert not of(tuned, off).boolean(ROLLING_UPDATE, "RollingUpdateEnabled")


def test_values_are_read_as_what_they_are() -> None:
    config = of(OptionSetting(ROLLING_UPDATE, "PauseTime", "PT1M30S"), OptionSetting(GROUP, "Cooldown", ""))
    assert config.integer(GROUP, "MinSize") == 1
    assert config.integer(GROUP, "Cooldown", absent=7) == 7
    assert config.seconds(ROLLING_UPDATE, "PauseTime") == 90
    assert config.seconds(ROLLING_UPDATE, "Timeout") == 1800
    assert config.seconds(GROUP, "MinSize") is None


# What a change costs


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ([], "NoInterruption"),
        ([OptionSetting(GROUP, "MinSize")], "NoInterruption"),
        ([OptionSetting("aws:elb:listener", "InstancePort")], "Unknown"),
        ([OptionSetting(PROPERTIES, "A"), OptionSetting(GROUP, "MinSize")], "RestartApplicationServer"),
        ([OptionSetting(PROPERTIES, "A"), OptionSetting(LAUNCH, "InstanceType")], "RestartEnvironment"),
    ],
)
def test_the_dearest_option_says_what_a_change_costs(changes: list[OptionSetting], cost: str) -> None:
    assert severity(OPTIONS, changes) == cost


@pytest.mark.parametrize(
    ("name", "value", "cost"),
    [
        (("aws:elasticbeanstalk:healthreporting:system", "SystemType"), "Enhanced", "NoInterruption"),
        (("aws:elasticbeanstalk:environment", "EnvironmentType"), "LOADBALANCED", "NoInterruption"),
        (("aws:elasticbeanstalk:xray", "XRayEnabled"), "False", "NoInterruption"),
        (("aws:elasticbeanstalk:xray", "XRayEnabled"), "True", "RestartApplicationServer"),
        ((LAUNCH, "InstanceType"), "T3.MICRO", "NoInterruption"),
        ((LAUNCH, "RootVolumeType"), "GP2", "RestartEnvironment"),
        ((PROPERTIES, "COLOUR"), "GREEN", "RestartApplicationServer"),
    ],
)
def test_a_word_in_another_case_costs_nothing(name: tuple[str, str], value: str, cost: str) -> None:
    """But what the user spells is another value, and so is a word that is compared to the letter."""
    values = {
        (LAUNCH, "InstanceType"): "t3.micro",
        (LAUNCH, "RootVolumeType"): "gp2",
        (PROPERTIES, "COLOUR"): "green",
    }
    before = of(*(OptionSetting(*name, text) for name, text in values.items()))
    changed_values = {**values, name: value}
    after = of(*(OptionSetting(*name, text) for name, text in changed_values.items()))
    assert option_layers.cost(before, after) == cost


def test_a_resource_beside_a_default_changes_nothing() -> None:
    default = of().value(LAUNCH, "MonitoringInterval")
    named = of(OptionSetting(LAUNCH, "MonitoringInterval", default, "AWSEBAutoScalingGroup"))
    assert option_layers.cost(of(), named) == "NoInterruption"


def test_setting_an_option_to_its_default_changes_nothing_that_is_shown() -> None:
    assert differences(effective(of()), effective(of(OptionSetting(GROUP, "MinSize", "1")))) == ()


def test_a_removed_option_has_changed_and_has_no_value() -> None:
    assert differences((OptionSetting(GROUP, "MinSize", "2"),), ()) == (OptionSetting(GROUP, "MinSize"),)
