"""ValidateConfigurationSettings: what would be said of settings, without setting them."""

import pytest

from environments import STACK
from operations.flat import Refused, ask
from options import ALB, COMMAND, GROUP, PROPERTIES, SINGLE, option

PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
SCHEDULE = "aws:autoscaling:scheduledaction"


def validated(world, *settings, **more):
    parameters = {"ApplicationName": "shop", "OptionSettings": list(settings)} | more
    return world.client.validate_configuration_settings(**parameters)["Messages"]


def save(world, *settings):
    world.client.create_configuration_template(
        ApplicationName="shop", TemplateName="saved", SolutionStackName=STACK, OptionSettings=list(settings)
    )


@pytest.mark.shows("ValidateConfigurationSettings", "success")
def test_nothing_is_said_of_what_is_right(shop, create):
    create("web1", OptionSettings=[SINGLE])
    save(shop)
    for base in ({"EnvironmentName": "web1"}, {"TemplateName": "saved"}):
        answer = shop.client.validate_configuration_settings(
            ApplicationName="shop", OptionSettings=[option(COMMAND, "Timeout", "900")], **base
        )
        assert answer["Messages"] == []
        assert answer.keys() == {"Messages", "ResponseMetadata"}


@pytest.mark.shows("ValidateConfigurationSettings", "success")
def test_everything_is_said_of_what_is_wrong(shop):
    save(shop)
    messages = validated(
        shop,
        option(COMMAND, "BatchSize", "0"),
        option(COMMAND, "Nonsense", "1"),
        option(SCHEDULE, "MinSize", "1"),
        option(PROPERTIES, "LONG", "x" * 300),
        TemplateName="saved",
    )
    assert messages == [
        {
            "Namespace": SCHEDULE,
            "OptionName": "MinSize",
            "Severity": "error",
            "Message": "The scheduled action name cannot be blank.",
        },
        {
            "Namespace": COMMAND,
            "OptionName": "BatchSize",
            "Severity": "error",
            "Message": f"Invalid option value: '0' (Namespace: '{COMMAND}', OptionName: 'BatchSize'): "
            "Value is less than minimum allowed value: 1",
        },
        {
            "Namespace": COMMAND,
            "OptionName": "Nonsense",
            "Severity": "error",
            "Message": f"Invalid option specification (Namespace: '{COMMAND}', OptionName: 'Nonsense'): "
            "Unknown configuration setting.",
        },
        {
            "Namespace": PROPERTIES,
            "OptionName": "LONG",
            "Severity": "warning",
            "Message": "The values of environment properties should not be longer than 256 characters.",
        },
    ]


@pytest.mark.shows("ValidateConfigurationSettings", "success")
def test_settings_are_judged_with_what_they_lie_over(shop, create):
    save(shop, option(GROUP, "MaxSize", "2"))
    create("web1", OptionSettings=[ALB, option(GROUP, "MaxSize", "8")])
    three = option(GROUP, "MinSize", "3")
    too_many = {
        "Namespace": GROUP,
        "OptionName": "MinSize",
        "Severity": "error",
        "Message": "MinSize is greater than MaxSize",
    }
    assert validated(shop, three, TemplateName="saved") == [too_many]
    assert validated(shop, three, EnvironmentName="web1") == []
    assert validated(shop, three, option(GROUP, "MaxSize", "2"), EnvironmentName="web1") == [too_many]
    removed = [option(GROUP, "MaxSize")]
    parameters = {"ApplicationName": "shop", "TemplateName": "saved", "OptionSettings": [three]}
    assert ask(shop, "ValidateConfigurationSettings", **parameters, OptionsToRemove=removed) == {"Messages": []}


def test_what_an_environment_cannot_change_any_more_is_said(shop, create):
    create("web1")
    save(shop)
    (message,) = validated(shop, ALB, EnvironmentName="web1")
    assert (message["OptionName"], message["Severity"]) == ("LoadBalancerType", "error")
    assert message["Message"] == "LoadBalancer type option cannot be changed."
    assert validated(shop, ALB, TemplateName="saved") == []


@pytest.mark.shows("ValidateConfigurationSettings", "success")
def test_the_eb_cli_sends_no_settings_at_all(shop):
    save(shop)
    parameters = {"ApplicationName": "shop", "TemplateName": "saved"}
    assert ask(shop, "ValidateConfigurationSettings", **parameters) == {"Messages": []}
    for source in ({"SolutionStackName": STACK}, {"PlatformArn": PLATFORM}):
        specified = {"TemplateSource": source}
        assert ask(shop, "ValidateConfigurationSettings", **parameters, TemplateSpecification=specified) == {
            "Messages": []
        }
    wrong = [option("aws:elasticbeanstalk:container:php:phpini", "document_root", "/")]
    answer = ask(
        shop, "ValidateConfigurationSettings", ApplicationName="shop", SolutionStackName=STACK, OptionSettings=wrong
    )
    assert [message["Severity"] for message in answer["Messages"]] == ["error"]


@pytest.mark.shows("ValidateConfigurationSettings", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({"ApplicationName": "nobody"}, "InvalidParameterValue", "No Application named 'nobody' found."),
        ({}, "MissingRequiredParameter", "Either EnvironmentName or TemplateName must be specified."),
        (
            {"TemplateName": "saved", "EnvironmentName": "web1"},
            "InvalidParameterCombination",
            "You cannot specify both TemplateName and EnvironmentName.",
        ),
        (
            {"TemplateName": "saved"},
            "InvalidParameterValue",
            "No Configuration Template named 'shop/saved' found.",
        ),
        (
            {"EnvironmentName": "web1"},
            "InvalidParameterValue",
            "No Environment found for EnvironmentName = 'web1'.",
        ),
    ],
)
def test_what_is_to_be_judged_must_be_there(shop, refused, parameters, code, sentence):
    with refused(code, sentence):
        validated(shop, option(COMMAND, "Timeout", "900"), **parameters)


@pytest.mark.shows("ValidateConfigurationSettings", "errors")
@pytest.mark.parametrize(
    ("specified", "sentence"),
    [
        ({"TemplateSource": {"SolutionStackName": "BeOS"}}, "No Solution Stack named 'BeOS' found."),
        ({"TemplateSource": {"PlatformArn": "arn:x"}}, "No Platform named 'arn:x' found."),
        (
            {"TemplateSource": {"EnvironmentName": "nobody"}},
            "No Environment found for EnvironmentName = 'nobody'.",
        ),
        (
            {"TemplateSource": {"SourceContents": "OptionSettings: [1]"}},
            "The contents of the configuration template are not valid: OptionSettings must be a map",
        ),
        (
            {"TemplateSource": {"SourceContents": "EnvironmentTier: {Name: Oak}"}},
            "Environment tier definition not found",
        ),
        (
            {"TemplateSnippets": [{"SnippetName": "RdsExtensionEB"}]},
            "Unable to determine base for template pack (no solution stack)",
        ),
        ({"TemplateSnippets": [{"SnippetName": "Oak"}]}, "No template snippet named 'Oak' found."),
    ],
)
def test_a_specification_must_be_right(shop, specified, sentence):
    with pytest.raises(Refused) as caught:
        ask(shop, "ValidateConfigurationSettings", ApplicationName="shop", TemplateSpecification=specified)
    assert caught.value.args == ("InvalidParameterValue", sentence)


@pytest.mark.shows("ValidateConfigurationSettings", "states")
def test_settings_of_an_environment_are_judged_in_any_state_but_the_last(shop, launch, refused):
    timeout = option(COMMAND, "Timeout", "900")
    launch("web1", OptionSettings=[SINGLE])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert validated(shop, timeout, EnvironmentName="web1") == []
    shop.until_ready("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    assert validated(shop, timeout, EnvironmentName="web1") == []
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        validated(shop, timeout, EnvironmentName="web1")
