"""Option settings of extensions: where they stand among the others, and what is wrong with some."""

import pytest
from msgspec.structs import replace

from beanpole.model.applications.contents import Contents
from beanpole.model.changes.change import Change
from beanpole.model.options.definitions import OptionSetting
from operations.descriptions import describe_environments, settings
from operations.extended_versions import INVALID, colour, effective_settings, extend, removal, save
from options import ALB, COMMAND, ENVIRONMENT, PROPERTIES, SINGLE, option


def extend_by(world, label, *extensions):
    home = world.store.world("123456789012", "us-east-1")
    home.commit(Change(puts=(replace(home.application_version("shop", label), extensions=extensions),)))


def test_extensions_go_before_defaults_and_behind_everything_else(shop, create):
    extend(shop, "v1", COLOUR="red", SIZE="1", TASTE="salt", PYTHONPATH="/here")
    save(shop, colour(), option(PROPERTIES, "SIZE", "2"))
    create("web1", TemplateName="saved", OptionSettings=[option(PROPERTIES, "SIZE", "3")])
    assert effective_settings(shop, "COLOUR", "SIZE", "TASTE", "PYTHONPATH") == ("blue", "3", "salt", "/here")
    create("web2", VersionLabel="v2")
    assert effective_settings(shop, "TASTE", environment="web2") == (None,)


def test_a_removed_option_falls_back_to_the_extensions(shop, launch):
    extend(shop, "v1", COLOUR="red")
    launch("web1", OptionSettings=[SINGLE, colour()])
    parameters = {"EnvironmentName": "web1", "OptionsToRemove": [removal(PROPERTIES, "COLOUR")]}
    shop.client.update_environment(**parameters)
    assert [effective_settings(shop, "COLOUR", draft=number) for number in (0, 1)] == [("blue",), ("red",)]
    shop.until_ready("web1")
    assert effective_settings(shop, "COLOUR") == ("red",)


def test_extensions_come_and_go_with_their_version(shop, launch):
    extend(shop, "v2", COLOUR="red")
    launch("web1", OptionSettings=[SINGLE])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed", "pending"]
    assert [effective_settings(shop, "COLOUR", draft=number) for number in (0, 1)] == [(None,), ("red",)]
    shop.until_ready("web1")
    assert effective_settings(shop, "COLOUR") == ("red",)
    messages = [event.message for event in shop.events("web1")]
    assert messages.index("New application version was deployed to running EC2 instances.") < messages.index(
        "Successfully deployed new configuration to environment."
    )
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v1")
    shop.until_ready("web1")
    assert effective_settings(shop, "COLOUR") == (None,)


def test_extensions_are_not_saved_with_an_environment(shop, create):
    extend(shop, "v1", COLOUR="red")
    answer = create("web1", OptionSettings=[option(PROPERTIES, "SIZE", "3")])
    save(shop, EnvironmentId=answer["EnvironmentId"])
    create("web2", TemplateName="saved", VersionLabel="v2")
    assert effective_settings(shop, "COLOUR", "SIZE", environment="web2") == (None, "3")


@pytest.mark.shows("CreateEnvironment", "errors")
def test_extensions_cannot_name_other_extensions(shop, create, refused):
    extend_by(shop, "v1", OptionSetting(ENVIRONMENT, "ExternalExtensionsS3Bucket", "mine"))
    with refused(
        "ConfigurationValidationException",
        f"{INVALID} (Namespace: '{ENVIRONMENT}', OptionName: 'ExternalExtensionsS3Bucket'): "
        "External extensions can only be applied from the API",
    ):
        create("web1")
    assert describe_environments(shop) == []


NODE = "aws:elasticbeanstalk:container:nodejs"
WRONG = {
    "of another generation": (
        [OptionSetting(NODE, "NodeVersion", "18"), OptionSetting(NODE, "NodeCommand", "npm start")],
        ["Unknown or duplicate parameter: NodeVersion ", "Unknown or duplicate parameter: NodeCommand "],
    ),
    "of no platform": (
        [OptionSetting(COMMAND, "Nonsense", "1")],
        [
            f"Invalid option specification (Namespace: '{COMMAND}', OptionName: 'Nonsense'): "
            "Unknown configuration setting. "
        ],
    ),
    "of the size": (
        [OptionSetting("aws:autoscaling:asg", "MinSize", "many")],
        [
            "Invalid option value: 'many' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): "
            "Value is not an integer "
        ],
    ),
    "overridden by the call": (
        [OptionSetting(ENVIRONMENT, "EnvironmentType", "Cluster")],
        [
            f"Invalid option value: 'Cluster' (Namespace: '{ENVIRONMENT}', OptionName: 'EnvironmentType'): "
            "Value is not one of the allowed values: [LoadBalanced, SingleInstance] "
        ],
    ),
}


@pytest.mark.shows("CreateEnvironment", "errors")
@pytest.mark.parametrize("case", WRONG)
def test_extensions_that_are_wrong_are_told_in_the_second_of_the_call_and_end_the_launch(shop, create, case):
    extensions, reasons = WRONG[case]
    extend_by(shop, "v1", *extensions)
    assert create("web1", OptionSettings=[SINGLE])["Status"] == "Launching"
    shop.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="web1")
    shop.until("web1", "Terminated")
    starting, first, *others = shop.events("web1")
    assert first.message == (
        '"option_settings" in one of the configuration files failed validation. More details to follow.'
    )
    assert first.at - starting.at < 1000
    assert sorted(event.message for event in others[: len(reasons)]) == sorted(reasons)
    assert [(event.message, event.severity) for event in others[len(reasons) :]] == [
        ("Failed to launch environment.", "ERROR"),
        ("Deleting SNS topic for environment web1.", "INFO"),
    ]


def test_what_was_wrong_is_wrong_again_when_the_environment_is_restored(shop, create):
    extend_by(shop, "v1", OptionSetting(COMMAND, "Nonsense", "1"))
    id_ = create("web1")["EnvironmentId"]
    shop.until("web1", "Terminated")
    shop.client.rebuild_environment(EnvironmentId=id_)
    shop.until("web1", "Terminated")
    assert [event.message for event in shop.events("web1")].count("Failed to launch environment.") == 2


def test_extensions_that_a_call_overrides_bring_a_version_alone(shop, launch):
    extend(shop, "v2", COLOUR="red")
    launch("web1", OptionSettings=[SINGLE, colour()])
    mark = shop.now
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    messages = [event.message for event in shop.events("web1") if event.at >= mark]
    assert "Successfully deployed new configuration to environment." not in messages
    assert "New application version was deployed to running EC2 instances." in messages
    shop.client.update_environment(EnvironmentName="web1", OptionsToRemove=[removal(PROPERTIES, "COLOUR")])
    shop.until_ready("web1")
    assert effective_settings(shop, "COLOUR") == ("red",)


def test_a_bad_value_that_a_call_overrides_fails_the_deployment_all_the_same(shop, launch):
    extend_by(shop, "v2", OptionSetting(COMMAND, "Timeout", "0"))
    launch("web1", OptionSettings=[SINGLE, option(COMMAND, "Timeout", "900")])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    assert describe_environments(shop)[0]["VersionLabel"] == "v1"
    assert shop.events("web1")[-1].message == "Failed to deploy application."


@pytest.mark.shows("UpdateEnvironment", "errors")
def test_extensions_that_are_wrong_fail_the_deployment_of_their_version(shop, launch):
    extend_by(shop, "v2", OptionSetting(COMMAND, "Nonsense", "1"), OptionSetting(COMMAND, "Timeout", "0"))
    launch("web1", OptionSettings=[SINGLE])
    before = settings(shop)
    answer = shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert answer["Status"] == "Updating"
    shop.until_ready("web1")
    (environment,) = describe_environments(shop)
    assert environment["VersionLabel"] == "v1"
    assert settings(shop) == before
    events = shop.client.describe_events(EnvironmentName="web1", Severity="ERROR")["Events"]
    assert [event["Message"] for event in reversed(events)] == [
        '"option_settings" in one of the configuration files failed validation. More details to follow.',
        f"Invalid option specification (Namespace: '{COMMAND}', OptionName: 'Nonsense'): "
        "Unknown configuration setting. ",
        f"Invalid option value: '0' (Namespace: '{COMMAND}', OptionName: 'Timeout'): "
        "Value is less than minimum allowed value: 1 ",
        "Failed to deploy application.",
    ]


@pytest.mark.shows("UpdateEnvironment", "errors")
def test_what_a_call_makes_wrong_is_refused_whatever_the_extensions_are(shop, launch, refused):
    extend_by(shop, "v2", OptionSetting(COMMAND, "Nonsense", "1"))
    launch("web1", OptionSettings=[SINGLE])
    with refused(
        "ConfigurationValidationException",
        f"Configuration validation exception: Invalid option value: '0' (Namespace: '{COMMAND}', OptionName: "
        "'Timeout'): Value is less than minimum allowed value: 1",
    ):
        shop.client.update_environment(
            EnvironmentName="web1", VersionLabel="v2", OptionSettings=[option(COMMAND, "Timeout", "0")]
        )


def test_new_extensions_may_make_right_what_a_call_alone_would_not(shop, launch):
    extend_by(shop, "v2", OptionSetting("aws:autoscaling:asg", "MaxSize", "6"))
    launch("web1")
    grown = [option("aws:autoscaling:asg", "MinSize", "5")]
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2", OptionSettings=grown)
    shop.until_ready("web1")
    assert describe_environments(shop)[0]["VersionLabel"] == "v2"


def test_external_extensions_can_be_applied_from_the_api(create):
    create("web1", OptionSettings=[option(ENVIRONMENT, "ExternalExtensionsS3Bucket", "mine")])


@pytest.mark.parametrize("block", ["Resources", "Outputs"])
@pytest.mark.parametrize("balancer", [SINGLE, ALB])
def test_a_reference_to_a_load_balancer_fails_where_there_is_none(shop, launch, balancer, block):
    home = shop.store.world("123456789012", "us-east-1")
    names = ("AWSEBLoadBalancerSecurityGroup",)
    contents = Contents(of_load_balancers=names) if block == "Resources" else Contents(outputs_of_load_balancers=names)
    home.commit(Change(puts=(replace(home.application_version("shop", "v2"), contents=contents),)))
    launch("web1", OptionSettings=[balancer])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    refusal = (
        "Service:AmazonCloudFormation, Message:Template format error: Unresolved resource dependencies "
        f"[AWSEBLoadBalancerSecurityGroup] in the {block} block of the template"
    )
    refusals = [(event.severity, event.message) for event in shop.events("web1") if "Unresolved" in event.message]
    assert refusals == ([("ERROR", refusal)] if balancer is SINGLE else [])
    (environment,) = describe_environments(shop)
    assert environment["VersionLabel"] == ("v1" if balancer is SINGLE else "v2")
