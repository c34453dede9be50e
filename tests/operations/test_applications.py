"""Applications and their versions."""

import pytest

from beanpole.model.change import Change
from beanpole.testing import ACCOUNT, REGION

SERVICE_ROLE = "arn:aws:iam::123456789012:role/service"


def messages(world, environment=None):
    return [it.message for it in world.events(environment)]


def test_a_new_application_has_no_versions_and_no_rules(beanstalk):
    made = beanstalk.client.create_application(ApplicationName="shop", Description="sells")["Application"]
    assert made["ApplicationArn"] == "arn:aws:elasticbeanstalk:us-east-1:123456789012:application/shop"
    assert made["Description"] == "sells"
    assert made["ConfigurationTemplates"] == []
    assert "Versions" not in made
    rules = made["ResourceLifecycleConfig"]["VersionLifecycleConfig"]
    assert rules["MaxCountRule"] == {"Enabled": False, "MaxCount": 200, "DeleteSourceFromS3": False}
    assert rules["MaxAgeRule"] == {"Enabled": False, "MaxAgeInDays": 180, "DeleteSourceFromS3": False}


def test_creating_an_application_is_told_in_three_events(beanstalk):
    answer = beanstalk.client.create_application(ApplicationName="shop")
    assert messages(beanstalk) == [
        "createApplication is starting.",
        "Created new Application: shop",
        "createApplication completed successfully.",
    ]
    assert {it.request_id for it in beanstalk.events()} == {answer["ResponseMetadata"]["RequestId"]}


def test_an_application_is_made_once(shop, refused):
    with refused("InvalidParameterValue", "Application shop already exists."):
        shop.client.create_application(ApplicationName="shop")


def test_a_lifecycle_rule_is_refused_honestly(beanstalk, refused):
    config = {"VersionLifecycleConfig": {"MaxCountRule": {"Enabled": True, "MaxCount": 3}}}
    with refused(
        "NotImplemented",
        "A rule of ResourceLifecycleConfig is part of the service, but beanpole does not simulate it yet.",
    ):
        beanstalk.client.create_application(ApplicationName="shop", ResourceLifecycleConfig=config)


def test_applications_are_listed_newest_first_with_their_versions(shop):
    shop.advance(1)
    shop.client.create_application(ApplicationName="other")
    listed = shop.client.describe_applications()["Applications"]
    assert [it["ApplicationName"] for it in listed] == ["other", "shop"]
    assert listed[1]["Versions"] == ["v1", "v2"]


def test_an_unknown_application_is_simply_not_listed(shop):
    listed = shop.client.describe_applications(ApplicationNames=["nobody", "shop"])["Applications"]
    assert [it["ApplicationName"] for it in listed] == ["shop"]


def test_accounts_and_regions_are_apart(shop):
    assert shop.clients(region="eu-west-1").describe_applications()["Applications"] == []
    assert shop.clients(account="000000000001").describe_applications()["Applications"] == []


def test_a_version_is_unprocessed_and_keeps_its_source(beanstalk):
    beanstalk.client.create_application(ApplicationName="shop")
    bundle = {"S3Bucket": "bucket", "S3Key": "shop/v1.zip"}
    made = beanstalk.client.create_application_version(
        ApplicationName="shop", VersionLabel="v1", Description="first", SourceBundle=bundle, Process=False
    )["ApplicationVersion"]
    assert made["Status"] == "UNPROCESSED"
    assert made["SourceBundle"] == bundle
    assert made["ApplicationVersionArn"].endswith(":applicationversion/shop/v1")
    told = beanstalk.events()[-3:]
    assert [it.message for it in told] == [
        "createApplicationVersion is starting.",
        "Created new Application Version: v1",
        "createApplicationVersion completed successfully.",
    ]
    assert {(it.version_label, it.environment_name) for it in told} == {("v1", None)}


def test_a_version_is_made_once(shop, refused):
    with refused("InvalidParameterValue", "Application Version v1 already exists."):
        shop.client.create_application_version(ApplicationName="shop", VersionLabel="v1")


def test_a_version_needs_an_application(beanstalk, refused):
    with refused("InvalidParameterValue", "No Application named 'shop' found."):
        beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v1")


def test_a_version_may_bring_its_application(beanstalk):
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v1", AutoCreateApplication=True)
    assert beanstalk.client.describe_applications()["Applications"][0]["Versions"] == ["v1"]
    assert messages(beanstalk)[1::3] == ["Created new Application: shop", "Created new Application Version: v1"]


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"Process": True}, "Process=true of CreateApplicationVersion"),
        (
            {"BuildConfiguration": {"CodeBuildServiceRole": "role", "Image": "image"}},
            "BuildConfiguration of CreateApplicationVersion",
        ),
    ],
)
def test_what_is_not_built_yet_is_refused(shop, refused, asked, what):
    with refused("NotImplemented", f"{what} is part of the service, but beanpole does not simulate it yet."):
        shop.client.create_application_version(ApplicationName="shop", VersionLabel="v3", **asked)


def test_versions_are_found_by_application_and_label(shop):
    shop.client.create_application_version(ApplicationName="two", VersionLabel="v1", AutoCreateApplication=True)
    client = shop.client

    def labels(**asked):
        versions = client.describe_application_versions(**asked)["ApplicationVersions"]
        return sorted((it["ApplicationName"], it["VersionLabel"]) for it in versions)

    assert labels() == [("shop", "v1"), ("shop", "v2"), ("two", "v1")]
    assert labels(ApplicationName="shop") == [("shop", "v1"), ("shop", "v2")]
    assert labels(VersionLabels=["v1"]) == [("shop", "v1"), ("two", "v1")]
    assert labels(ApplicationName="nobody") == []


def test_versions_come_in_pages_newest_first(beanstalk, refused):
    for number in range(5):
        beanstalk.client.create_application_version(
            ApplicationName="shop", VersionLabel=f"v{number}", AutoCreateApplication=True
        )
        beanstalk.advance(1)
    pages = list(
        beanstalk.client.get_paginator("describe_application_versions").paginate(PaginationConfig={"PageSize": 2})
    )
    assert [len(it["ApplicationVersions"]) for it in pages] == [2, 2, 1]
    assert [it["VersionLabel"] for page in pages for it in page["ApplicationVersions"]] == [
        "v4",
        "v3",
        "v2",
        "v1",
        "v0",
    ]
    with refused("InvalidParameterValue", "Invalid NextToken: nonsense"):
        beanstalk.client.describe_application_versions(NextToken="nonsense")


def test_a_version_that_is_deleted_between_two_pages_takes_no_other_with_it(beanstalk):
    for label in ("v1", "v2", "v3"):
        beanstalk.client.create_application_version(
            ApplicationName="shop", VersionLabel=label, AutoCreateApplication=True
        )
        beanstalk.advance(1)
    first = beanstalk.client.describe_application_versions(MaxRecords=1)
    world = beanstalk.store.world(ACCOUNT, REGION)
    world.commit(Change(deletes=(world.application_version("shop", "v3"),)))
    rest = beanstalk.client.describe_application_versions(NextToken=first["NextToken"])
    assert [it["VersionLabel"] for it in rest["ApplicationVersions"]] == ["v2", "v1"]


def test_deleting_what_is_not_there_is_no_error_and_no_event(beanstalk):
    beanstalk.client.delete_application(ApplicationName="nobody")
    assert beanstalk.events() == ()


def test_an_application_goes_with_its_versions(shop):
    shop.client.delete_application(ApplicationName="shop")
    assert shop.client.describe_applications()["Applications"] == []
    assert shop.client.describe_application_versions()["ApplicationVersions"] == []
    assert messages(shop)[-2:] == ["deleteApplication is starting.", "The application has been deleted successfully."]


def test_live_environments_hold_an_application(shop, create, refused):
    create("web1")
    with refused("InvalidParameterValue", "Unable to delete application shop because it has existing environments."):
        shop.client.delete_application(ApplicationName="shop")


def test_force_waits_for_no_environment_that_is_busy(shop, create, refused):
    create("web1")
    with refused(
        "OperationInProgressFailure",
        "Unable to delete application shop. An operation is already in progress, please retry again shortly.",
    ):
        shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)


def test_force_takes_the_environments_first(shop, launch, refused):
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
    assert messages(shop)[-1] == "The application has been deleted successfully."


def test_force_joins_a_termination_that_runs_already(shop, launch):
    launch("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    shop.until("web1", "Terminated")
    shop.advance(10)
    assert shop.client.describe_applications()["Applications"] == []


def test_without_environments_force_changes_nothing_but_the_story(shop):
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    assert messages(shop)[-4:] == [
        "deleteApplication is starting.",
        "Invoking Environment Termination workflows.",
        "The environment termination step is done.",
        "The application has been deleted successfully.",
    ]
    assert shop.client.describe_applications()["Applications"] == []
