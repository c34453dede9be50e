"""Environments once they are there: described, updated, swapped, terminated."""

from datetime import timedelta

import pytest

from environments import STACK
from operations.descriptions import describe_environments, environment_names, settings, value
from options import ALB, COMMAND, PROPERTIES, SINGLE, option

MUST_BE_READY = "Environment named web1 is in an invalid state for this operation. Must be Ready."


def test_a_ready_environment_can_be_reached(shop, launch):
    environment = launch("web1", OptionSettings=[SINGLE])
    assert environment["Status"] == "Ready"
    assert environment["CNAME"].startswith("web1.eba-")
    assert environment["CNAME"].endswith(".us-east-1.elasticbeanstalk.com")
    assert environment["EndpointURL"].startswith("198.1")
    shop.advance(120)
    assert (describe_environments(shop)[0]["Health"], describe_environments(shop)[0]["HealthStatus"]) == ("Green", "Ok")


def test_resources_stand_behind_it(shop, launch):
    launch("web1", OptionSettings=[ALB])
    resources = shop.client.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]
    assert resources["EnvironmentName"] == "web1"
    assert [instance["Id"][:2] for instance in resources["Instances"]] == ["i-"]
    assert resources["LoadBalancers"][0]["Name"].startswith("arn:aws:elasticloadbalancing:us-east-1:123456789012:")
    assert "AWSEBAutoScalingGroup" in resources["AutoScalingGroups"][0]["Name"]
    assert resources["LaunchTemplates"][0]["Id"].startswith("lt-")
    assert (resources["LaunchConfigurations"], resources["Triggers"], resources["Queues"]) == ([], [], [])


def test_every_filter_narrows_the_list(shop, create):
    shop.client.create_application_version(ApplicationName="other", VersionLabel="v1", AutoCreateApplication=True)
    first = create("web1")["EnvironmentId"]
    shop.advance(1)
    create("web2", VersionLabel="v2")
    shop.advance(1)
    create("web3", ApplicationName="other")
    assert environment_names(shop) == ["web3", "web2", "web1"]
    assert environment_names(shop, ApplicationName="shop") == ["web2", "web1"]
    assert environment_names(shop, VersionLabel="v2") == ["web2"]
    assert environment_names(shop, EnvironmentIds=[first]) == ["web1"]
    assert environment_names(shop, EnvironmentNames=["web3", "nobody"]) == ["web3"]
    assert environment_names(shop, ApplicationName="other", VersionLabel="v2") == []
    assert environment_names(shop, EnvironmentNames=[]) == ["web3", "web2", "web1"]


def test_environments_come_in_pages(shop, create, refused):
    for number in range(5):
        create(f"web{number}")
        shop.advance(1)
    pages = list(shop.client.get_paginator("describe_environments").paginate(PaginationConfig={"PageSize": 2}))
    assert [[environment["EnvironmentName"] for environment in page["Environments"]] for page in pages] == [
        ["web4", "web3"],
        ["web2", "web1"],
        ["web0"],
    ]
    with refused("InvalidParameterValue", "Invalid NextToken: nonsense"):
        shop.client.describe_environments(NextToken="nonsense")


def test_what_changes_between_two_pages_takes_nothing_else_out(shop, launch):
    for name in ("web1", "web2", "web3", "web4"):
        launch(name, OptionSettings=[SINGLE])
    first = shop.client.describe_environments(MaxRecords=2)
    assert [environment["EnvironmentName"] for environment in first["Environments"]] == ["web4", "web3"]
    shop.client.terminate_environment(EnvironmentName="web3")
    shop.until("web3", "Terminated")
    second = shop.client.describe_environments(MaxRecords=2, NextToken=first["NextToken"])
    assert [environment["EnvironmentName"] for environment in second["Environments"]] == ["web2", "web1"]
    assert environment_names(shop, MaxRecords=2, NextToken=second["NextToken"]) == ["web3"]
    assert environment_names(shop, IncludeDeleted=False, NextToken=first["NextToken"]) == ["web2", "web1"]


def test_a_terminated_environment_is_listed_for_an_hour(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    end = shop.now / 1000
    assert [(environment["Status"], environment["Health"]) for environment in describe_environments(shop)] == [
        ("Terminated", "Grey")
    ]
    assert environment_names(shop, IncludeDeleted=False) == []
    shop.advance(3500)
    assert environment_names(shop) == ["web1"]
    shop.advance(200)
    assert environment_names(shop) == []
    assert environment_names(shop, IncludeDeleted=True) == []
    assert environment_names(shop, IncludeDeleted=True, IncludedDeletedBackTo=end - 60) == ["web1"]
    assert environment_names(shop, IncludeDeleted=True, IncludedDeletedBackTo=end + 60) == []


def test_a_terminated_environment_is_remembered_for_six_weeks(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    shop.advance(timedelta(days=42))
    assert environment_names(shop, IncludeDeleted=True, IncludedDeletedBackTo=0) == ["web1"]
    shop.advance(1)
    assert environment_names(shop, IncludeDeleted=True, IncludedDeletedBackTo=0) == []


def test_a_live_namesake_comes_first(shop, launch, create):
    launch("web1", OptionSettings=[SINGLE])
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    create("web1")
    statuses = [environment["Status"] for environment in describe_environments(shop, EnvironmentNames=["web1"])]
    assert statuses == ["Launching", "Terminated"]


@pytest.mark.parametrize("call", ["describe_environment_resources", "update_environment", "terminate_environment"])
def test_a_target_is_named_by_id_or_by_name(shop, launch, refused, call):
    id_ = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    ask = getattr(shop.client, call)
    with refused("MissingRequiredParameter", "Either EnvironmentId or EnvironmentName must be specified."):
        ask()
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'nobody'."):
        ask(EnvironmentName="nobody")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'."):
        ask(EnvironmentId="e-aaaaaaaaaa")
    with refused("InvalidParameterValue", f"No Environment found for EnvironmentId = '{id_}'."):
        ask(EnvironmentId=id_, EnvironmentName="nobody")
    ask(EnvironmentId=id_, EnvironmentName="web1")


def test_a_terminated_environment_is_no_target(shop, launch, refused):
    id_ = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    assert shop.client.terminate_environment(EnvironmentId=id_)["Status"] == "Terminating"
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", f"No Environment found for EnvironmentId = '{id_}'."):
        shop.client.describe_environment_resources(EnvironmentId=id_)
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")


def test_a_version_is_deployed_while_the_old_one_is_shown(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    answer = shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert (answer["Status"], answer["VersionLabel"]) == ("Updating", "v2")
    assert answer["AbortableOperationInProgress"] is True
    assert describe_environments(shop)[0]["Status"] == "Updating"
    first = shop.client.describe_events(RequestId=answer["ResponseMetadata"]["RequestId"])["Events"]
    assert [event["Message"] for event in first] == ["Environment update is starting."]
    shop.until_ready("web1")
    assert describe_environments(shop)[0]["VersionLabel"] == "v2"


def test_settings_are_pending_until_they_are_deployed(shop, launch):
    launch("web1", OptionSettings=[SINGLE, option(PROPERTIES, "COLOUR", "blue")])
    shop.advance(60)
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed"]
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[option(PROPERTIES, "COLOUR", "green")])
    deployed, pending = settings(shop)
    assert (deployed["DeploymentStatus"], pending["DeploymentStatus"]) == ("deployed", "pending")
    assert value(deployed, PROPERTIES, "COLOUR") == "blue"
    assert value(pending, PROPERTIES, "COLOUR") == "green"
    shop.until_ready("web1")
    assert [value(setting, PROPERTIES, "COLOUR") for setting in settings(shop)] == ["green"]


def test_an_option_that_is_removed_falls_back(shop, launch):
    launch("web1", OptionSettings=[SINGLE, option("aws:elasticbeanstalk:command", "Timeout", "900")])
    shop.client.update_environment(EnvironmentName="web1", OptionsToRemove=[option(COMMAND, "Timeout")])
    shop.until_ready("web1")
    assert value(settings(shop)[0], "aws:elasticbeanstalk:command", "Timeout") == "600"


def test_settings_are_shown_over_the_platforms_defaults(shop, launch):
    launch("web1", OptionSettings=[ALB, option("aws:elasticbeanstalk:sns:topics", "Notification Protocol", "email")])
    (configuration,) = settings(shop)
    assert configuration["SolutionStackName"] == STACK
    assert configuration["PlatformArn"].endswith("/4.13.7")
    keys = [(setting["Namespace"], setting["OptionName"]) for setting in configuration["OptionSettings"]]
    assert keys == sorted(keys)
    assert value(configuration, "aws:elasticbeanstalk:environment", "LoadBalancerIsShared") == "false"
    assert value(configuration, "aws:elasticbeanstalk:environment", "LoadBalancerType") == "application"
    assert value(configuration, "aws:elasticbeanstalk:command", "DeploymentPolicy") == "AllAtOnce"


@pytest.mark.shows("DescribeConfigurationSettings", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        (
            {"ApplicationName": "shop"},
            "MissingRequiredParameter",
            "Either EnvironmentName or TemplateName must be specified.",
        ),
        (
            {"ApplicationName": "shop", "EnvironmentName": "web1", "TemplateName": "saved"},
            "InvalidParameterCombination",
            "You cannot specify both TemplateName and EnvironmentName.",
        ),
        (
            {"ApplicationName": "shop", "TemplateName": "saved"},
            "InvalidParameterValue",
            "No Configuration Template named 'shop/saved' found.",
        ),
        (
            {"ApplicationName": "nobody", "EnvironmentName": "web1"},
            "InvalidParameterValue",
            "No Application named 'nobody' found.",
        ),
        (
            {"ApplicationName": "shop", "EnvironmentName": "nobody"},
            "InvalidParameterValue",
            "No Environment found for EnvironmentName = 'nobody'.",
        ),
    ],
)
def test_settings_of_what_is_not_there(shop, create, refused, parameters, code, sentence):
    create("web1")
    with refused(code, sentence):
        shop.client.describe_configuration_settings(**parameters)


def test_a_description_is_changed_without_work(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    before = shop.events()
    answer = shop.client.update_environment(EnvironmentName="web1", Description="front")
    assert (answer["Status"], answer["Description"]) == ("Ready", "front")
    assert shop.events() == before
    assert "Description" not in shop.client.update_environment(EnvironmentName="web1", Description="")


def test_an_update_of_nothing_ends_soon(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    assert shop.client.update_environment(EnvironmentName="web1")["Status"] == "Updating"
    shop.until_ready("web1")
    messages = [event.message for event in shop.events("web1")]
    assert "Environment update completed successfully." in messages


def test_the_same_tier_and_platform_may_be_said_again(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    tier = {"Name": "WebServer", "Type": "Standard", "Version": " "}
    shop.client.update_environment(EnvironmentName="web1", Tier=tier, SolutionStackName=STACK, VersionLabel="v2")
    shop.until_ready("web1")


@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({"VersionLabel": "v9"}, "InvalidParameterValue", "No Application Version named 'v9' found."),
        ({"TemplateName": "saved"}, "InvalidParameterValue", "No Configuration Template named 'shop/saved' found."),
        ({"ApplicationName": "nobody"}, "InvalidParameterValue", "No Application named 'nobody' found."),
        ({"SolutionStackName": "BeOS"}, "InvalidParameterValue", "No Solution Stack named 'BeOS' found."),
        ({"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}}, "InvalidParameterValue", "Cannot change environment tier"),
        (
            {"OptionSettings": [ALB]},
            "ConfigurationValidationException",
            "Configuration validation exception: LoadBalancer type option cannot be changed.",
        ),
        (
            {"OptionSettings": [option("aws:elasticbeanstalk:command", "Nonsense", "1")]},
            "ConfigurationValidationException",
            "Configuration validation exception: Invalid option specification (Namespace: "
            "'aws:elasticbeanstalk:command', OptionName: 'Nonsense'): Unknown configuration setting.",
        ),
    ],
)
def test_a_refused_update_leaves_it_ready(shop, launch, refused, parameters, code, sentence):
    launch("web1")
    before = shop.events()
    with refused(code, sentence):
        shop.client.update_environment(EnvironmentName="web1", **parameters)
    assert shop.events() == before
    assert describe_environments(shop)[0]["Status"] == "Ready"


def test_only_a_ready_environment_can_be_updated(shop, launch, create, refused):
    create("web1")
    with refused("InvalidParameterValue", MUST_BE_READY):
        shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    with refused("InvalidParameterValue", MUST_BE_READY):
        shop.client.update_environment(EnvironmentName="web1", Description="front")
    shop.until_ready("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    with refused("InvalidParameterValue", MUST_BE_READY):
        shop.client.update_environment(EnvironmentName="web1", VersionLabel="v1")


def test_only_a_quiet_environment_can_be_terminated(shop, create, refused):
    create("web1")
    with refused("InvalidParameterValue", "Cannot terminate environment named web1. It is currently pending creation."):
        shop.client.terminate_environment(EnvironmentName="web1")
    shop.until_ready("web1")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    with refused(
        "InvalidParameterValue", "Cannot terminate environment named web1. It is currently pending deployment."
    ):
        shop.client.terminate_environment(EnvironmentName="web1")
    shop.until_ready("web1")
    assert shop.client.terminate_environment(EnvironmentName="web1")["Status"] == "Terminating"


@pytest.mark.parametrize("by", ["Name", "Id"])
def test_two_environments_change_places(shop, launch, by):
    blue, green = (launch(name, CNAMEPrefix=f"{name}-shop", OptionSettings=[SINGLE]) for name in ("blue", "green"))
    key = f"Environment{by}"
    answer = shop.client.swap_environment_cnames(**{f"Source{key}": blue[key], f"Destination{key}": green[key]})
    swapped = {environment["EnvironmentName"]: environment for environment in describe_environments(shop)}
    assert swapped["blue"]["CNAME"] == green["CNAME"]
    assert swapped["green"]["CNAME"] == blue["CNAME"]
    assert {environment["Status"] for environment in swapped.values()} == {"Updating"}
    first = shop.client.describe_events(RequestId=answer["ResponseMetadata"]["RequestId"])["Events"]
    assert [(environment["EnvironmentName"], environment["Message"]) for environment in first] == [
        ("blue", "swapEnvironmentCNAMEs is starting.")
    ]
    for name in ("blue", "green"):
        shop.until_ready(name)
        messages = [event.message for event in shop.events(name)]
        assert "Completed swapping CNAMEs for environments 'blue' and 'green'." in messages


def test_what_cannot_be_swapped(shop, launch, refused):
    web = launch("web1", OptionSettings=[SINGLE])
    launch("jobs", Tier={"Name": "Worker", "Type": "SQS/HTTP"})
    swap = shop.client.swap_environment_cnames
    with refused("MissingRequiredParameter", "Both SourceEnvironment and DestinationEnvironment must be specified."):
        swap(SourceEnvironmentName="web1")
    with refused(
        "InvalidParameterValue",
        "The SourceEnvironment and DestinationEnvironment must be given both by id or both by name.",
    ):
        swap(SourceEnvironmentId=web["EnvironmentId"], DestinationEnvironmentName="jobs")
    with refused(
        "InvalidParameterValue", "The SourceEnvironment and DestinationEnvironment must not be the same environment."
    ):
        swap(SourceEnvironmentName="web1", DestinationEnvironmentName="web1")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'nobody'."):
        swap(SourceEnvironmentName="web1", DestinationEnvironmentName="nobody")
    with refused("InvalidParameterValue", "Environment does not support a cname"):
        swap(SourceEnvironmentName="web1", DestinationEnvironmentName="jobs")


def test_both_ends_of_a_swap_must_be_ready(shop, launch, create, refused):
    launch("web2", OptionSettings=[SINGLE])
    create("web1")
    for source, destination in (("web1", "web2"), ("web2", "web1")):
        with refused("InvalidParameterValue", MUST_BE_READY):
            shop.client.swap_environment_cnames(SourceEnvironmentName=source, DestinationEnvironmentName=destination)
    assert {environment["Status"] for environment in describe_environments(shop)} == {"Ready", "Launching"}
