"""Saved configurations where an object store is configured: what lies there, and what is read of it."""

import pytest
import yaml
from msgspec.structs import replace

from beanpole.files.object_store import Unreadable
from beanpole.model.changes.change import Change
from beanpole.tables import limits
from environments import STACK
from operations.flat import ask
from options import COMMAND, option

BUCKET, KEY = "elasticbeanstalk-us-east-1-123456789012", "resources/templates/shop/saved"
PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
FROM_A_FILE = f"""
EnvironmentConfigurationMetadata: {{Description: From a file, DateCreated: '1520633151000'}}
Platform: {{PlatformArn: '{PLATFORM}'}}
OptionSettings:
  {COMMAND}: {{Timeout: 900}}
EnvironmentTier: {{Name: Worker, Type: SQS/HTTP}}
Tags: {{team: blue}}
"""
MAY_NOT = (
    "You do not have permission to perform the '{action}' action. Verify that your S3 policies and your ACLs allow "
    "you to perform these actions."
)


@pytest.fixture
def shop(shop_with_objects):
    """A shop with an object store."""
    return shop_with_objects


def save(world, *options, **more):
    more.setdefault("SolutionStackName", STACK)
    parameters = {"ApplicationName": "shop", "TemplateName": "saved", "OptionSettings": list(options)}
    return world.client.create_configuration_template(**parameters, **more)


def timeout(seconds):
    return option(COMMAND, "Timeout", seconds)


def describe_template(world):
    parameters = {"ApplicationName": "shop", "TemplateName": "saved"}
    (configuration,) = world.client.describe_configuration_settings(**parameters)["ConfigurationSettings"]
    return configuration


def shown_timeout(matches):
    return next(
        setting["Value"]
        for setting in matches["OptionSettings"]
        if setting["OptionName"] == "Timeout" and "command" in str(setting)
    )


def lying(world):
    return yaml.safe_load(world.objects.read(BUCKET, KEY))


def put(world, text):
    world.objects.write(BUCKET, KEY, text.encode())


@pytest.fixture
def forbid(shop, monkeypatch):
    """`forbid(method)` lets the object store refuse a method."""

    def forbid(method):
        def refuse(*_):
            raise Unreadable("Forbidden")

        monkeypatch.setattr(shop.objects, method, refuse)

    return forbid


def test_a_saved_configuration_is_an_object_for_eb_config_get(shop):
    answer = save(shop, timeout("900"), Description="slow")
    milliseconds = str(round(answer["DateCreated"].timestamp() * 1000))[:-3]
    saved = lying(shop)
    metadata = saved.pop("EnvironmentConfigurationMetadata")
    assert metadata["Description"] == "slow"
    assert metadata["DateCreated"] == metadata["DateModified"]
    assert metadata["DateCreated"][:-3] == milliseconds
    assert saved == {
        "Platform": {"PlatformArn": PLATFORM},
        "OptionSettings": {COMMAND: {"Timeout": "900"}},
        "EnvironmentTier": {"Name": "WebServer", "Type": "Standard"},
        "AWSConfigurationTemplateVersion": "1.1.0.0",
    }


def test_the_object_changes_and_goes_with_it(shop):
    save(shop, timeout("900"))
    names = {"ApplicationName": "shop", "TemplateName": "saved"}
    shop.client.update_configuration_template(**names, OptionSettings=[timeout("1200")], Description="slower")
    assert lying(shop)["OptionSettings"] == {COMMAND: {"Timeout": "1200"}}
    assert lying(shop)["EnvironmentConfigurationMetadata"]["Description"] == "slower"
    shop.client.delete_configuration_template(**names)
    with pytest.raises(Unreadable, match="Not Found"):
        lying(shop)


def test_what_eb_config_put_brings_is_what_counts(shop, refused):
    answer = save(shop)
    put(shop, FROM_A_FILE)
    template = describe_template(shop)
    assert (template["Description"], shown_timeout(template)) == ("From a file", "900")
    assert (template["DateCreated"], template["SolutionStackName"]) == (answer["DateCreated"], STACK)
    shop.client.update_configuration_template(ApplicationName="shop", TemplateName="saved", Description="mine")
    assert lying(shop)["OptionSettings"] == {COMMAND: {"Timeout": "900"}}
    assert lying(shop)["EnvironmentConfigurationMetadata"]["Description"] == "mine"
    put(shop, "OptionSettings: {aws:autoscaling:asg: {MinSize: 9}}")
    template = ask(
        shop,
        "ValidateConfigurationSettings",
        ApplicationName="shop",
        TemplateName="saved",
        TemplateSpecification={"TemplateSource": {"PlatformArn": PLATFORM}},
    )
    assert [message["Message"] for message in template["Messages"]] == ["MinSize is greater than MaxSize"]
    with refused("InvalidParameterValue", "Unable to determine base for template pack (no solution stack)"):
        shop.client.validate_configuration_settings(ApplicationName="shop", TemplateName="saved", OptionSettings=[])


def test_an_environment_may_be_made_from_an_object_that_nobody_created(shop):
    put(shop, FROM_A_FILE)
    answer = shop.client.create_environment(ApplicationName="shop", EnvironmentName="jobs", TemplateName="saved")
    assert (answer["TemplateName"], answer["Tier"]["Name"]) == ("saved", "Worker")
    parameters = {"ApplicationName": "shop", "EnvironmentName": "jobs"}
    (configuration,) = shop.client.describe_configuration_settings(**parameters)["ConfigurationSettings"]
    assert shown_timeout(configuration) == "900"
    environment = shop.store.world("123456789012", "us-east-1").environment_named("jobs")
    assert environment.tags["team"] == "blue"
    configuration = describe_template(shop)
    assert configuration["DateCreated"].year == configuration["DateUpdated"].year == 2018
    shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved")
    with pytest.raises(Unreadable, match="Not Found"):
        lying(shop)


def test_an_object_that_is_lost_leaves_what_was_created(shop):
    save(shop, timeout("900"))
    shop.objects.delete(BUCKET, KEY)
    assert shown_timeout(describe_template(shop)) == "900"


@pytest.mark.shows("DescribeConfigurationSettings", "errors")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("OptionSettings: 3", "The contents of the configuration template are not valid: OptionSettings must be a map"),
        ("SolutionStack: BeOS", "No Solution Stack named 'BeOS' found."),
        ("EnvironmentTier: {Name: Oak}", "Environment tier definition not found"),
    ],
)
def test_an_object_that_is_no_saved_configuration(shop, refused, text, sentence):
    save(shop)
    put(shop, text)
    with refused("InvalidParameterValue", sentence):
        describe_template(shop)


@pytest.mark.shows("DescribeConfigurationSettings", "errors")
def test_a_saved_configuration_outlives_its_platform_but_is_of_no_use(shop, refused):
    """It is listed and can be deleted; whatever needs to know its platform says so, as Terraform reads it."""
    save(shop, timeout("900"))
    world, retired = shop.store.world("123456789012", "us-east-1"), PLATFORM.replace("4.13.7", "4.0.0")
    template = world.template("shop", "saved")
    stack = STACK.replace("4.13.7", "4.0.0")
    world.commit(Change(puts=(replace(template, solution_stack_name=stack, platform_arn=retired),)))
    put(shop, f"Platform: {{PlatformArn: '{retired}'}}\nOptionSettings: {{{COMMAND}: {{Timeout: 800}}}}")
    names = {"ApplicationName": "shop", "TemplateName": "saved"}
    for call, more in (
        ("describe_configuration_settings", {}),
        ("update_configuration_template", {"Description": "slower"}),
        ("validate_configuration_settings", {"OptionSettings": []}),
        ("create_environment", {"EnvironmentName": "web1"}),
    ):
        with refused("InvalidParameterValue", f"No Platform named '{retired}' found."):
            getattr(shop.client, call)(**names, **more)
    assert shop.client.describe_applications()["Applications"][0]["ConfigurationTemplates"] == ["saved"]
    shop.client.delete_configuration_template(**names)
    assert shop.client.describe_applications()["Applications"][0]["ConfigurationTemplates"] == []


@pytest.mark.shows("DeleteConfigurationTemplate", "success")
@pytest.mark.parametrize("text", ["{{{", "SolutionStack: BeOS"])
@pytest.mark.parametrize("created", [True, False])
def test_an_object_that_is_no_saved_configuration_can_be_deleted(shop, refused, text, created):
    if created:
        save(shop)
    put(shop, text)
    names = {"ApplicationName": "shop", "TemplateName": "saved"}
    shop.client.delete_configuration_template(**names)
    with refused("InvalidParameterValue", "No Configuration Template named 'shop/saved' found."):
        describe_template(shop)
    with refused("InvalidParameterValue", "No Configuration Template named 'shop/saved' found."):
        shop.client.delete_configuration_template(**names)


@pytest.mark.shows("DeleteApplication", "success")
def test_objects_go_with_their_application(shop, refused):
    save(shop)
    shop.client.delete_application(ApplicationName="shop")
    shop.client.create_application(ApplicationName="shop")
    with refused("InvalidParameterValue", "No Configuration Template named 'shop/saved' found."):
        describe_template(shop)


@pytest.mark.shows("DeleteApplication", "success")
def test_objects_that_nobody_created_go_with_their_application(shop):
    put(shop, FROM_A_FILE)
    shop.objects.write(BUCKET, "resources/templates/shopping/saved", b"another's")
    shop.client.delete_application(ApplicationName="shop")
    assert shop.objects.keys(BUCKET, "resources/templates/") == ("resources/templates/shopping/saved",)


@pytest.mark.shows("DeleteApplication", "success")
def test_objects_go_with_their_application_by_force(shop):
    save(shop)
    shop.client.create_environment(ApplicationName="shop", EnvironmentName="web1", TemplateName="saved")
    shop.until_ready("web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    with pytest.raises(Unreadable, match="Not Found"):
        lying(shop)
    shop.until("web1", "Terminated")
    shop.advance(10)
    assert shop.client.describe_applications()["Applications"] == []


@pytest.mark.shows("DeleteApplication", "errors")
def test_an_application_stays_with_what_may_not_be_deleted(shop, forbid, refused):
    save(shop)
    for method, action in (("delete", "s3:DeleteObject"), ("keys", "s3:ListBucket")):
        forbid(method)
        with refused("InsufficientPrivilegesException", MAY_NOT.format(action=action)):
            shop.client.delete_application(ApplicationName="shop")
    assert describe_template(shop)["TemplateName"] == "saved"


@pytest.mark.shows("DeleteApplication", "errors")
def test_an_application_that_stays_keeps_its_objects(shop, refused):
    save(shop)
    shop.client.create_environment(ApplicationName="shop", EnvironmentName="web1", TemplateName="saved")
    with refused("InvalidParameterValue", "Unable to delete application shop because it has existing environments."):
        shop.client.delete_application(ApplicationName="shop")
    assert lying(shop)["OptionSettings"] == {}


@pytest.mark.shows("CreateConfigurationTemplate", "errors")
@pytest.mark.parametrize(("method", "action"), [("make_bucket", "s3:CreateBucket"), ("write", "s3:PutObject")])
def test_where_nothing_may_be_written_nothing_is_saved(shop, forbid, refused, method, action):
    forbid(method)
    with refused("InsufficientPrivilegesException", MAY_NOT.format(action=action)):
        save(shop)
    assert shop.store.world("123456789012", "us-east-1").templates() == ()


@pytest.mark.shows("UpdateConfigurationTemplate", "errors")
@pytest.mark.shows("DescribeConfigurationSettings", "errors")
@pytest.mark.shows("ValidateConfigurationSettings", "errors")
def test_where_nothing_may_be_read_nothing_is_known(shop, forbid, refused):
    save(shop)
    forbid("read")
    names = {"ApplicationName": "shop", "TemplateName": "saved"}
    for call, more in (
        ("describe_configuration_settings", {}),
        ("update_configuration_template", {}),
        ("validate_configuration_settings", {"OptionSettings": []}),
    ):
        with refused("InsufficientPrivilegesException", MAY_NOT.format(action="s3:GetObject")):
            getattr(shop.client, call)(**names, **more)


@pytest.mark.shows("DeleteConfigurationTemplate", "errors")
def test_where_nothing_may_be_deleted_it_stays(shop, forbid, refused):
    save(shop)
    forbid("delete")
    with refused("InsufficientPrivilegesException", MAY_NOT.format(action="s3:DeleteObject")):
        shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved")
    assert describe_template(shop)["TemplateName"] == "saved"


@pytest.mark.shows("DeleteConfigurationTemplate", "errors")
def test_what_may_not_be_looked_for_is_not_deleted(shop, forbid, refused):
    forbid("size")
    with refused("InsufficientPrivilegesException", MAY_NOT.format(action="s3:GetObject")):
        shop.client.delete_configuration_template(ApplicationName="shop", TemplateName="saved")


def test_an_object_that_is_too_long_is_not_read(shop, refused, forbid, monkeypatch):
    """Whoever can write to the bucket can write an object of any length there."""
    monkeypatch.setattr(shop.objects, "size", lambda *_: limits.most("saved_configuration") + 1)
    forbid("read")
    reason = limits.sentence("saved_configuration")
    with refused("InvalidParameterValue", f"The contents of the configuration template are not valid: {reason}"):
        describe_template(shop)
