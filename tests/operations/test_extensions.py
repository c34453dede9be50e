"""Option settings of extensions: where they stand among the others, and what is wrong with some."""

import pytest
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.options.definitions import OptionSetting
from operations.described import described, settings
from operations.extended_versions import INVALID, colour, extend, removal, save, shown
from options import COMMAND, ENVIRONMENT, PROPERTIES, SINGLE, option


def extend_by(world, label, *extensions):
    home = world.store.world("123456789012", "us-east-1")
    home.commit(Change(puts=(replace(home.application_version("shop", label), extensions=extensions),)))


def test_extensions_go_before_defaults_and_behind_everything_else(shop, create):
    extend(shop, "v1", COLOUR="red", SIZE="1", TASTE="salt", PYTHONPATH="/here")
    save(shop, colour(), option(PROPERTIES, "SIZE", "2"))
    create("web1", TemplateName="saved", OptionSettings=[option(PROPERTIES, "SIZE", "3")])
    assert shown(shop, "COLOUR", "SIZE", "TASTE", "PYTHONPATH") == ("blue", "3", "salt", "/here")
    create("web2", VersionLabel="v2")
    assert shown(shop, "TASTE", environment="web2") == (None,)


def test_a_removed_option_falls_back_to_the_extensions(shop, launch):
    extend(shop, "v1", COLOUR="red")
    launch("web1", OptionSettings=[SINGLE, colour()])
    asked = {"EnvironmentName": "web1", "OptionsToRemove": [removal(PROPERTIES, "COLOUR")]}
    shop.client.update_environment(**asked)
    assert [shown(shop, "COLOUR", draft=it) for it in (0, 1)] == [("blue",), ("red",)]
    shop.until_ready("web1")
    assert shown(shop, "COLOUR") == ("red",)


def test_extensions_come_and_go_with_their_version(shop, launch):
    extend(shop, "v2", COLOUR="red")
    launch("web1", OptionSettings=[SINGLE])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert [it["DeploymentStatus"] for it in settings(shop)] == ["deployed", "pending"]
    assert [shown(shop, "COLOUR", draft=it) for it in (0, 1)] == [(None,), ("red",)]
    shop.until_ready("web1")
    assert shown(shop, "COLOUR") == ("red",)
    told = [it.message for it in shop.events("web1")]
    assert told.index("New application version was deployed to running EC2 instances.") < told.index(
        "Successfully deployed new configuration to environment."
    )
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v1")
    shop.until_ready("web1")
    assert shown(shop, "COLOUR") == (None,)


def test_extensions_are_not_saved_with_an_environment(shop, create):
    extend(shop, "v1", COLOUR="red")
    made = create("web1", OptionSettings=[option(PROPERTIES, "SIZE", "3")])
    save(shop, EnvironmentId=made["EnvironmentId"])
    create("web2", TemplateName="saved", VersionLabel="v2")
    assert shown(shop, "COLOUR", "SIZE", environment="web2") == (None, "3")


@pytest.mark.shows("CreateEnvironment", "errors")
@pytest.mark.parametrize(
    ("extension", "sentence"),
    [
        (
            OptionSetting(COMMAND, "Nonsense", "1"),
            f"{INVALID} (Namespace: '{COMMAND}', OptionName: 'Nonsense'): Unknown configuration setting.",
        ),
        (
            OptionSetting(ENVIRONMENT, "ExternalExtensionsS3Bucket", "mine"),
            f"{INVALID} (Namespace: '{ENVIRONMENT}', OptionName: 'ExternalExtensionsS3Bucket'): "
            "External extensions can only be applied from the API",
        ),
    ],
)
def test_extensions_must_be_right(shop, create, refused, extension, sentence):
    extend_by(shop, "v1", extension)
    with refused("ConfigurationValidationException", sentence):
        create("web1")
    assert described(shop) == []


@pytest.mark.shows("UpdateEnvironment", "errors")
def test_extensions_that_are_wrong_fail_the_deployment_of_their_version(shop, launch):
    extend_by(shop, "v2", OptionSetting(COMMAND, "Nonsense", "1"), OptionSetting(COMMAND, "Timeout", "0"))
    launch("web1", OptionSettings=[SINGLE])
    before = settings(shop)
    answer = shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert answer["Status"] == "Updating"
    shop.until_ready("web1")
    (environment,) = described(shop)
    assert environment["VersionLabel"] == "v1"
    assert settings(shop) == before
    told = shop.client.describe_events(EnvironmentName="web1", Severity="ERROR")["Events"]
    assert [it["Message"] for it in reversed(told)] == [
        '"option_settings" in one of the configuration files failed validation. More details to follow.',
        f"Invalid option specification (Namespace: '{COMMAND}', OptionName: 'Nonsense'): "
        "Unknown configuration setting.",
        f"Invalid option value: '0' (Namespace: '{COMMAND}', OptionName: 'Timeout'): "
        "Value is less than minimum allowed value: 1",
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
    assert described(shop)[0]["VersionLabel"] == "v2"


def test_external_extensions_can_be_applied_from_the_api(create):
    create("web1", OptionSettings=[option(ENVIRONMENT, "ExternalExtensionsS3Bucket", "mine")])
