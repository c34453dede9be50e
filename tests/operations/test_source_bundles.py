"""Source bundles that are named by a URL, that are not there, or that are too large."""

import pytest
from msgspec.structs import replace

from beanpole.files.object_store import Shelf, Unreadable
from operations.version_calls import BUILD, COMBINATION, COMMIT, FILE, VALUE, create, describe_version
from operations.versions import BUNDLE


@pytest.fixture
def stored(shop_with_objects):
    """A shop with an object store."""
    return shop_with_objects


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/shop/v1.zip",
        "https://bucket.s3.amazonaws.com/shop/v1.zip",
        "https://BUCKET.s3.eu-west-1.amazonaws.com/shop/v1.zip",
        "https://bucket.s3.us-east-1.amazonaws.com/shop/v1.zip?versionId=1",
        "https://bucket.s3-us-west-2.amazonaws.com/shop%2Fv1.zip",
        "https://s3.amazonaws.com/bucket/shop/v1.zip",
        "http://127.0.0.1:5000/bucket/shop/v1.zip",
    ],
)
def test_a_bundle_may_be_said_by_its_url_as_the_eb_cli_does(shop, url):
    http = shop.app.test_client()
    parameters = {"Action": "CreateApplicationVersion", "ApplicationName": "shop", "VersionLabel": "v3"}
    assert http.post("/", data=parameters | {"SourceBundleUrl": url}, headers=AUTHORIZED).status_code == 200
    assert describe_version(shop)["SourceBundle"] == BUNDLE


AUTHORIZED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request, "
    "SignedHeaders=host, Signature=0"
}


@pytest.mark.shows("CreateApplicationVersion", "errors")
@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        *(
            ({"SourceBundleUrl": url}, f"Value '{url}' at 'SourceBundleUrl' is not the URL of an Amazon S3 object.")
            for url in ("bucket", "s3://bucket", "ftp://bucket/key", "https://s3.amazonaws.com/bucket", "http://[x/b/k")
        ),
        (
            {"SourceBundleUrl": "s3://b/k", "SourceBundle.S3Bucket": "b", "SourceBundle.S3Key": "k"},
            "You cannot specify both SourceBundle and SourceBundleUrl.",
        ),
    ],
)
def test_a_url_of_no_object_is_refused(shop, more, sentence):
    http = shop.app.test_client()
    parameters = {"Action": "CreateApplicationVersion", "ApplicationName": "shop", "VersionLabel": "v3"}
    answer = http.post("/", data=parameters | more, headers=AUTHORIZED)
    assert answer.status_code == 400
    assert sentence in answer.text


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_a_bundle_that_is_not_there_is_refused_with_two_blanks(stored, refused):
    with refused(
        COMBINATION, "Unable to download from S3 location (Bucket: bucket  Key: shop/v1.zip). Reason: Not Found"
    ):
        create(stored, SourceBundle=BUNDLE)
    with refused(
        COMBINATION, "Unable to download from S3 location (Bucket: bucket  Key: source/v1.zip). Reason: Not Found"
    ):
        create(stored, SourceBuildInformation=FILE, BuildConfiguration=BUILD)
    create(stored, SourceBuildInformation=COMMIT)
    assert stored.client.describe_applications()["Applications"][0]["Versions"] == ["v3"]


@pytest.mark.shows("CreateApplicationVersion", "errors")
@pytest.mark.parametrize(
    "reason",
    [
        "Forbidden",
        "Moved Permanently",
        "The bucket is in this region: us-east-1. Please use this region to retry the request",
    ],
)
def test_the_store_s_reason_is_quoted(stored, refused, monkeypatch, reason):
    def refuse(shelf, bucket, key):
        raise Unreadable(reason)

    monkeypatch.setattr(Shelf, "size", refuse)
    with refused(
        COMBINATION, f"Unable to download from S3 location (Bucket: bucket  Key: shop/v1.zip). Reason: {reason}"
    ):
        create(stored, SourceBundle=BUNDLE)


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_a_bucket_must_be_in_the_region_of_the_environments(stored, refused):
    stored.objects.write("west", "v1.zip", b"bundle")
    stored.objects.make_bucket("west", "us-west-2")
    reason = "The bucket is in this region: us-west-2. Please use this region to retry the request"
    with refused(COMBINATION, f"Unable to download from S3 location (Bucket: west  Key: v1.zip). Reason: {reason}"):
        create(stored, SourceBundle={"S3Bucket": "west", "S3Key": "v1.zip"})
    stored.objects.make_bucket("west", "us-east-1")
    create(stored, SourceBundle={"S3Bucket": "west", "S3Key": "v1.zip"})


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_a_bundle_that_is_too_large_is_refused(stored, refused, monkeypatch):
    monkeypatch.setitem(vars(stored.catalog), "quotas", replace(stored.catalog.quotas, source_bundle_bytes=3))
    stored.objects.write("bucket", "shop/v1.zip", b"four")
    with refused(VALUE, "The source bundle exceeds the maximum allowed size of 3 bytes."):
        create(stored, SourceBundle=BUNDLE)
    stored.objects.write("bucket", "shop/v1", b"six")
    create(stored, SourceBundle=BUNDLE | {"S3Key": "shop/v1"})


def test_an_application_that_a_bad_version_would_bring_is_not_made(stored, refused):
    with refused(
        COMBINATION, "Unable to download from S3 location (Bucket: bucket  Key: shop/v1.zip). Reason: Not Found"
    ):
        create(stored, ApplicationName="other", AutoCreateApplication=True, SourceBundle=BUNDLE)
    assert [
        application["ApplicationName"] for application in stored.client.describe_applications()["Applications"]
    ] == ["shop"]
