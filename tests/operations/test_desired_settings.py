"""Which settings a new or an updated environment comes to: who goes before whom, and where they come from."""

import pytest

from environments import STACK
from operations.descriptions import describe_environments, settings, value
from operations.extended_versions import INVALID, colour, effective_settings, extend, removal, save
from operations.flat import Refused, ask
from options import ALB, COMMAND, DATABASE, ENVIRONMENT, PROPERTIES, SINGLE, option

OTHER_STACK = "64bit Amazon Linux 2023 v4.13.7 running Python 3.13"
WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
MUST_BE_READY = "Environment named web1 is in an invalid state for this operation. Must be Ready."
CONTENTS = f"""
EnvironmentConfigurationMetadata:
  Description: From a file.
OptionSettings:
  {COMMAND}:
    Timeout: 0900
    BatchSize: null
  {PROPERTIES}:
    ON: yes
AWSConfigurationTemplateVersion: 1.1.0.0
"""


def test_a_new_environment_takes_platform_tier_and_settings_from_a_saved_configuration(shop, create):
    worker = create("jobs", Tier=WORKER)
    save(shop, colour(), name="saved", EnvironmentId=worker["EnvironmentId"])
    answer = create("web1", TemplateName="saved", OptionSettings=[option(COMMAND, "Timeout", "900")])
    assert (answer["TemplateName"], answer["SolutionStackName"], answer["Tier"]["Name"]) == ("saved", STACK, "Worker")
    assert value(settings(shop)[0], COMMAND, "Timeout") == "900"
    assert effective_settings(shop, "COLOUR") == ("blue",)
    assert describe_environments(shop, EnvironmentNames=["web1"])[0]["TemplateName"] == "saved"


def test_what_a_call_says_goes_before_the_saved_configuration_it_names(shop, create):
    save(shop, colour(), option(PROPERTIES, "SIZE", "7"), option(PROPERTIES, "TASTE", "sweet"))
    removed = [removal(PROPERTIES, "SIZE")]
    create("web1", TemplateName="saved", OptionSettings=[colour(value="green")], OptionsToRemove=removed)
    assert effective_settings(shop, "COLOUR", "SIZE", "TASTE") == ("green", None, "sweet")


def test_the_platform_of_a_saved_configuration_may_be_said_again(shop, create):
    save(shop)
    assert create("web1", TemplateName="saved", SolutionStackName=STACK)["SolutionStackName"] == STACK


@pytest.mark.shows("CreateEnvironment", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        (
            {"TemplateName": "nobody"},
            "InvalidParameterValue",
            "No Configuration Template named 'shop/nobody' found.",
        ),
        (
            {"TemplateName": "saved", "SolutionStackName": OTHER_STACK},
            "InvalidParameterCombination",
            "The solution stack must match that of the source configuration.",
        ),
        (
            {"TemplateName": "saved", "Tier": WORKER, "CNAMEPrefix": "jobs"},
            "InvalidParameterValue",
            "Environment does not support a cname",
        ),
        (
            {"TemplateName": "saved", "OptionSettings": [option("aws:autoscaling:asg", "MinSize", "5")]},
            "ConfigurationValidationException",
            "Configuration validation exception: MinSize is greater than MaxSize",
        ),
    ],
)
def test_an_environment_and_its_saved_configuration_must_fit(shop, create, refused, parameters, code, sentence):
    save(shop)
    before = shop.events()
    with refused(code, sentence):
        create("web1", **parameters)
    assert shop.events() == before


def test_a_prefix_is_refused_for_the_worker_that_a_saved_configuration_makes(shop, create, refused):
    save(shop, EnvironmentId=create("jobs", Tier=WORKER)["EnvironmentId"])
    with refused("InvalidParameterValue", "Environment does not support a cname"):
        create("web1", TemplateName="saved", CNAMEPrefix="jobs")


def test_an_update_lays_a_saved_configuration_over_what_is_set(shop, launch):
    launch("web1", OptionSettings=[SINGLE, colour(), option(PROPERTIES, "SIZE", "7"), option(PROPERTIES, "OLD", "1")])
    save(shop, colour(value="green"), option(PROPERTIES, "SIZE", "8"))
    answer = shop.client.update_environment(
        EnvironmentName="web1",
        TemplateName="saved",
        OptionSettings=[option(PROPERTIES, "SIZE", "9")],
        OptionsToRemove=[removal(PROPERTIES, "OLD")],
    )
    assert answer["Status"] == "Updating"
    assert "TemplateName" not in answer
    assert effective_settings(shop, "COLOUR", "SIZE", "OLD", draft=1) == ("green", "9", None)
    shop.until_ready("web1")
    assert effective_settings(shop, "COLOUR", "SIZE", "OLD") == ("green", "9", None)
    assert describe_environments(shop)[0]["TemplateName"] == "saved"
    shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved")
    assert effective_settings(shop, "COLOUR") == ("green",)


def test_a_saved_configuration_of_another_platform_brings_its_settings_only(shop, launch, refused):
    launch("web1", OptionSettings=[SINGLE])
    save(shop, colour(), SolutionStackName=OTHER_STACK)
    shop.client.update_environment(EnvironmentName="web1", TemplateName="saved", Description="blue")
    shop.until_ready("web1")
    (environment,) = describe_environments(shop)
    assert (environment["SolutionStackName"], environment["Description"]) == (STACK, "blue")
    assert effective_settings(shop, "COLOUR") == ("blue",)
    php = option("aws:elasticbeanstalk:container:php:phpini", "document_root", "/public")
    save(shop, php, name="php", SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running PHP 8.5")
    with refused(
        "ConfigurationValidationException",
        "Configuration validation exception: Unknown or duplicate parameter: document_root",
    ):
        shop.client.update_environment(EnvironmentName="web1", TemplateName="php")


@pytest.mark.shows("UpdateEnvironment", "errors")
@pytest.mark.shows("UpdateEnvironment", "states")
def test_existence_goes_before_state_and_state_before_the_options(shop, create, refused):
    create("web1")
    save(shop, name="there")
    with refused("InvalidParameterValue", "No Configuration Template named 'shop/nobody' found."):
        shop.client.update_environment(EnvironmentName="web1", TemplateName="nobody")
    with refused("InvalidParameterValue", MUST_BE_READY):
        shop.client.update_environment(EnvironmentName="web1", TemplateName="there")
    with refused("InvalidParameterValue", MUST_BE_READY):
        shop.client.update_environment(EnvironmentName="web1", OptionSettings=[option(COMMAND, "Nonsense", "1")])


def test_a_new_environment_gets_the_tags_of_the_one_that_was_saved(shop, create):
    answer = create("web1", Tags=[{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "7"}])
    save(shop, EnvironmentId=answer["EnvironmentId"], Tags=[{"Key": "own", "Value": "x"}])
    again = create("web2", TemplateName="saved", Tags=[{"Key": "team", "Value": "green"}])
    tags = shop.store.world("123456789012", "us-east-1").environment(again["EnvironmentId"]).tags
    assert {key: value for key, value in tags.items() if not key.startswith("elasticbeanstalk:") and key != "Name"} == {
        "team": "green",
        "cost": "7",
    }
    assert tags["Name"] == "web2"


def test_eb_clone_takes_the_options_of_another_environment(shop, create):
    extend(shop, "v1", COLOUR="red")
    create("web1", Tier=WORKER, OptionSettings=[option(COMMAND, "Timeout", "900")])
    answer = ask(
        shop,
        "CreateEnvironment",
        ApplicationName="shop",
        EnvironmentName="web1-clone",
        VersionLabel="v2",
        SolutionStackName=OTHER_STACK,
        TemplateSpecification={"TemplateSource": {"EnvironmentName": "web1"}},
    )
    assert (answer["SolutionStackName"], answer["Tier"]["Name"], answer["TemplateName"]) == (
        OTHER_STACK,
        "Worker",
        None,
    )
    assert value(settings(shop, "web1-clone")[0], COMMAND, "Timeout") == "900"
    assert effective_settings(shop, "COLOUR", environment="web1-clone") == (None,)


def test_a_clone_has_the_platform_of_its_source_unless_it_is_told_otherwise(shop, create):
    create("web1", SolutionStackName=OTHER_STACK)
    parameters = {"ApplicationName": "shop", "TemplateSpecification": {"TemplateSource": {"EnvironmentName": "web1"}}}
    answer = ask(shop, "CreateEnvironment", EnvironmentName="web2", **parameters)
    assert answer["SolutionStackName"] == OTHER_STACK


def test_eb_create_with_a_database_sends_a_snippet(shop):
    answer = ask(
        shop,
        "CreateEnvironment",
        ApplicationName="shop",
        EnvironmentName="web1",
        SolutionStackName=STACK,
        OptionSettings=[option(DATABASE, "DBUser", "admin")],
        TemplateSpecification={"TemplateSnippets": [{"SnippetName": "RdsExtensionEB", "Order": 10000}]},
    )
    assert answer["Status"] == "Launching"
    (configuration,) = settings(shop)
    assert [value(configuration, DATABASE, name) for name in ("HasCoupledDatabase", "DBUser", "DBEngine")] == [
        "true",
        "admin",
        "mysql",
    ]


def test_a_platform_and_parameters_may_come_in_the_specification(shop):
    parameters = "aws:cloudformation:template:parameter"
    answer = ask(
        shop,
        "CreateEnvironment",
        ApplicationName="shop",
        EnvironmentName="web1",
        TemplateSpecification={
            "TemplateSource": {"SolutionStackName": STACK},
            "Parameters": [{"Parameter": "InstancePort", "Value": "8080"}],
        },
    )
    assert answer["SolutionStackName"] == STACK
    assert value(settings(shop)[0], parameters, "InstancePort") == "8080"


def test_eb_config_brings_the_text_of_a_configuration(shop, launch):
    launch("web1", OptionSettings=[SINGLE, option(COMMAND, "BatchSize", "30")])
    ask(
        shop,
        "UpdateEnvironment",
        EnvironmentName="web1",
        TemplateSpecification={"TemplateSource": {"SourceContents": CONTENTS}},
    )
    shop.until_ready("web1")
    (configuration,) = settings(shop)
    assert [value(configuration, COMMAND, name) for name in ("Timeout", "BatchSize")] == ["0900", "30"]
    assert effective_settings(shop, "ON") == ("yes",)


@pytest.mark.shows("UpdateEnvironment", "errors")
@pytest.mark.parametrize(
    ("specified", "code", "sentence"),
    [
        (
            {"TemplateSource": {"EnvironmentName": "nobody"}},
            "InvalidParameterValue",
            "No Environment found for EnvironmentName = 'nobody'.",
        ),
        (
            {"TemplateSource": {"EnvironmentName": "web1", "SourceContents": "a: b"}},
            "InvalidParameterCombination",
            "You cannot specify both EnvironmentName and SourceContents.",
        ),
        (
            {"TemplateSource": {"SourceContents": "[" * 50}},
            "InvalidParameterValue",
            "The contents of the configuration template are not valid: it is nested deeper than 8 levels",
        ),
        (
            {"TemplateSource": {"SourceContents": "OptionSettings: {aws:x: {Y: z}}"}},
            "ConfigurationValidationException",
            f"{INVALID} (Namespace: 'aws:x', OptionName: 'Y'): Unknown configuration setting.",
        ),
        (
            {"TemplateSnippets": [{"Order": 1}]},
            "InvalidParameterValue",
            "No template snippet named '' found.",
        ),
    ],
)
def test_what_a_specification_says_must_be_right(shop, launch, specified, code, sentence):
    launch("web1", OptionSettings=[SINGLE])
    with pytest.raises(Refused) as caught:
        ask(shop, "UpdateEnvironment", EnvironmentName="web1", TemplateSpecification=specified)
    assert caught.value.args == (code, sentence)
    assert describe_environments(shop)[0]["Status"] == "Ready"


def test_an_environment_of_another_application_is_no_source(shop, create):
    shop.client.create_application_version(ApplicationName="other", VersionLabel="v1", AutoCreateApplication=True)
    create("web1", ApplicationName="other")
    with pytest.raises(Refused, match="No Environment found for EnvironmentName = 'web1'"):
        ask(
            shop,
            "CreateEnvironment",
            ApplicationName="shop",
            EnvironmentName="web2",
            TemplateSpecification={"TemplateSource": {"EnvironmentName": "web1"}},
        )


@pytest.mark.parametrize(
    ("parameters", "shown_value"),
    [
        ([option(PROPERTIES, "COLOUR", "")], ""),
        ([{"Namespace": PROPERTIES, "OptionName": "COLOUR"}], None),
        ([colour(), colour(value="green")], "green"),
        ([colour() | {"ResourceName": "Whatever"}], "blue"),
    ],
)
def test_values_that_are_empty_absent_or_given_twice(shop, create, parameters, shown_value):
    create("web1", OptionSettings=parameters)
    option_settings = [setting for setting in settings(shop)[0]["OptionSettings"] if setting["OptionName"] == "COLOUR"]
    assert [setting.get("Value") for setting in option_settings] == [shown_value]


@pytest.mark.parametrize(
    "name", [{}, {"Namespace": COMMAND}, {"OptionName": "Timeout"}, {"Value": "x"}, option("", "", "")]
)
def test_an_option_without_a_name_is_unknown(create, refused, name):
    with refused(
        "ConfigurationValidationException",
        f"{INVALID} (Namespace: '{name.get('Namespace', '')}', OptionName: '{name.get('OptionName', '')}'): "
        "Unknown configuration setting.",
    ):
        create("web1", OptionSettings=[name or {"Namespace": ""}])


def test_removing_what_is_not_set_is_no_error(shop, create):
    create("web1", OptionsToRemove=[removal(COMMAND, "Timeout"), removal("aws:nothing", "Nothing"), {"Namespace": ""}])
    assert value(settings(shop)[0], COMMAND, "Timeout") == "600"


def test_two_accounts_and_two_regions_do_not_see_each_others_saved_configurations(shop, refused):
    save(shop)
    for elsewhere in (shop.clients(region="eu-west-1"), shop.clients(account="210987654321")):
        elsewhere.create_application(ApplicationName="shop")
        with refused("InvalidParameterValue", "No Configuration Template named 'shop/saved' found."):
            elsewhere.describe_configuration_settings(ApplicationName="shop", TemplateName="saved")


def test_a_balanced_environment_is_still_told_by_its_load_balancer(create, shop):
    create("web1", OptionSettings=[ALB])
    assert value(settings(shop)[0], ENVIRONMENT, "LoadBalancerIsShared") == "false"
