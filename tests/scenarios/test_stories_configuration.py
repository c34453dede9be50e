"""The stories of saved configurations, and of environments that are made and updated with them."""

import pytest
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.options.definitions import OptionSetting
from environments import STACK
from options import SINGLE

BLUE = {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "COLOUR", "Value": "blue"}


@pytest.fixture
def shop(beanstalk):
    """An application with a version, a saved configuration, and an environment made from it."""
    client = beanstalk.client
    client.create_application(ApplicationName="shop")
    client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    client.create_configuration_template(
        ApplicationName="shop", TemplateName="small", SolutionStackName=STACK, OptionSettings=[SINGLE]
    )
    return beanstalk


def test_a_saved_configuration_from_its_creation_to_its_deletion(shop, golden):
    names = {"ApplicationName": "shop", "TemplateName": "small"}
    shop.advance(60)
    shop.client.update_configuration_template(**names, OptionSettings=[BLUE])
    shop.advance(60)
    shop.client.delete_configuration_template(**names)
    golden("saved-configuration", [event for event in shop.events() if event.template_name == "small"])


def test_an_environment_from_a_saved_configuration(shop, golden):
    launched(shop)
    golden("launch-saved-configuration", shop.events("shop-web"))


def test_a_saved_configuration_applied(shop, golden):
    launched(shop)
    shop.client.create_configuration_template(
        ApplicationName="shop", TemplateName="blue", SolutionStackName=STACK, OptionSettings=[BLUE]
    )
    mark = shop.now
    shop.client.update_environment(EnvironmentName="shop-web", TemplateName="blue")
    shop.advance(300)
    golden("configure-saved-configuration", [event for event in shop.events("shop-web") if event.at >= mark])


def launched(shop):
    shop.client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", VersionLabel="v1", TemplateName="small"
    )
    shop.until_ready("shop-web")
    shop.advance(120)


def test_a_launch_whose_extensions_are_wrong(shop, golden):
    home = shop.store.world("123456789012", "us-east-1")
    nodejs = "aws:elasticbeanstalk:container:nodejs"
    wrong = (OptionSetting(nodejs, "NodeVersion", "18"), OptionSetting(nodejs, "NodeCommand", "npm start"))
    home.commit(Change(puts=(replace(home.application_version("shop", "v1"), extensions=wrong),)))
    shop.client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", VersionLabel="v1", SolutionStackName=STACK
    )
    shop.until("shop-web", "Terminated")
    golden("fail-launch-extensions", shop.events("shop-web"))


def test_a_version_whose_extensions_are_wrong(shop, golden):
    launched(shop)
    shop.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    home = shop.store.world("123456789012", "us-east-1")
    wrong = (OptionSetting("aws:elasticbeanstalk:command", "Nonsense", "1"),)
    home.commit(Change(puts=(replace(home.application_version("shop", "v2"), extensions=wrong),)))
    mark = shop.now
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(300)
    golden("deploy-wrong-extensions", [event for event in shop.events("shop-web") if event.at >= mark])
