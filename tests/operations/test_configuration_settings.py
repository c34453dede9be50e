"""What is shown of settings: of environments with their drafts, and of saved configurations."""

import pytest
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from environments import STACK
from operations.descriptions import settings, value
from operations.flat import ask
from options import ALB, COMMAND, PROPERTIES, SINGLE, option

PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
NOT_HERE = "No Environment found for EnvironmentName = 'web1'."
SHAPE = "No Application named 'nobody' found."


def change(world, **members):
    """The environment as its engine would leave it."""
    home = world.store.world("123456789012", "us-east-1")
    home.commit(Change(puts=(replace(home.environment_named("web1"), **members),)))


def failed(world, colour):
    """A draft that could not be deployed."""
    stored_settings = world.store.world("123456789012", "us-east-1").environment_named("web1").settings
    change(
        world,
        failed_settings=tuple(
            replace(setting, value=colour) if setting.namespace == PROPERTIES else setting
            for setting in stored_settings
        ),
    )


def clear(world, **more):
    parameters = {"ApplicationName": "shop", "EnvironmentName": "web1"} | more
    return world.client.delete_environment_configuration(**parameters)


@pytest.mark.shows("DescribeConfigurationSettings", "success")
def test_what_is_said_of_an_environment(shop, launch):
    launch("web1", Description="front", OptionSettings=[SINGLE])
    (configuration,) = settings(shop)
    assert configuration["DateCreated"].microsecond == configuration["DateUpdated"].microsecond == 0
    assert {
        key: value
        for key, value in configuration.items()
        if key not in ("OptionSettings", "DateCreated", "DateUpdated")
    } == {
        "SolutionStackName": STACK,
        "PlatformArn": PLATFORM,
        "ApplicationName": "shop",
        "EnvironmentName": "web1",
        "Description": "front",
        "DeploymentStatus": "deployed",
    }
    by_wire = ask(shop, "DescribeConfigurationSettings", ApplicationName="shop", EnvironmentName="web1")
    assert by_wire["ConfigurationSettings"][0]["Tier"] == {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
    for row in configuration["OptionSettings"]:
        assert {"Namespace", "OptionName"} <= row.keys() <= {"Namespace", "OptionName", "Value", "ResourceName"}
    group = next(setting for setting in configuration["OptionSettings"] if setting["OptionName"] == "MinSize")
    assert group == option("aws:autoscaling:asg", "MinSize", "1") | {"ResourceName": "AWSEBAutoScalingGroup"}


@pytest.mark.shows("DescribeConfigurationSettings", "success")
def test_options_are_shown_as_they_were_written(shop, launch):
    single = [option("aws:elasticbeanstalk:environment", "EnvironmentType", "singleinstance")]
    single += [option(COMMAND, "IgnoreHealthCheck", "True"), option(PROPERTIES, "EMPTY", "")]
    launch("web1", OptionSettings=single)
    for setting in single:
        assert value(settings(shop)[0], setting["Namespace"], setting["OptionName"]) == setting["Value"]


def test_a_password_is_not_shown(shop, create):
    create("web1", OptionSettings=[option("aws:rds:dbinstance", "DBPassword", "correct horse")])
    (configuration,) = settings(shop)
    assert value(configuration, "aws:rds:dbinstance", "DBPassword") == "******"
    assert value(configuration, "aws:rds:dbinstance", "DBUser") == "ebroot"
    create("web2")
    keys = {(setting["Namespace"], setting["OptionName"]) for setting in settings(shop, "web2")[0]["OptionSettings"]}
    assert ("aws:rds:dbinstance", "DBPassword") not in keys


@pytest.mark.shows("DescribeConfigurationSettings", "states")
@pytest.mark.shows("DescribeConfigurationSettings", "success")
def test_a_draft_is_pending_while_an_update_runs(shop, launch):
    launch("web1", OptionSettings=[SINGLE, option(PROPERTIES, "COLOUR", "blue")])
    failed(shop, "red")
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[option(PROPERTIES, "COLOUR", "green")])
    drafts = [(setting["DeploymentStatus"], value(setting, PROPERTIES, "COLOUR")) for setting in settings(shop)]
    assert drafts == [("deployed", "blue"), ("pending", "green")]
    shop.until_ready("web1")
    drafts = [(setting["DeploymentStatus"], value(setting, PROPERTIES, "COLOUR")) for setting in settings(shop)]
    assert drafts == [("deployed", "green")]


@pytest.mark.shows("DescribeConfigurationSettings", "states")
def test_a_new_version_is_no_draft(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed"]


@pytest.mark.shows("DeleteEnvironmentConfiguration", "success")
@pytest.mark.shows("DescribeConfigurationSettings", "success")
def test_a_failed_draft_stays_until_it_is_deleted(shop, launch):
    launch("web1", OptionSettings=[SINGLE, option(PROPERTIES, "COLOUR", "blue")])
    failed(shop, "red")
    drafts = [(setting["DeploymentStatus"], value(setting, PROPERTIES, "COLOUR")) for setting in settings(shop)]
    assert drafts == [("deployed", "blue"), ("failed", "red")]
    before = shop.events()
    assert clear(shop).keys() == {"ResponseMetadata"}
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed"]
    assert clear(shop).keys() == {"ResponseMetadata"}
    assert shop.events() == before


@pytest.mark.shows("DeleteEnvironmentConfiguration", "success")
def test_a_draft_that_fails_on_the_instances_is_kept(shop, launch):
    launch("web1", OptionSettings=[SINGLE, option(PROPERTIES, "COLOUR", "blue")])
    fault = {"what": "command-fails", "where": {"environment": "web1"}, "times": 1}
    assert shop.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault).status_code == 201
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[option(PROPERTIES, "COLOUR", "red")])
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed", "pending"]
    shop.until_ready("web1")
    drafts = [(setting["DeploymentStatus"], value(setting, PROPERTIES, "COLOUR")) for setting in settings(shop)]
    assert drafts == [("deployed", "blue"), ("failed", "red")]
    clear(shop)
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed"]


@pytest.mark.shows("DeleteEnvironmentConfiguration", "states")
def test_deleting_a_draft_stops_no_update(shop, launch):
    launch("web1", OptionSettings=[SINGLE, option(PROPERTIES, "COLOUR", "blue")])
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[option(PROPERTIES, "COLOUR", "green")])
    clear(shop)
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed", "pending"]
    shop.until_ready("web1")
    assert value(settings(shop)[0], PROPERTIES, "COLOUR") == "green"


@pytest.mark.shows("DeleteEnvironmentConfiguration", "states")
@pytest.mark.shows("DescribeConfigurationSettings", "states")
def test_a_terminated_environment_has_no_configuration(shop, launch, refused):
    launch("web1", OptionSettings=[SINGLE])
    shop.client.terminate_environment(EnvironmentName="web1")
    assert [setting["DeploymentStatus"] for setting in settings(shop)] == ["deployed"]
    clear(shop)
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", NOT_HERE):
        settings(shop)
    with refused("InvalidParameterValue", NOT_HERE):
        clear(shop)


@pytest.mark.shows("DeleteEnvironmentConfiguration", "states")
def test_no_draft_is_deleted_in_an_application_on_its_way_out(shop, launch, refused):
    launch("web1", OptionSettings=[SINGLE])
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    with refused(
        "InvalidParameterValue",
        "Application named shop is in an invalid state for this operation. It is currently pending deletion.",
    ):
        clear(shop)


@pytest.mark.shows("DeleteEnvironmentConfiguration", "errors")
def test_whose_draft_must_be_right(shop, create, refused):
    shop.client.create_application(ApplicationName="other")
    create("web1")
    with refused("InvalidParameterValue", SHAPE):
        clear(shop, ApplicationName="nobody")
    with refused("InvalidParameterValue", NOT_HERE):
        clear(shop, ApplicationName="other")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'nobody'."):
        clear(shop, EnvironmentName="nobody")


@pytest.mark.shows("DescribeConfigurationSettings", "errors")
def test_an_environment_is_found_in_its_own_application(shop, create, refused):
    shop.client.create_application(ApplicationName="other")
    create("web1")
    with refused("InvalidParameterValue", NOT_HERE):
        shop.client.describe_configuration_settings(ApplicationName="other", EnvironmentName="web1")


def test_the_options_to_be_shown_can_be_said(shop, create):
    create("web1", OptionSettings=[ALB])
    parameters = {"ApplicationName": "shop", "EnvironmentName": "web1"}
    one = [{"Namespace": COMMAND, "OptionName": "Timeout", "ResourceName": "Whatever"}]
    (configuration,) = ask(shop, "DescribeConfigurationSettings", **parameters, Options=one)["ConfigurationSettings"]
    assert [(setting["OptionName"], setting["Value"]) for setting in configuration["OptionSettings"]] == [
        ("Timeout", "600")
    ]
    (configuration,) = ask(shop, "DescribeConfigurationSettings", **parameters, Options=[{"Namespace": COMMAND}])[
        "ConfigurationSettings"
    ]
    assert [setting["OptionName"] for setting in configuration["OptionSettings"]] == [
        "BatchSize",
        "BatchSizeType",
        "DeploymentPolicy",
        "IgnoreHealthCheck",
        "Timeout",
    ]
    nothing = [option(COMMAND, "Nothing")]
    (configuration,) = ask(shop, "DescribeConfigurationSettings", **parameters, Options=nothing)[
        "ConfigurationSettings"
    ]
    assert configuration["OptionSettings"] == []
