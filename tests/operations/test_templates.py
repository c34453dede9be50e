"""Saved configurations: created from any of their bases, updated, deleted, and what is refused."""

import pytest
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from environments import STACK
from operations.descriptions import value
from operations.flat import ask
from options import COMMAND, GROUP, PROPERTIES, SINGLE, option

PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
OTHER_STACK = "64bit Amazon Linux 2023 v4.13.7 running Python 3.13"
WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
UNKNOWN = "Unknown configuration setting."
MIXED = "You cannot specify both SourceConfiguration and EnvironmentId."
TWICE = "You cannot specify both solution stack and platform as modifiers"
NO_BASE = "You must specify either SolutionStackName or SourceConfiguration or EnvironmentId"
MISMATCH = "The solution stack must match that of the source configuration."
NOT_THERE = "No Configuration Template named 'shop/saved' found."
PATTERN = (
    "1 validation error detected: Value 'a/b' at 'templateName' failed to satisfy constraint: Member must satisfy "
    "regular expression pattern: [^/]+"
)


@pytest.fixture
def save(shop):
    """`save(name, **more)` keeps a saved configuration of the shop."""

    def save(name="saved", **more):
        if not {"SolutionStackName", "PlatformArn", "EnvironmentId", "SourceConfiguration"} & more.keys():
            more["SolutionStackName"] = STACK
        parameters = {"ApplicationName": "shop", "TemplateName": name} | more
        return shop.client.create_configuration_template(**parameters)

    return save


def describe_template(world, name="saved", application="shop"):
    answer = world.client.describe_configuration_settings(ApplicationName=application, TemplateName=name)
    (configuration,) = answer["ConfigurationSettings"]
    return configuration


def rows_by(world, **parameters):
    return [
        (event["Message"], event.get("TemplateName")) for event in world.client.describe_events(**parameters)["Events"]
    ]


@pytest.mark.shows("CreateConfigurationTemplate", "success")
@pytest.mark.parametrize("base", [{"SolutionStackName": STACK}, {"PlatformArn": PLATFORM}])
def test_a_saved_configuration_of_a_platform(shop, save, base):
    timeout = option(COMMAND, "Timeout", "900")
    answer = save(Description="for tests", OptionSettings=[timeout], **base)
    assert answer.pop("ResponseMetadata")
    assert answer == {
        "ApplicationName": "shop",
        "TemplateName": "saved",
        "SolutionStackName": STACK,
        "PlatformArn": PLATFORM,
        "Description": "for tests",
        "DateCreated": answer["DateCreated"],
        "DateUpdated": answer["DateCreated"],
    }
    assert answer["DateCreated"].microsecond == 0
    template = describe_template(shop)
    assert answer.items() <= template.items()
    assert template.keys() - answer.keys() == {"OptionSettings"}
    assert value(template, COMMAND, "Timeout") == "900"
    assert value(template, COMMAND, "DeploymentPolicy") == "AllAtOnce"


@pytest.mark.shows("CreateConfigurationTemplate", "success")
def test_a_saved_configuration_of_an_environment_holds_what_was_set_by_the_api(shop, create, save):
    answer = create("web1", Tier=WORKER, OptionSettings=[option(COMMAND, "Timeout", "900")])
    reply = save(EnvironmentId=answer["EnvironmentId"], OptionSettings=[option(PROPERTIES, "COLOUR", "blue")])
    assert reply["SolutionStackName"] == STACK
    assert "Description" not in reply
    (configuration,) = ask(shop, "DescribeConfigurationSettings", ApplicationName="shop", TemplateName="saved")[
        "ConfigurationSettings"
    ]
    assert configuration["Tier"] == WORKER | {"Version": "1.0"}
    assert (configuration["DeploymentStatus"], configuration["EnvironmentName"]) == (None, None)
    assert (value(configuration, COMMAND, "Timeout"), value(configuration, PROPERTIES, "COLOUR")) == ("900", "blue")


@pytest.mark.shows("CreateConfigurationTemplate", "success")
def test_a_saved_configuration_of_another(shop, save):
    save("first", OptionSettings=[option(COMMAND, "Timeout", "900"), option(COMMAND, "BatchSize", "30")])
    shop.client.create_application(ApplicationName="other")
    source = {"ApplicationName": "shop", "TemplateName": "first"}
    parameters = {"ApplicationName": "other", "TemplateName": "second", "SourceConfiguration": source}
    shop.client.create_configuration_template(
        **parameters, SolutionStackName=STACK, OptionSettings=[option(COMMAND, "BatchSize", "50")]
    )
    template = describe_template(shop, "second", "other")
    assert (value(template, COMMAND, "Timeout"), value(template, COMMAND, "BatchSize")) == ("900", "50")
    save("third", SourceConfiguration={"TemplateName": "first"})
    assert value(describe_template(shop, "third"), COMMAND, "BatchSize") == "30"


def test_one_name_in_two_applications_is_two_saved_configurations(shop, save):
    shop.client.create_application(ApplicationName="other")
    save(Description="first")
    save(ApplicationName="other", Description="second")
    assert describe_template(shop)["Description"] == "first"
    assert describe_template(shop, application="other")["Description"] == "second"


def test_a_platform_beside_an_environment_goes_before_its_own(shop, create, save):
    answer = create("web1", OptionSettings=[option(COMMAND, "Timeout", "900")])
    assert (
        save(EnvironmentId=answer["EnvironmentId"], SolutionStackName=OTHER_STACK)["SolutionStackName"] == OTHER_STACK
    )


@pytest.mark.shows("CreateConfigurationTemplate", "errors")
def test_an_environment_of_another_application_is_no_base(shop, create, save, refused):
    answer = create("web1")
    shop.client.create_application(ApplicationName="other")
    with refused("InvalidParameterValue", f"No Environment found for EnvironmentId = '{answer['EnvironmentId']}'."):
        save(ApplicationName="other", EnvironmentId=answer["EnvironmentId"])


@pytest.mark.shows("CreateConfigurationTemplate", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({"ApplicationName": "nobody"}, "InvalidParameterValue", "No Application named 'nobody' found."),
        ({"TemplateName": "there"}, "InvalidParameterValue", "Configuration Template there already exists."),
        ({"SolutionStackName": "BeOS"}, "InvalidParameterValue", "No Solution Stack named 'BeOS' found."),
        ({"PlatformArn": "arn:x"}, "InvalidParameterValue", "No Platform named 'arn:x' found."),
        ({"SolutionStackName": STACK, "PlatformArn": PLATFORM}, "InvalidParameterCombination", TWICE),
        ({"SolutionStackName": ""}, "InvalidParameterCombination", NO_BASE),
        ({"SourceConfiguration": {}}, "InvalidParameterCombination", NO_BASE),
        ({"SourceConfiguration": {"TemplateName": "saved"}}, "InvalidParameterValue", NOT_THERE),
        (
            {"SourceConfiguration": {"ApplicationName": "nobody", "TemplateName": "there"}},
            "InvalidParameterValue",
            "No Application named 'nobody' found.",
        ),
        (
            {"SourceConfiguration": {"TemplateName": "there"}, "SolutionStackName": OTHER_STACK},
            "InvalidParameterCombination",
            MISMATCH,
        ),
        (
            {"SourceConfiguration": {"TemplateName": "there"}, "EnvironmentId": "e-aaaaaaaaaa"},
            "InvalidParameterCombination",
            MIXED,
        ),
        (
            {"EnvironmentId": "e-aaaaaaaaaa"},
            "InvalidParameterValue",
            "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'.",
        ),
        (
            {"OptionSettings": [option(GROUP, "Minimum", "1")]},
            "ConfigurationValidationException",
            f"Configuration validation exception: Invalid option specification (Namespace: '{GROUP}', "
            f"OptionName: 'Minimum'): {UNKNOWN}",
        ),
        (
            {"OptionSettings": [option(GROUP, "MinSize", "9")]},
            "ConfigurationValidationException",
            "Configuration validation exception: MinSize is greater than MaxSize",
        ),
        (
            {"OptionSettings": [option("aws:autoscaling:scheduledaction", "MinSize", "1")]},
            "InvalidParameterValue",
            "The scheduled action name cannot be blank.",
        ),
        (
            {"Tags": [{"Key": str(number), "Value": "x"} for number in range(51)]},
            "TooManyTagsException",
            "The number of tags exceeds the limit of 50.",
        ),
        ({"TemplateName": "a/b"}, "ValidationError", PATTERN),
    ],
)
def test_what_cannot_be_saved(shop, save, refused, parameters, code, sentence):
    save("there")
    before, parameters = shop.events(), dict(parameters)
    with refused(code, sentence):
        save(parameters.pop("TemplateName", "saved"), **parameters)
    assert shop.events() == before


@pytest.mark.shows("CreateConfigurationTemplate", "errors")
def test_there_is_room_for_so_many_in_a_region(shop, save, refused, monkeypatch):
    fewer = replace(shop.catalog.quotas, configuration_templates=2)
    monkeypatch.setitem(shop.catalog.__dict__, "quotas", fewer)
    shop.client.create_application(ApplicationName="other")
    save("first")
    save("second", ApplicationName="other")
    with refused(
        "TooManyConfigurationTemplatesException",
        "You cannot have more than 2 Configuration Templates. Either remove some Configuration Templates or request a "
        "limit increase.",
    ):
        save("third")
    shop.client.delete_configuration_template(ApplicationName="other", TemplateName="second")
    save("third")


@pytest.mark.shows("CreateConfigurationTemplate", "states")
@pytest.mark.shows("UpdateConfigurationTemplate", "states")
@pytest.mark.shows("DeleteConfigurationTemplate", "states")
def test_nothing_is_saved_in_an_application_on_its_way_out(shop, launch, save, refused):
    save()
    launch("web1", OptionSettings=[SINGLE])
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    being_deleted = (
        "InvalidParameterValue",
        "Application named shop is in an invalid state for this operation. It is currently pending deletion.",
    )
    with refused(*being_deleted):
        save("second")
    with refused(*being_deleted):
        shop.client.update_configuration_template(ApplicationName="shop", TemplateName="saved", Description="x")
    with refused(*being_deleted):
        shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved")


@pytest.mark.shows("CreateConfigurationTemplate", "states")
def test_what_an_update_has_not_deployed_yet_is_not_saved(shop, launch, save):
    answer = launch("web1", OptionSettings=[SINGLE, option(PROPERTIES, "COLOUR", "blue")])
    green = [option(PROPERTIES, "COLOUR", "green")]
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=green)
    save(EnvironmentId=answer["EnvironmentId"])
    assert value(describe_template(shop), PROPERTIES, "COLOUR") == "blue"


@pytest.mark.shows("UpdateConfigurationTemplate", "success")
def test_a_saved_configuration_is_changed_and_its_environments_are_not(shop, create, save):
    reply = save(OptionSettings=[option(COMMAND, "Timeout", "900"), option(COMMAND, "BatchSize", "30")])
    create("web1", TemplateName="saved")
    shop.advance(60)
    answer = shop.client.update_configuration_template(
        ApplicationName="shop",
        TemplateName="saved",
        Description="slower",
        OptionSettings=[option(COMMAND, "Timeout", "1200"), option(PROPERTIES, "COLOUR", "blue")],
        OptionsToRemove=[option(COMMAND, "BatchSize")],
    )
    assert answer.pop("ResponseMetadata")
    expected = {key: value for key, value in reply.items() if key != "ResponseMetadata"} | {"Description": "slower"}
    assert answer == expected | {"DateUpdated": answer["DateUpdated"]}
    assert answer["DateUpdated"] > answer["DateCreated"]
    template = describe_template(shop)
    assert [value(template, COMMAND, name) for name in ("Timeout", "BatchSize")] == ["1200", "100"]
    of_web1 = shop.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="web1")
    assert value(of_web1["ConfigurationSettings"][0], COMMAND, "Timeout") == "900"
    cleared = shop.client.update_configuration_template(ApplicationName="shop", TemplateName="saved", Description="")
    assert "Description" not in cleared


@pytest.mark.parametrize("resource", ["AWSEBAutoScalingGroup", None])
def test_an_option_with_its_default_resource_is_the_same_option(shop, save, resource):
    save(OptionSettings=[option(GROUP, "MinSize", "2")])
    shop.client.update_configuration_template(
        ApplicationName="shop", TemplateName="saved", OptionSettings=[option(GROUP, "MinSize", "3", resource)]
    )
    assert value(describe_template(shop), GROUP, "MinSize") == "3"
    shop.client.update_configuration_template(
        ApplicationName="shop", TemplateName="saved", OptionsToRemove=[option(GROUP, "MinSize", None, resource)]
    )
    assert value(describe_template(shop), GROUP, "MinSize") == "1"


@pytest.mark.shows("UpdateConfigurationTemplate", "errors")
@pytest.mark.shows("DeleteConfigurationTemplate", "errors")
@pytest.mark.parametrize("call", ["update_configuration_template", "delete_configuration_template"])
def test_only_what_is_there_can_be_changed_or_deleted(shop, save, refused, call):
    ask = getattr(shop.client, call)
    with refused("InvalidParameterValue", "No Application named 'nobody' found."):
        ask(ApplicationName="nobody", TemplateName="saved")
    with refused("InvalidParameterValue", NOT_THERE):
        ask(ApplicationName="shop", TemplateName="saved")
    with refused("ValidationError", PATTERN):
        ask(ApplicationName="shop", TemplateName="a/b")


@pytest.mark.shows("UpdateConfigurationTemplate", "errors")
def test_a_change_must_be_valid_with_what_is_there(shop, save, refused):
    save(OptionSettings=[option(GROUP, "MaxSize", "2")])
    before = describe_template(shop)
    with refused(
        "ConfigurationValidationException", "Configuration validation exception: MinSize is greater than MaxSize"
    ):
        shop.client.update_configuration_template(
            ApplicationName="shop", TemplateName="saved", OptionSettings=[option(GROUP, "MinSize", "3")]
        )
    with refused(
        "ConfigurationValidationException",
        f"Configuration validation exception: Invalid option specification (Namespace: '{GROUP}', OptionName: ''): "
        f"{UNKNOWN}",
    ):
        shop.client.update_configuration_template(
            ApplicationName="shop", TemplateName="saved", OptionSettings=[{"Namespace": GROUP, "Value": "3"}]
        )
    assert describe_template(shop) == before


@pytest.mark.shows("DeleteConfigurationTemplate", "success")
def test_a_saved_configuration_is_deleted_and_its_environments_stay(shop, create, save, refused):
    save()
    create("web1", TemplateName="saved")
    answer = shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved")
    assert answer.keys() == {"ResponseMetadata"}
    with refused("InvalidParameterValue", NOT_THERE):
        describe_template(shop)
    (environment,) = shop.client.describe_environments()["Environments"]
    assert environment["TemplateName"] == "saved"
    save(Description="anew")


def test_events_of_a_saved_configuration_bear_its_name(shop, save):
    save("other")
    save()
    shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved")
    assert rows_by(shop, TemplateName="saved") == [
        ("deleteConfigurationTemplate completed successfully.", "saved"),
        ("Deleted Configuration Template: saved", "saved"),
        ("deleteConfigurationTemplate is starting.", "saved"),
        ("createConfigurationTemplate completed successfully.", "saved"),
        ("Created new Configuration Template: saved", "saved"),
        ("createConfigurationTemplate is starting.", "saved"),
    ]
    assert len(rows_by(shop, ApplicationName="shop", TemplateName="other")) == 3
    assert rows_by(shop, ApplicationName="other", TemplateName="other") == []


def test_its_arn_and_its_tags_are_kept(shop, save):
    save(Tags=[{"Key": "team", "Value": "blue"}])
    (template,) = shop.store.world("123456789012", "us-east-1").templates()
    assert template.tags == {"team": "blue"}
    arn = "arn:aws:elasticbeanstalk:us-east-1:123456789012:configurationtemplate/shop/saved"
    assert template.configuration_template_arn == arn


def test_two_thousand_saved_configurations(shop, save, refused):
    answer = save("saved-0000", OptionSettings=[option(COMMAND, "Timeout", "900")])
    home = shop.store.world("123456789012", "us-east-1")
    (first,) = home.templates()
    others = tuple(replace(first, template_name=f"saved-{number:04}", generation=0) for number in range(1, 2000))
    for start in range(0, len(others), 500):
        home.commit(Change(puts=others[start : start + 500]))
    assert [template.template_name for template in home.templates()] == [f"saved-{number:04}" for number in range(2000)]
    described = describe_template(shop, "saved-1999")
    assert (described["DateCreated"], value(described, COMMAND, "Timeout")) == (answer["DateCreated"], "900")
    with refused(
        "TooManyConfigurationTemplatesException",
        "You cannot have more than 2000 Configuration Templates. Either remove some Configuration Templates or request "
        "a limit increase.",
    ):
        save("one-more")
    shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved-1000")
    save("one-more")
