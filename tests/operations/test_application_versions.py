"""Application versions: made, listed, described, processed and deleted."""

from datetime import timedelta

import pytest

from beanpole.files.object_store import Shelf, Unreadable
from operations.versions import BUNDLE, create

ARN = "arn:aws:elasticbeanstalk:us-east-1:123456789012:applicationversion/shop/v1"
MEMBERS = {"ApplicationVersionArn", "ApplicationName", "VersionLabel", "DateCreated", "DateUpdated", "Status"}


def messages_about(world, label="v1"):
    return [event.message for event in world.events() if event.version_label == label]


@pytest.mark.shows("CreateApplicationVersion", "success")
def test_a_version_is_unprocessed_and_keeps_its_source(beanstalk):
    beanstalk.client.create_application(ApplicationName="shop")
    answer = create(
        beanstalk, Description="first", SourceBundle=BUNDLE, Process=False, Tags=[{"Key": "a", "Value": "b"}]
    )
    assert answer.keys() == MEMBERS | {"Description", "SourceBundle", "Process"}
    assert (answer["ApplicationName"], answer["VersionLabel"]) == ("shop", "v1")
    assert (answer["ApplicationVersionArn"], answer["Description"]) == (ARN, "first")
    assert (answer["Status"], answer["Process"], answer["SourceBundle"]) == ("UNPROCESSED", False, BUNDLE)
    assert answer["DateCreated"] == answer["DateUpdated"]
    events = beanstalk.events()[-3:]
    assert [event.message for event in events] == [
        "createApplicationVersion is starting.",
        "Created new Application Version: v1",
        "createApplicationVersion completed successfully.",
    ]
    assert {(environment.version_label, environment.environment_name) for environment in events} == {("v1", None)}


@pytest.mark.shows("CreateApplicationVersion", "success")
def test_the_sample_application_has_no_source(shop):
    assert create(shop, "Sample Application", Process=False).keys() == MEMBERS | {"Process"}
    assert create(shop, "v3").keys() == MEMBERS


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_a_version_is_made_once(shop, refused):
    with refused("InvalidParameterValue", "Application Version v1 already exists."):
        create(shop)


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_a_version_needs_an_application(beanstalk, refused):
    for more in ({}, {"AutoCreateApplication": False}):
        with refused("InvalidParameterValue", "No Application named 'shop' found."):
            create(beanstalk, **more)


@pytest.mark.shows("CreateApplicationVersion", "success")
def test_a_version_may_bring_its_application(beanstalk):
    create(beanstalk, AutoCreateApplication=True, Description="of the version")
    (application,) = beanstalk.client.describe_applications()["Applications"]
    assert application["Versions"] == ["v1"]
    assert "Description" not in application
    messages = [event.message for event in beanstalk.events()]
    assert messages[1::3] == ["Created new Application: shop", "Created new Application Version: v1"]
    create(beanstalk, "v2", AutoCreateApplication=True)
    assert len(beanstalk.client.describe_applications()["Applications"]) == 1


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_a_version_cannot_bring_one_application_too_many(shop, limited, refused):
    limited(applications=1)
    sentence = "You cannot have more than 1 Applications. Either remove some Applications or request a limit increase."
    with refused("TooManyApplicationsException", sentence):
        create(shop, ApplicationName="other", AutoCreateApplication=True)
    create(shop, "v3", AutoCreateApplication=True)


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_the_quota_counts_every_application_of_the_region(shop, limited, refused):
    limited(application_versions=3)
    create(shop, ApplicationName="other", AutoCreateApplication=True)
    with refused(
        "TooManyApplicationVersionsException",
        "You cannot have more than 3 Application Versions. Either remove some Application Versions or request a limit "
        "increase.",
    ):
        create(shop, "v3")
    shop.client.delete_application_version(ApplicationName="shop", VersionLabel="v1")
    create(shop, "v3")


@pytest.mark.shows("CreateApplicationVersion", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        (
            {"VersionLabel": "a/b"},
            "ValidationError",
            "1 validation error detected: Value 'a/b' at 'versionLabel' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [^/]+",
        ),
        (
            {"VersionLabel": "x" * 101},
            "ValidationError",
            f"1 validation error detected: Value '{'x' * 101}' at 'versionLabel' failed to satisfy constraint: Member "
            "must have length less than or equal to 100",
        ),
        (
            {"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]},
            "TooManyTagsException",
            "The number of tags exceeds the limit of 50.",
        ),
        (
            {"Tags": [{"Key": "elasticbeanstalk:x", "Value": "v"}]},
            "InvalidParameterValue",
            "Tag key 'elasticbeanstalk:x' is reserved by AWS and cannot be added, changed or removed.",
        ),
    ],
)
def test_a_version_of_another_form_is_refused(shop, refused, parameters, code, sentence):
    with refused(code, sentence):
        create(shop, **({"VersionLabel": "v3"} | parameters))
    assert len(shop.client.describe_application_versions()["ApplicationVersions"]) == 2


@pytest.mark.shows("DescribeApplicationVersions", "success")
@pytest.mark.shows("DescribeApplicationVersions", "states")
def test_versions_are_found_by_application_and_label(shop):
    create(shop, ApplicationName="two", AutoCreateApplication=True)
    client = shop.client

    def labels(**parameters):
        versions = client.describe_application_versions(**parameters)["ApplicationVersions"]
        return sorted((version["ApplicationName"], version["VersionLabel"]) for version in versions)

    assert labels() == [("shop", "v1"), ("shop", "v2"), ("two", "v1")]
    assert labels(ApplicationName="shop") == [("shop", "v1"), ("shop", "v2")]
    assert labels(VersionLabels=["v1"]) == [("shop", "v1"), ("two", "v1")]
    assert labels(ApplicationName="nobody") == labels(VersionLabels=["v9"]) == []
    assert labels(ApplicationName="shop", VersionLabels=[]) == [("shop", "v1"), ("shop", "v2")]
    (described,) = client.describe_application_versions(ApplicationName="two")["ApplicationVersions"]
    assert described.keys() == MEMBERS


@pytest.mark.shows("DescribeApplicationVersions", "success")
@pytest.mark.shows("DescribeApplicationVersions", "errors")
def test_versions_come_in_pages_newest_first(beanstalk, unchecked, refused):
    for number in range(5):
        create(beanstalk, f"v{number}", AutoCreateApplication=True)
    paginator = beanstalk.client.get_paginator("describe_application_versions")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["ApplicationVersions"]) for page in pages] == [2, 2, 1]
    labels = [version["VersionLabel"] for page in pages for version in page["ApplicationVersions"]]
    assert labels == ["v4", "v3", "v2", "v1", "v0"]
    with refused("InvalidParameterValue", "Invalid NextToken: nonsense"):
        beanstalk.client.describe_application_versions(NextToken="nonsense")
    for most, sentence in ((0, "greater than or equal to 1"), (1001, "less than or equal to 1000")):
        with refused(
            "ValidationError",
            f"1 validation error detected: Value '{most}' at 'maxRecords' failed to satisfy constraint: Member must "
            f"have value {sentence}",
        ):
            unchecked.describe_application_versions(MaxRecords=most)


def test_versions_that_come_and_go_between_two_pages_take_no_other_with_them(beanstalk):
    for label in ("v1", "v2", "v3", "v4"):
        create(beanstalk, label, AutoCreateApplication=True)
    first = beanstalk.client.describe_application_versions(MaxRecords=2)
    assert [version["VersionLabel"] for version in first["ApplicationVersions"]] == ["v4", "v3"]
    beanstalk.client.delete_application_version(ApplicationName="shop", VersionLabel="v3")
    create(beanstalk, "v5")
    rest = beanstalk.client.describe_application_versions(NextToken=first["NextToken"])
    assert [version["VersionLabel"] for version in rest["ApplicationVersions"]] == ["v2", "v1"]


@pytest.mark.shows("UpdateApplicationVersion", "success")
def test_a_description_is_changed_kept_and_cleared(shop):
    shop.advance(60)

    def updated(**parameters):
        answer = shop.client.update_application_version(ApplicationName="shop", VersionLabel="v1", **parameters)
        return answer["ApplicationVersion"]

    first = updated(Description="better")
    assert first.keys() == MEMBERS | {"Description"}
    assert (first["Description"], first["Status"], first["ApplicationVersionArn"]) == ("better", "UNPROCESSED", ARN)
    assert timedelta(seconds=59) < first["DateUpdated"] - first["DateCreated"] <= timedelta(seconds=60)
    assert updated()["Description"] == "better"
    assert "Description" not in updated(Description="")
    assert messages_about(shop)[-2:] == [
        "updateApplicationVersion is starting.",
        "updateApplicationVersion completed successfully.",
    ]


@pytest.mark.shows("UpdateApplicationVersion", "errors")
@pytest.mark.shows("DeleteApplicationVersion", "errors")
def test_what_is_not_there_is_neither_updated_nor_deleted(shop, refused):
    before = shop.events()
    for call in (shop.client.update_application_version, shop.client.delete_application_version):
        with refused("InvalidParameterValue", "No Application Version named 'v9' found."):
            call(ApplicationName="shop", VersionLabel="v9")
        with refused("InvalidParameterValue", "No Application named 'nobody' found."):
            call(ApplicationName="nobody", VersionLabel="v1")
    assert shop.events() == before


@pytest.mark.shows("DeleteApplicationVersion", "success")
def test_a_version_is_deleted_and_its_label_is_free(shop):
    answer = shop.client.delete_application_version(ApplicationName="shop", VersionLabel="v1")
    assert answer.keys() == {"ResponseMetadata"}
    assert shop.client.describe_application_versions(VersionLabels=["v1"])["ApplicationVersions"] == []
    events = shop.events()[-3:]
    assert [(event.version_label, event.message) for event in events] == [
        ("v1", "deleteApplicationVersion is starting."),
        ("v1", "Deleted Application Version: v1"),
        ("v1", "deleteApplicationVersion completed successfully."),
    ]
    assert {event.request_id for event in events} == {answer["ResponseMetadata"]["RequestId"]}
    create(shop)


@pytest.mark.shows("DeleteApplicationVersion", "states")
def test_a_version_that_runs_may_go_but_not_while_it_is_being_deployed(shop, create, refused):
    busy = (
        "OperationInProgressFailure",
        "Unable to delete application version: {}. An operation is already in progress, please retry again shortly.",
    )

    def delete(label):
        shop.client.delete_application_version(ApplicationName="shop", VersionLabel=label)

    create("web1")
    with refused(busy[0], busy[1].format("v1")):
        delete("v1")
    shop.until_ready("web1")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    with refused(busy[0], busy[1].format("v2")):
        delete("v2")
    delete("v1")
    shop.until_ready("web1")
    delete("v2")
    assert shop.client.describe_environments()["Environments"][0]["VersionLabel"] == "v2"


@pytest.mark.shows("DeleteApplicationVersion", "states")
def test_a_version_is_not_deleted_while_it_is_processed(shop, refused):
    create(shop, "v3", Process=True)
    with refused(
        "OperationInProgressFailure",
        "Unable to delete application version: v3. An operation is already in progress, please retry again shortly.",
    ):
        shop.client.delete_application_version(ApplicationName="shop", VersionLabel="v3")
    shop.advance(60)
    shop.client.delete_application_version(ApplicationName="shop", VersionLabel="v3")


@pytest.mark.shows("DeleteApplicationVersion", "states")
def test_an_application_on_its_way_out_keeps_its_versions_until_then(shop, launch, refused):
    launch("web1")
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    with refused(
        "InvalidParameterValue",
        "Application named shop is in an invalid state for this operation. It is currently pending deletion.",
    ):
        shop.client.delete_application_version(ApplicationName="shop", VersionLabel="v2")


@pytest.mark.shows("DeleteApplicationVersion", "success")
@pytest.mark.parametrize("parameters", [{}, {"DeleteSourceBundle": False}, {"DeleteSourceBundle": True}])
def test_the_source_bundle_goes_only_if_it_is_asked_for(stored, parameters):
    create(stored, SourceBundle=BUNDLE)
    stored.client.delete_application_version(ApplicationName="shop", VersionLabel="v1", **parameters)
    assert stored.client.describe_application_versions()["ApplicationVersions"] == []
    if parameters.get("DeleteSourceBundle"):
        with pytest.raises(Unreadable):
            stored.objects.read("bucket", "shop/v1.zip")
    else:
        assert stored.objects.read("bucket", "shop/v1.zip")


@pytest.mark.shows("DeleteApplicationVersion", "success")
def test_a_source_bundle_that_is_gone_or_never_was_is_no_error(stored):
    create(stored, SourceBundle=BUNDLE)
    create(stored, "v2")
    stored.objects.delete("bucket", "shop/v1.zip")
    for label in ("v1", "v2"):
        stored.client.delete_application_version(ApplicationName="shop", VersionLabel=label, DeleteSourceBundle=True)


@pytest.mark.shows("DeleteApplicationVersion", "errors")
def test_a_version_is_gone_even_if_its_source_bundle_cannot_go(stored, refused, monkeypatch):
    def locked(shelf, bucket, key):
        raise Unreadable("Forbidden")

    monkeypatch.setattr(Shelf, "delete", locked)
    create(stored, SourceBundle=BUNDLE)
    with refused("SourceBundleDeletionFailure", "Unable to delete source bundle from S3."):
        stored.client.delete_application_version(ApplicationName="shop", VersionLabel="v1", DeleteSourceBundle=True)
    assert stored.client.describe_application_versions()["ApplicationVersions"] == []
    assert messages_about(stored)[-1] == "deleteApplicationVersion completed successfully."
