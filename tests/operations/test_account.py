"""The account's quotas and its bucket."""

import pytest

from beanpole.files.object_store import Shelf, Unreadable

QUOTAS = {
    "ApplicationQuota": 75,
    "ApplicationVersionQuota": 1000,
    "EnvironmentQuota": 200,
    "ConfigurationTemplateQuota": 2000,
    "CustomPlatformQuota": 50,
}


@pytest.mark.shows("DescribeAccountAttributes", "success")
def test_an_account_has_its_quotas(beanstalk):
    quotas = beanstalk.client.describe_account_attributes()["ResourceQuotas"]
    assert quotas == {name: {"Maximum": maximum} for name, maximum in QUOTAS.items()}


@pytest.mark.shows("DescribeAccountAttributes", "success")
def test_quotas_are_the_catalogue_s(beanstalk, limited):
    limited(applications=3)
    assert beanstalk.client.describe_account_attributes()["ResourceQuotas"]["ApplicationQuota"] == {"Maximum": 3}


@pytest.mark.shows("DescribeAccountAttributes", "errors")
@pytest.mark.shows("DescribeAccountAttributes", "states")
@pytest.mark.shows("CreateStorageLocation", "states")
def test_parameters_that_are_not_there_are_passed_over_and_nothing_can_refuse_them(beanstalk):
    http = beanstalk.app.test_client()
    for action in ("DescribeAccountAttributes", "CreateStorageLocation"):
        assert http.get(f"/?Action={action}&ApplicationName=a/b&MaxRecords=x").status_code == 200


@pytest.mark.shows("CreateStorageLocation", "success")
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_bucket_is_the_same_every_time(beanstalk, region):
    client = beanstalk.clients(region=region)
    answers = [client.create_storage_location() for _ in range(2)]
    assert [answer["S3Bucket"] for answer in answers] == [f"elasticbeanstalk-{region}-123456789012"] * 2
    assert answers[0].keys() == {"S3Bucket", "ResponseMetadata"}


@pytest.mark.shows("CreateStorageLocation", "success")
def test_the_bucket_is_made_where_there_is_an_object_store(beanstalk_with_objects, monkeypatch):
    names = []
    monkeypatch.setattr(Shelf, "make_bucket", lambda shelf, bucket, region: names.append((bucket, region)))
    beanstalk_with_objects.clients(region="eu-west-1").create_storage_location()
    assert names == [("elasticbeanstalk-eu-west-1-123456789012", "eu-west-1")]


@pytest.mark.shows("CreateStorageLocation", "errors")
@pytest.mark.parametrize(
    ("reason", "code", "sentence"),
    [
        (
            "Forbidden",
            "InsufficientPrivilegesException",
            "You do not have permission to perform the 's3:CreateBucket' action. Verify that your S3 policies and your "
            "ACLs allow you to perform these actions.",
        ),
        ("Could not connect to the endpoint URL", "ServiceUnavailable", "Service is unavailable"),
    ],
)
def test_a_bucket_that_cannot_be_made_is_no_success(
    beanstalk_with_objects, refused, monkeypatch, reason, code, sentence
):
    def refuse(shelf, bucket, region):
        raise Unreadable(reason)

    monkeypatch.setattr(Shelf, "make_bucket", refuse)
    with refused(code, sentence):
        beanstalk_with_objects.client.create_storage_location()
