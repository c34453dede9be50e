"""Applications."""

import pytest

from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.changes.change import Change
from beanpole.testing import ACCOUNT, REGION
from environments import messages_of

ARN = "arn:aws:elasticbeanstalk:us-east-1:123456789012:application/shop"
ROLE = "arn:aws:iam::123456789012:role/service"
MEMBERS = {
    "ApplicationArn",
    "ApplicationName",
    "Description",
    "DateCreated",
    "DateUpdated",
    "ConfigurationTemplates",
    "ResourceLifecycleConfig",
}


@pytest.fixture
def with_template(shop):
    """The shop with a saved configuration, put where CreateConfigurationTemplate leaves it."""
    template = ConfigurationTemplate("shop", "saved", f"{ARN}/saved", shop.now, shop.now)
    shop.store.world(ACCOUNT, REGION).commit(Change(puts=(template,)))
    return shop


@pytest.mark.shows("CreateApplication", "success")
def test_a_new_application_has_no_versions_and_no_rules(beanstalk):
    tags = [{"Key": "team", "Value": "blue"}]
    application = beanstalk.client.create_application(ApplicationName="shop", Description="sells", Tags=tags)[
        "Application"
    ]
    assert application.keys() == MEMBERS
    assert (application["ApplicationName"], application["ApplicationArn"], application["Description"]) == (
        "shop",
        ARN,
        "sells",
    )
    assert application["DateCreated"] == application["DateUpdated"]
    assert application["ConfigurationTemplates"] == []
    assert "Versions" not in application
    assert "ServiceRole" not in application["ResourceLifecycleConfig"]
    rules = application["ResourceLifecycleConfig"]["VersionLifecycleConfig"]
    assert rules["MaxCountRule"] == {"Enabled": False, "MaxCount": 200, "DeleteSourceFromS3": False}
    assert rules["MaxAgeRule"] == {"Enabled": False, "MaxAgeInDays": 180, "DeleteSourceFromS3": False}


def test_creating_an_application_is_told_in_three_events(beanstalk):
    answer = beanstalk.client.create_application(ApplicationName="shop")
    assert messages_of(beanstalk, None) == [
        "createApplication is starting.",
        "Created new Application: shop",
        "createApplication completed successfully.",
    ]
    assert {event.request_id for event in beanstalk.events()} == {answer["ResponseMetadata"]["RequestId"]}


@pytest.mark.shows("CreateApplication", "errors")
def test_an_application_is_made_once(shop, refused):
    with refused("InvalidParameterValue", "Application shop already exists."):
        shop.client.create_application(ApplicationName="shop")


@pytest.mark.shows("CreateApplication", "errors")
def test_there_is_room_for_so_many_applications(shop, limited, refused):
    limited(applications=2)
    shop.client.create_application(ApplicationName="second")
    sentence = "You cannot have more than 2 Applications. Either remove some Applications or request a limit increase."
    with refused("TooManyApplicationsException", sentence):
        shop.client.create_application(ApplicationName="third")
    shop.clients(region="eu-west-1").create_application(ApplicationName="third")
    shop.client.delete_application(ApplicationName="second")
    shop.client.create_application(ApplicationName="third")


@pytest.mark.shows("CreateApplication", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        (
            {"ApplicationName": "a/b"},
            "ValidationError",
            "1 validation error detected: Value 'a/b' at 'applicationName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [^/]+",
        ),
        (
            {"Description": "x" * 201},
            "ValidationError",
            f"1 validation error detected: Value '{'x' * 201}' at 'description' failed to satisfy constraint: Member "
            "must have length less than or equal to 200",
        ),
        (
            {"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]},
            "TooManyTagsException",
            "The number of tags exceeds the limit of 50.",
        ),
        (
            {"Tags": [{"Key": "aws:x", "Value": "v"}]},
            "InvalidParameterValue",
            "Tag key 'aws:x' is reserved by AWS and cannot be added, changed or removed.",
        ),
    ],
)
def test_an_application_of_another_form_is_refused(beanstalk, refused, parameters, code, sentence):
    with refused(code, sentence):
        beanstalk.client.create_application(**({"ApplicationName": "shop"} | parameters))
    assert beanstalk.client.describe_applications()["Applications"] == []


@pytest.mark.shows("CreateApplication", "states")
def test_a_name_is_taken_until_the_application_is_gone(shop, launch, refused):
    launch("web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    with refused("InvalidParameterValue", "Application shop already exists."):
        shop.client.create_application(ApplicationName="shop")
    shop.until("web1", "Terminated")
    shop.advance(10)
    shop.client.create_application(ApplicationName="shop")


@pytest.mark.shows("DescribeApplications", "success")
def test_an_application_lists_its_versions_and_saved_configurations(with_template):
    (application,) = with_template.client.describe_applications()["Applications"]
    assert application.keys() == (MEMBERS | {"Versions"}) - {"Description"}
    assert (application["Versions"], application["ConfigurationTemplates"]) == (["v2", "v1"], ["saved"])


def test_applications_are_listed_newest_first_with_their_versions(shop):
    shop.advance(1)
    shop.client.create_application(ApplicationName="other")
    applications = shop.client.describe_applications()["Applications"]
    assert [application["ApplicationName"] for application in applications] == ["other", "shop"]
    assert applications[1]["Versions"] == ["v2", "v1"]


@pytest.mark.shows("DescribeApplications", "errors")
def test_an_unknown_application_is_simply_not_listed(shop):
    applications = shop.client.describe_applications(ApplicationNames=["nobody", "shop"])["Applications"]
    assert [application["ApplicationName"] for application in applications] == ["shop"]


@pytest.mark.shows("DescribeApplications", "states")
def test_an_application_is_listed_until_it_is_gone(shop, launch):
    launch("web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    assert [application["ApplicationName"] for application in shop.client.describe_applications()["Applications"]] == [
        "shop"
    ]
    shop.until("web1", "Terminated")
    shop.advance(10)
    assert shop.client.describe_applications()["Applications"] == []


@pytest.mark.shows("UpdateApplication", "success")
def test_a_description_is_changed_kept_and_cleared(with_template):
    client = with_template.client

    def update(**parameters):
        return client.update_application(ApplicationName="shop", **parameters)["Application"]

    with_template.advance(60)
    first = update(Description="sells more")
    assert first.keys() == MEMBERS | {"Versions"}
    assert (first["Description"], first["ApplicationArn"]) == ("sells more", ARN)
    assert (first["Versions"], first["ConfigurationTemplates"]) == (["v2", "v1"], ["saved"])
    assert (first["DateUpdated"] - first["DateCreated"]).total_seconds() == 60
    assert update()["Description"] == "sells more"
    assert "Description" not in update(Description="")
    assert "Description" not in client.describe_applications()["Applications"][0]


@pytest.mark.shows("UpdateApplication", "errors")
@pytest.mark.shows("UpdateApplicationResourceLifecycle", "errors")
def test_what_is_not_there_is_not_updated(beanstalk, refused):
    for update, members in (
        (beanstalk.client.update_application, {}),
        (beanstalk.client.update_application_resource_lifecycle, {"ResourceLifecycleConfig": {"ServiceRole": ROLE}}),
    ):
        with refused("InvalidParameterValue", "No Application named 'nobody' found."):
            update(ApplicationName="nobody", **members)
    assert beanstalk.events() == ()


@pytest.mark.shows("UpdateApplication", "states")
@pytest.mark.shows("UpdateApplicationResourceLifecycle", "states")
@pytest.mark.shows("UpdateApplicationVersion", "states")
def test_an_application_on_its_way_out_is_not_updated(shop, launch, refused):
    launch("web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    for update, members in (
        (shop.client.update_application, {}),
        (shop.client.update_application_resource_lifecycle, {"ResourceLifecycleConfig": {"ServiceRole": ROLE}}),
        (shop.client.update_application_version, {"VersionLabel": "v1"}),
    ):
        with refused(
            "InvalidParameterValue",
            "Application named shop is in an invalid state for this operation. It is currently pending deletion.",
        ):
            update(ApplicationName="shop", **members)


def test_accounts_and_regions_are_apart(shop):
    assert shop.clients(region="eu-west-1").describe_applications()["Applications"] == []
    assert shop.clients(account="000000000001").describe_applications()["Applications"] == []


@pytest.mark.shows("DeleteApplication", "success")
def test_deleting_what_is_not_there_is_no_error_and_no_event(beanstalk):
    beanstalk.client.delete_application(ApplicationName="nobody")
    assert beanstalk.events() == ()


@pytest.mark.shows("DeleteApplication", "success")
def test_an_application_goes_with_all_that_is_in_it(with_template):
    shop = with_template
    shop.client.create_application_version(ApplicationName="shop", VersionLabel="v3", Process=True)
    answer = shop.client.delete_application(ApplicationName="shop")
    assert answer.keys() == {"ResponseMetadata"}
    assert shop.store.world(ACCOUNT, REGION).templates() == ()
    assert shop.client.describe_applications()["Applications"] == []
    assert shop.client.describe_application_versions()["ApplicationVersions"] == []
    expected = ["deleteApplication is starting.", "The application has been deleted successfully."]
    assert messages_of(shop, None)[-2:] == expected
    shop.advance(60)
    assert messages_of(shop, None)[-2:] == expected


@pytest.mark.shows("DeleteApplication", "errors")
def test_live_environments_hold_an_application(shop, create, refused):
    create("web1")
    with refused("InvalidParameterValue", "Unable to delete application shop because it has existing environments."):
        shop.client.delete_application(ApplicationName="shop")


@pytest.mark.shows("DeleteApplication", "states")
def test_force_waits_for_no_environment_that_is_busy(shop, create, refused):
    create("web1")
    with refused(
        "OperationInProgressFailure",
        "Unable to delete application shop. An operation is already in progress, please retry again shortly.",
    ):
        shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)


@pytest.mark.shows("DeleteApplication", "states")
@pytest.mark.shows("CreateApplicationVersion", "states")
def test_force_takes_the_environments_first(with_template, launch, refused):
    shop = with_template
    launch("web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    assert shop.client.describe_environments()["Environments"][0]["Status"] == "Terminating"
    with refused("InvalidParameterValue", "Cannot delete application named shop. It is currently pending deletion."):
        shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    with refused(
        "InvalidParameterValue",
        "Application named shop is in an invalid state for this operation. It is currently pending deletion.",
    ):
        shop.client.create_application_version(ApplicationName="shop", VersionLabel="v3")
    shop.until("web1", "Terminated")
    shop.advance(10)
    assert shop.client.describe_applications()["Applications"] == []
    assert shop.client.describe_application_versions()["ApplicationVersions"] == []
    assert shop.store.world(ACCOUNT, REGION).templates() == ()
    assert messages_of(shop, None)[-1] == "The application has been deleted successfully."


def test_force_joins_a_termination_that_runs_already(shop, launch):
    launch("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    shop.until("web1", "Terminated")
    shop.advance(10)
    assert shop.client.describe_applications()["Applications"] == []


def test_without_environments_force_changes_nothing_but_the_story(shop):
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    assert messages_of(shop, None)[-4:] == [
        "deleteApplication is starting.",
        "Invoking Environment Termination workflows.",
        "The environment termination step is done.",
        "The application has been deleted successfully.",
    ]
    assert shop.client.describe_applications()["Applications"] == []
