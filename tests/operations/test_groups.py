"""Groups of environments: which environment a group and a version name, and what a group needs."""

import pytest

from environments import STACK, describe
from operations.compositions import NO_MANIFEST, WORKER, compose, property_of, statuses
from options import PROPERTIES, option


@pytest.mark.shows("CreateEnvironment", "errors")
def test_a_group_alone_names_an_environment_only_where_a_manifest_does(shop, refused):
    unknown = "no object store is configured, so source bundles are not looked into"
    with refused("InvalidParameterValue", NO_MANIFEST.format("v1", unknown)):
        shop.client.create_environment(ApplicationName="shop", GroupName="dev", VersionLabel="v1")
    with refused("InvalidParameterValue", NO_MANIFEST.format("Sample Application", unknown)):
        shop.client.create_environment(ApplicationName="shop", GroupName="dev", SolutionStackName=STACK)


@pytest.mark.shows("UpdateEnvironment", "success")
def test_a_group_and_a_version_name_the_environment_to_update(shop, group, bundled):
    compose(shop, "back")
    shop.until_ready("back-dev")
    bundled("back2", "back+", options=[(PROPERTIES, "COLOUR", "blue"), (PROPERTIES, "SHAPE", "round")])
    answer = shop.client.update_environment(
        ApplicationName="shop",
        GroupName="dev",
        VersionLabel="back2",
        OptionSettings=[option(PROPERTIES, "SHAPE", "square")],
    )
    assert (answer["EnvironmentName"], answer["Status"]) == ("back-dev", "Updating")
    shop.until_ready("back-dev")
    assert describe(shop, "back-dev")["VersionLabel"] == "back2"
    assert property_of(shop, "back-dev", "COLOUR") == "blue"
    assert property_of(shop, "back-dev", "SHAPE") == "square"


@pytest.mark.shows("UpdateEnvironment", "success")
def test_an_update_of_a_member_of_a_group_renews_its_links(shop, group, bundled, launch):
    compose(shop, "front", "back", "jobs")
    shop.until_ready("front-dev")
    launch("mail")
    bundled("front2", "front+", links={"MAIL": "mail"})
    shop.client.update_environment(ApplicationName="shop", GroupName="dev", VersionLabel="front2")
    shop.until("front-dev", "LinkingFrom")
    assert statuses(shop)["mail"] == "LinkingTo"
    shop.until_ready("front-dev")
    after = describe(shop, "front-dev")
    links = [{"LinkName": "MAIL", "EnvironmentName": "mail"}]
    assert (after["VersionLabel"], after["EnvironmentLinks"]) == ("front2", links)
    assert property_of(shop, "front-dev", "MAIL") == describe(shop, "mail")["CNAME"]
    shop.client.update_environment(EnvironmentName="front-dev", VersionLabel="front")
    shop.advance(10)
    assert statuses(shop)["mail"] == "Ready"
    shop.until_ready("front-dev")
    assert describe(shop, "front-dev")["EnvironmentLinks"] == links


@pytest.mark.shows("UpdateEnvironment", "errors")
def test_an_update_of_a_member_of_a_group_links_to_nobody_who_is_not_there(shop, group, bundled, refused):
    compose(shop, "back")
    shop.until_ready("back-dev")
    bundled("back2", "back+", links={"MAIL": "mail"})
    bundled("back3", "back+", links={"SELF": "back+"})
    for label, sentence in (
        ("back2", "No Environment found for EnvironmentName = 'mail'."),
        ("back3", "Environment links must not form a circle: back-dev, back-dev"),
    ):
        with refused("InvalidParameterValue", sentence):
            shop.client.update_environment(ApplicationName="shop", GroupName="dev", VersionLabel=label)
    assert describe(shop, "back-dev")["VersionLabel"] == "back"


@pytest.mark.shows("UpdateEnvironment", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({}, "MissingRequiredParameter", "ApplicationName must be specified."),
        ({"ApplicationName": "none"}, "InvalidParameterValue", "No Application named 'none' found."),
        (
            {"ApplicationName": "shop", "VersionLabel": "jobs"},
            "InvalidParameterValue",
            "No Environment found for EnvironmentName = 'jobs-dev'.",
        ),
        (
            {"ApplicationName": "shop", "VersionLabel": "v1"},
            "InvalidParameterValue",
            NO_MANIFEST.format("v1", "no object store is configured, so source bundles are not looked into"),
        ),
        (
            {"ApplicationName": "shop", "VersionLabel": "worker"},
            "InvalidParameterValue",
            "Cannot change environment tier",
        ),
    ],
)
def test_a_group_names_no_environment_without_its_manifest(shop, group, bundled, refused, parameters, code, sentence):
    compose(shop, "back")
    shop.until_ready("back-dev")
    bundled("worker", "back+", tier=WORKER)
    with refused(code, sentence):
        shop.client.update_environment(GroupName="dev", **parameters)


@pytest.mark.shows("ComposeEnvironments", "errors")
def test_where_there_is_an_object_store_a_bundle_may_still_have_no_manifest(beanstalk_with_objects, refused):
    world = beanstalk_with_objects
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1", AutoCreateApplication=True)
    with refused("InvalidParameterValue", NO_MANIFEST.format("v1", "the source bundle has none")):
        compose(world, "v1")


@pytest.mark.shows("ComposeEnvironments", "errors")
def test_a_group_needs_room(shop, group, refused, limited, create):
    limited(environments=3)
    create("web1")
    sentence = "You cannot have more than 3 Environments. Either remove some Environments or request a limit increase."
    with refused("TooManyEnvironmentsException", sentence):
        compose(shop, "front", "back", "jobs")
    compose(shop, "back", "jobs")


@pytest.mark.shows("ComposeEnvironments", "states")
def test_a_member_that_is_busy_leaves_the_whole_group_as_it_is(shop, group, refused):
    sentence = "Environment named back-dev is in an invalid state for this operation. Must be Ready."
    compose(shop, "back", "jobs")
    with refused("InvalidParameterValue", sentence):
        compose(shop, "back")
    shop.until_ready("back-dev")
    shop.until_ready("jobs-dev")
    shop.client.terminate_environment(EnvironmentName="back-dev")
    with refused("InvalidParameterValue", sentence):
        compose(shop, "jobs", "back")
    assert statuses(shop)["jobs-dev"] == "Ready"
    shop.until("back-dev", "Terminated")
    compose(shop, "back")
    assert describe(shop, "back-dev")["Status"] == "Launching"


@pytest.mark.shows("ComposeEnvironments", "states")
def test_an_application_that_is_going_takes_no_group(shop, group, refused):
    compose(shop, "back")
    shop.until_ready("back-dev")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    sentence = "Application named shop is in an invalid state for this operation. It is currently pending deletion."
    with refused("InvalidParameterValue", sentence):
        compose(shop, "jobs")
