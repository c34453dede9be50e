"""The object store and a call that loses a race: what is refused has changed no object.

A rival's call is answered between the first call's checks and its commit, so that this one conflicts and is tried anew.
"""

import pytest

from beanpole.files.object_store import Unreadable
from beanpole.model.changes.change import Change
from beanpole.model.changes.objects import Put, Remove
from beanpole.store.world import World
from beanpole.testing import ACCOUNT, REGION
from environments import STACK

BUCKET, KEY = "elasticbeanstalk-us-east-1-123456789012", "resources/templates/shop/saved"
NAMES = {"ApplicationName": "shop", "TemplateName": "saved"}
EXISTS = "Configuration Template saved already exists."
NO_TEMPLATE = "No Configuration Template named 'shop/saved' found."


@pytest.fixture
def shop(shop_with_objects):
    """A shop with an object store."""
    return shop_with_objects


@pytest.fixture
def meanwhile(monkeypatch):
    """`meanwhile(call)` lets a rival's call be answered in front of the next commit."""
    commit, rivals = World.commit, []

    def late(world, change):
        if rivals:
            rivals.pop()()
        commit(world, change)

    monkeypatch.setattr(World, "commit", late)
    return rivals.append


def size(least):
    return [{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": least}]


def save(world, least):
    world.client.create_configuration_template(**NAMES, SolutionStackName=STACK, OptionSettings=size(least))


def change(world, least):
    world.client.update_configuration_template(**NAMES, OptionSettings=size(least))


def described_size(world):
    (configuration,) = world.client.describe_configuration_settings(**NAMES)["ConfigurationSettings"]
    return next(option["Value"] for option in configuration["OptionSettings"] if option["OptionName"] == "MinSize")


def lying(world):
    return world.objects.read(BUCKET, KEY)


def messages_in(world):
    return [event.message for event in world.events()]


@pytest.mark.shows("CreateConfigurationTemplate", "errors")
def test_of_two_that_create_one_the_refused_one_writes_nothing(shop, refused, meanwhile):
    meanwhile(lambda: save(shop, "2"))
    with refused("InvalidParameterValue", EXISTS):
        save(shop, "3")
    assert described_size(shop) == "2"
    assert b"MinSize: '2'" in lying(shop)


@pytest.mark.shows("UpdateConfigurationTemplate", "success")
def test_of_two_that_update_one_the_last_to_commit_is_in_the_record_and_in_the_object(shop, meanwhile):
    save(shop, "1")
    meanwhile(lambda: change(shop, "2"))
    change(shop, "3")
    assert described_size(shop) == "3"
    assert b"MinSize: '3'" in lying(shop)
    shop.objects.delete(BUCKET, KEY)
    assert described_size(shop) == "3"


@pytest.mark.shows("UpdateConfigurationTemplate", "errors")
def test_an_update_that_a_deletion_is_faster_than_writes_nothing(shop, refused, meanwhile):
    save(shop, "1")
    meanwhile(lambda: shop.client.delete_configuration_template(**NAMES))
    with refused("InvalidParameterValue", NO_TEMPLATE):
        change(shop, "3")
    assert shop.objects.keys(BUCKET, "") == ()


@pytest.mark.shows("DeleteConfigurationTemplate", "errors")
def test_a_deletion_that_finds_no_application_any_more_deletes_no_object(shop, refused, meanwhile):
    """A client puts an object there once the application is gone: it is not the deletion's."""
    save(shop, "1")

    def rival():
        shop.client.delete_application(ApplicationName="shop")
        shop.objects.write(BUCKET, KEY, b"OptionSettings: {}")

    meanwhile(rival)
    with refused("InvalidParameterValue", "No Application named 'shop' found."):
        shop.client.delete_configuration_template(**NAMES)
    assert lying(shop) == b"OptionSettings: {}"


@pytest.mark.shows("DeleteConfigurationTemplate", "errors")
def test_of_two_deletions_only_one_is_answered(shop, refused, meanwhile):
    save(shop, "1")
    meanwhile(lambda: shop.client.delete_configuration_template(**NAMES))
    with refused("InvalidParameterValue", NO_TEMPLATE):
        shop.client.delete_configuration_template(**NAMES)
    assert messages_in(shop).count("deleteConfigurationTemplate completed successfully.") == 1


@pytest.mark.shows("DeleteApplication", "errors")
def test_an_application_that_an_environment_keeps_keeps_its_saved_configurations(shop, refused, meanwhile):
    save(shop, "2")
    meanwhile(
        lambda: shop.client.create_environment(ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK)
    )
    with refused("InvalidParameterValue", "Unable to delete application shop because it has existing environments."):
        shop.client.delete_application(ApplicationName="shop")
    assert described_size(shop) == "2"
    assert b"MinSize: '2'" in lying(shop)


@pytest.fixture
def refusing(shop, monkeypatch):
    """`refusing(method)` lets the object store refuse a method, after a rival's call if there is one."""

    def refusing(method, rival=lambda: None):
        answered = []

        def refuse(*_):
            if not answered:
                answered.append(rival())
            raise Unreadable("Forbidden")

        monkeypatch.setattr(shop.objects, method, refuse)

    return refusing


def test_a_call_that_the_object_store_refuses_leaves_record_and_log_as_they_were(shop, refusing):
    save(shop, "2")
    world = shop.store.world(ACCOUNT, REGION)
    before, lines = world.template("shop", "saved"), messages_in(shop)
    refusing("write")
    with pytest.raises(shop.client.exceptions.InsufficientPrivilegesException):
        change(shop, "3")
    template = world.template("shop", "saved")
    assert (template.settings, template.date_updated) == (before.settings, before.date_updated)
    assert messages_in(shop) == lines


def test_what_another_call_has_changed_since_is_not_put_back(shop, refusing):
    """Its label is given by a rival that writes no object, while the object store refuses the first."""
    save(shop, "2")
    arn = shop.store.world(ACCOUNT, REGION).template("shop", "saved").configuration_template_arn
    label = [{"Key": "team", "Value": "blue"}]
    refusing("write", lambda: shop.client.update_tags_for_resource(ResourceArn=arn, TagsToAdd=label))
    with pytest.raises(shop.client.exceptions.InsufficientPrivilegesException):
        change(shop, "3")
    template = shop.store.world(ACCOUNT, REGION).template("shop", "saved")
    assert template.tags == {"team": "blue"}


@pytest.mark.parametrize("expectation", [Put("bucket", "key", b""), Remove("bucket", "key")])
def test_the_store_carries_nothing_out_and_says_so(shop, expectation):
    """So what a worker commits, which knows no object store, cannot ask for an object."""
    with pytest.raises(ValueError, match="objects are carried out by the door"):
        shop.store.world(ACCOUNT, REGION).commit(Change(objects=(expectation,)))
