"""UpdateEnvironment in every combination of what it takes, and what it is refused."""

import pytest

from environments import STACK, STACK_BEFORE, describe, messages_of
from options import ALB, COMMAND, ENVIRONMENT, GROUP, LAUNCH, PROPERTIES, ROLLING_UPDATE, SINGLE, option

SIBLING = "64bit Amazon Linux 2023 v4.13.7 running Python 3.13"
PHP = "64bit Amazon Linux 2023 v4.13.7 running PHP 8.5"
ARN = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.6"
MUST_BE_READY = "Environment named web1 is in an invalid state for this operation. Must be Ready."
COMPLETED = "Environment update completed successfully."

MEMBERS = {
    "EnvironmentName",
    "EnvironmentId",
    "ApplicationName",
    "VersionLabel",
    "SolutionStackName",
    "PlatformArn",
    "EndpointURL",
    "CNAME",
    "DateCreated",
    "DateUpdated",
    "Status",
    "AbortableOperationInProgress",
    "Health",
    "HealthStatus",
    "Tier",
    "EnvironmentArn",
    "EnvironmentLinks",
    "ResponseMetadata",
}


GREEN = option(PROPERTIES, "COLOUR", "green")
LARGE = option(LAUNCH, "InstanceType", "m5.large")


def instances(world):
    resources = world.client.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]
    return [instance["Id"] for instance in resources["Instances"]]


def value(world, namespace, name, status="deployed"):
    answer = world.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="web1")
    (environment,) = [
        configuration
        for configuration in answer["ConfigurationSettings"]
        if configuration["DeploymentStatus"] == status
    ]
    settings = [
        setting
        for setting in environment["OptionSettings"]
        if (setting["Namespace"], setting["OptionName"]) == (namespace, name)
    ]
    return settings[0].get("Value") if settings else None


@pytest.mark.shows("UpdateEnvironment", "success")
def test_the_answer_has_the_version_asked_for_and_else_what_is_there(shop, launch):
    launched = launch("web1", OptionSettings=[SINGLE])
    shop.advance(120)
    answer = shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert set(answer) == MEMBERS
    assert (answer["Status"], answer["AbortableOperationInProgress"]) == ("Updating", True)
    assert (answer["VersionLabel"], answer["SolutionStackName"]) == ("v2", STACK)
    (described,) = shop.client.describe_environments()["Environments"]
    assert described["VersionLabel"] == "v1"
    same = ("EnvironmentName", "EnvironmentId", "EnvironmentArn", "CNAME", "EndpointURL", "DateCreated", "Tier")
    assert [answer[name] for name in same] == [launched[name] for name in same]
    assert answer["DateUpdated"] > launched["DateUpdated"]
    shop.until_ready("web1")
    assert describe(shop)["VersionLabel"] == "v2"
    assert describe(shop)["AbortableOperationInProgress"] is False


@pytest.mark.shows("UpdateEnvironment", "success")
def test_everything_in_one_call(shop, launch):
    launch("web1", OptionSettings=[ALB, option(PROPERTIES, "OLD", "1")])
    before = instances(shop)
    shop.client.update_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        Description="front",
        VersionLabel="v2",
        PlatformArn=ARN,
        Tier={"Name": "WebServer", "Type": "Standard"},
        OptionSettings=[GREEN, LARGE, option(GROUP, "MinSize", "2")],
        OptionsToRemove=[option(PROPERTIES, "OLD")],
    )
    assert value(shop, PROPERTIES, "COLOUR", "pending") == "green"
    shop.until_ready("web1")
    environment = describe(shop)
    assert (environment["Description"], environment["VersionLabel"]) == ("front", "v2")
    assert (environment["SolutionStackName"], environment["PlatformArn"]) == (STACK_BEFORE, ARN)
    assert (value(shop, PROPERTIES, "COLOUR"), value(shop, PROPERTIES, "OLD")) == ("green", None)
    assert len(instances(shop)) == 2
    assert not set(before) & set(instances(shop))


@pytest.mark.parametrize(
    "named",
    [{"OptionSettings": [SINGLE, GREEN]}, {"OptionsToRemove": [{"Namespace": PROPERTIES, "OptionName": "SIZE"}]}],
)
def test_settings_that_a_call_names_are_told_of_with_the_version_whether_or_not_they_differ(shop, launch, named):
    """eb_deployer names all of them, and waits for the last line but one (aws-sdk-ruby#1394)."""
    launch("web1", OptionSettings=[SINGLE, GREEN])
    mark = len(messages_of(shop))
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2", **named)
    shop.until_ready("web1")
    messages = [message for message in messages_of(shop)[mark:] if not message.startswith("Environment health")]
    assert messages == [
        "Environment update is starting.",
        "Updating environment web1's configuration settings.",
        "Deploying new version to instance(s).",
        "Instance deployment completed successfully.",
        "New application version was deployed to running EC2 instances.",
        "Successfully deployed new configuration to environment.",
        COMPLETED,
    ]
    assert describe(shop)["VersionLabel"] == "v2"


@pytest.mark.shows("UpdateEnvironment", "success")
@pytest.mark.parametrize(
    "parameters", [{"SolutionStackName": STACK_BEFORE}, {"PlatformArn": ARN}, {"SolutionStackName": SIBLING}]
)
def test_another_platform_needs_other_instances(shop, launch, parameters):
    launch("web1", OptionSettings=[SINGLE])
    before = instances(shop)
    shop.client.update_environment(EnvironmentName="web1", **parameters)
    shop.until_ready("web1")
    assert describe(shop)["SolutionStackName"] == parameters.get("SolutionStackName", STACK_BEFORE)
    assert describe(shop)["VersionLabel"] == "v1"
    assert instances(shop) != before


@pytest.mark.parametrize("settings", [[GREEN], [option(COMMAND, "Timeout", "900")]])
def test_what_no_instance_has_to_go_for_keeps_them(shop, launch, settings):
    launch("web1", OptionSettings=[ALB])
    before = instances(shop)
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=settings)
    shop.until_ready("web1")
    assert instances(shop) == before


@pytest.mark.parametrize(("least", "most"), [("1", "1"), ("3", "3"), ("4", "8")])
def test_a_group_is_as_large_as_its_least_size(shop, launch, least, most):
    launch("web1", OptionSettings=[ALB, option(GROUP, "MinSize", "2")])
    before = set(instances(shop))
    sizes = [option(GROUP, "MinSize", least), option(GROUP, "MaxSize", most)]
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=sizes)
    shop.until_ready("web1")
    after = set(instances(shop))
    assert len(after) == int(least)
    assert after <= before or before <= after


def test_a_greatest_size_alone_changes_nothing_that_runs(shop, launch):
    launch("web1", OptionSettings=[ALB])
    before = instances(shop)
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[option(GROUP, "MaxSize", "8")])
    shop.until_ready("web1")
    assert instances(shop) == before


def test_a_load_balancer_comes_and_goes(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    balanced = [option(ENVIRONMENT, "EnvironmentType", "LoadBalanced"), ALB]
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=balanced)
    shop.until_ready("web1")
    assert describe(shop)["EndpointURL"].endswith(".us-east-1.elb.amazonaws.com")
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[SINGLE])
    shop.until_ready("web1")
    assert describe(shop)["EndpointURL"].startswith("198.1")
    resources = shop.client.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]
    assert resources["LoadBalancers"] == []
    assert len(resources["Instances"]) == 1


def test_a_policy_that_comes_with_a_version_holds_from_the_next_on(shop, launch):
    launch("web1", OptionSettings=[ALB])
    before = instances(shop)
    policy = option(COMMAND, "DeploymentPolicy", "Immutable")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2", OptionSettings=[policy])
    shop.until_ready("web1")
    assert instances(shop) == before
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v1")
    shop.until_ready("web1")
    assert not set(instances(shop)) & set(before)


def test_a_failed_draft_stays_until_the_next_update_succeeds(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    fault = {"what": "command-fails", "where": {"operation": "UpdateEnvironment"}, "times": 1}
    assert shop.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault).status_code == 201
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[GREEN])
    shop.until_ready("web1")
    world = shop.store.world("123456789012", "us-east-1")
    failed = world.environment_named("web1").failed_settings
    assert ("COLOUR", "green") in [(setting.option_name, setting.value) for setting in failed]
    assert value(shop, PROPERTIES, "COLOUR") is None
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[GREEN])
    shop.until_ready("web1")
    assert world.environment_named("web1").failed_settings is None
    assert value(shop, PROPERTIES, "COLOUR") == "green"


NO_TEMPLATE = "No Configuration Template named 'shop/saved' found."
FIXED = (
    "Configuration validation exception: Invalid option specification (Namespace: "
    "'aws:elasticbeanstalk:environment', OptionName: 'LoadBalancerIsShared'): The option cannot be changed once the "
    "environment exists."
)
BALANCER_TYPE = "Configuration validation exception: LoadBalancer type option cannot be changed."
UNKNOWN = (
    "Configuration validation exception: Invalid option specification (Namespace: 'aws:elasticbeanstalk:command', "
    "OptionName: 'Nonsense'): Unknown configuration setting."
)
TOO_SMALL = (
    "Configuration validation exception: Invalid option value: '0' (Namespace: "
    "'aws:autoscaling:updatepolicy:rollingupdate', OptionName: 'MaxBatchSize'): Value is less than minimum allowed "
    "value: 1"
)
SPLITTING = (
    "Configuration validation exception: Invalid option value: 'TrafficSplitting' (Namespace: "
    "'aws:elasticbeanstalk:command', OptionName: 'DeploymentPolicy'): Traffic Splitting deployments are compatible "
    "only with Application Load Balancers"
)
NAMED = {"EnvironmentName": "web1"}

REFUSALS = [
    ({}, "MissingRequiredParameter", "Either EnvironmentId or EnvironmentName must be specified."),
    (
        {"EnvironmentName": "nobody"},
        "InvalidParameterValue",
        "No Environment found for EnvironmentName = 'nobody'.",
    ),
    (
        {"EnvironmentId": "e-aaaaaaaaaa"},
        "InvalidParameterValue",
        "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'.",
    ),
    (NAMED | {"ApplicationName": "nobody"}, "InvalidParameterValue", "No Application named 'nobody' found."),
    (
        NAMED | {"ApplicationName": "other"},
        "InvalidParameterValue",
        "No Environment found for EnvironmentName = 'web1'.",
    ),
    (NAMED | {"VersionLabel": "v9"}, "InvalidParameterValue", "No Application Version named 'v9' found."),
    (NAMED | {"TemplateName": "saved"}, "InvalidParameterValue", NO_TEMPLATE),
    (NAMED | {"SolutionStackName": "BeOS"}, "InvalidParameterValue", "No Solution Stack named 'BeOS' found."),
    (NAMED | {"PlatformArn": ARN + "1"}, "InvalidParameterValue", f"No Platform named '{ARN}1' found."),
    (
        NAMED | {"SolutionStackName": STACK_BEFORE, "PlatformArn": ARN},
        "InvalidParameterCombination",
        "You cannot specify both solution stack and platform as modifiers",
    ),
    (
        NAMED | {"SolutionStackName": PHP},
        "InvalidParameterValue",
        f"Cannot change environment platform from '{STACK}' to '{PHP}'.",
    ),
    (
        NAMED | {"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}},
        "InvalidParameterValue",
        "Cannot change environment tier",
    ),
    (NAMED | {"OptionSettings": [ALB]}, "ConfigurationValidationException", BALANCER_TYPE),
    (
        NAMED | {"OptionSettings": [option(COMMAND, "Nonsense", "1")]},
        "ConfigurationValidationException",
        UNKNOWN,
    ),
    (
        NAMED | {"OptionSettings": [option(ROLLING_UPDATE, "MaxBatchSize", "0")]},
        "ConfigurationValidationException",
        TOO_SMALL,
    ),
    (
        NAMED | {"OptionSettings": [option(COMMAND, "DeploymentPolicy", "TrafficSplitting")]},
        "ConfigurationValidationException",
        SPLITTING,
    ),
    (
        NAMED | {"OptionSettings": [option(GROUP, "MinSize", "9")]},
        "ConfigurationValidationException",
        "Configuration validation exception: MinSize is greater than MaxSize",
    ),
    (
        NAMED | {"OptionSettings": [option("aws:autoscaling:scheduledaction", "MinSize", "1")]},
        "InvalidParameterValue",
        "The scheduled action name cannot be blank.",
    ),
]


@pytest.mark.shows("UpdateEnvironment", "errors")
def test_what_is_refused_leaves_the_environment_as_it_is(shop, launch, refused):
    launch("web1")
    shop.client.create_application(ApplicationName="other")
    before, environment = shop.events(), describe(shop)
    for refusal, code, sentence in REFUSALS:
        with refused(code, sentence):
            shop.client.update_environment(**refusal)
    assert shop.events() == before
    assert describe(shop) == environment


@pytest.mark.shows("UpdateEnvironment", "states")
@pytest.mark.parametrize("parameters", [{"VersionLabel": "v2"}, {"Description": "front"}, {"OptionSettings": [GREEN]}])
def test_only_a_ready_environment_is_updated(shop, launch, create, refused, parameters):
    def refuses():
        with refused("InvalidParameterValue", MUST_BE_READY):
            shop.client.update_environment(EnvironmentName="web1", **parameters)

    create("web1", OptionSettings=[ALB, option(GROUP, "MinSize", "2")])
    assert describe(shop)["Status"] == "Launching"
    refuses()
    shop.until_ready("web1")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert describe(shop)["Status"] == "Updating"
    refuses()
    shop.client.abort_environment_update(EnvironmentName="web1")
    assert describe(shop)["Status"] == "Aborting"
    refuses()
    shop.until_ready("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    assert describe(shop)["Status"] == "Terminating"
    refuses()
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        shop.client.update_environment(EnvironmentName="web1", **parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"SolutionStackName": ""},
        {"PlatformArn": ""},
        {"OptionSettings": []},
        {"OptionsToRemove": []},
        {"OptionsToRemove": [option(COMMAND, "Timeout")]},
    ],
)
def test_an_update_of_nothing_ends_soon(shop, launch, parameters):
    launch("web1", OptionSettings=[SINGLE])
    before = instances(shop)
    shop.client.update_environment(EnvironmentName="web1", **parameters)
    shop.until_ready("web1")
    assert messages_of(shop)[-1] == COMPLETED
    assert instances(shop) == before
