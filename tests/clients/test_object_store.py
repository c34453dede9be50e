"""Source bundles in an S3 that somebody else runs, and on a shelf, which has the same manners."""

import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from archives import zipped
from beanpole import wsgi
from beanpole.files.object_store import Shelf, Unreadable
from beanpole.other_services.s3 import S3
from clients_environment import CREDENTIALS, environment
from servers import s3_server

OWN_BUCKET = "elasticbeanstalk-us-east-1-123456789012"
NOT_FOUND = "Unable to download from S3 location (Bucket: {}  Key: {}). Reason: Not Found"


@pytest.fixture(scope="module")
def s3_url():
    with s3_server() as url:
        yield url


@pytest.fixture(params=["shelf", "s3"])
def store(request):
    """An object store with a bucket that nobody else uses."""
    store = Shelf() if request.param == "shelf" else S3(request.getfixturevalue("s3_url"))
    store.make_bucket("bucket", "us-east-1")
    return store


@pytest.fixture
def client():
    """`client(service, url)` is a client of the tests' account."""

    def client(service, url):
        return boto3.client(
            service,
            endpoint_url=url,
            region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )

    return client


def test_an_object_is_written_read_and_deleted(store):
    store.write("bucket", "folder/a key é", b"0123456789")
    assert store.read("bucket", "folder/a key é") == b"0123456789"
    assert store.size("bucket", "folder/a key é") == 10
    assert store.part("bucket", "folder/a key é", 2, 5) == b"234"
    assert store.part("bucket", "folder/a key é", 8, 10) == b"89"
    store.write("bucket", "folder/a key é", b"")
    assert (store.size("bucket", "folder/a key é"), store.read("bucket", "folder/a key é")) == (0, b"")
    assert store.keys("bucket", "folder/a") == ("folder/a key é",)
    assert store.keys("bucket", "folder/b") == store.keys("no-such-bucket", "folder/") == ()
    store.delete("bucket", "folder/a key é")
    with pytest.raises(Unreadable, match=r"^Not Found$"):
        store.size("bucket", "folder/a key é")


def test_what_is_not_there_is_not_found_and_needs_no_deletion(store):
    for look in (store.size, store.read, lambda bucket, key: store.part(bucket, key, 0, 1)):
        with pytest.raises(Unreadable, match=r"^Not Found$"):
            look("bucket", "nothing")
    store.delete("bucket", "nothing")


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_bucket_is_made_once_and_asked_for_as_often_as_one_likes(store, region):
    for _ in range(2):
        store.make_bucket(f"bucket-{region}", region)
    store.write(f"bucket-{region}", "key", b"content")


def test_in_a_bucket_that_is_not_there_nothing_is_found(s3_url):
    store = S3(s3_url)
    for look in (store.size, store.read, store.delete):
        with pytest.raises(Unreadable, match=r"^Not Found$"):
            look("no-such-bucket", "key")


@pytest.mark.parametrize(
    ("code", "status", "message", "reason"),
    [
        ("403", 403, "Forbidden", "Forbidden"),
        ("AccessDenied", 403, "Access Denied", "Forbidden"),
        ("301", 301, "Moved", "Moved Permanently"),
        ("SlowDown", 503, "Please reduce your request rate.", "Please reduce your request rate."),
        ("BadDigest", 400, "", "BadDigest"),
    ],
)
def test_the_reason_is_http_s_where_that_says_enough(code, status, message, reason):
    store = S3("http://127.0.0.1:1")
    with Stubber(store._client) as stub:
        stub.add_client_error("head_object", code, message, status)
        with pytest.raises(Unreadable) as caught:
            store.size("bucket", "key")
    assert str(caught.value) == reason


def test_a_store_that_does_not_answer_is_a_reason_too():
    with pytest.raises(Unreadable, match="Could not connect to the endpoint URL"):
        S3("http://127.0.0.1:1").size("bucket", "key")
    with pytest.raises(Unreadable, match="Parameter validation failed"):
        S3("http://127.0.0.1:1").size("bucket", "")


def test_a_served_beanpole_looks_into_bundles_of_s3(serve, s3_url, client):
    served = serve("--object-store", s3_url)
    beanstalk, s3 = client("elasticbeanstalk", served.url), client("s3", s3_url)
    bucket = beanstalk.create_storage_location()["S3Bucket"]
    assert bucket == OWN_BUCKET == beanstalk.create_storage_location()["S3Bucket"]
    parameters = {
        "ApplicationName": "shop",
        "VersionLabel": "v1",
        "SourceBundle": {"S3Bucket": bucket, "S3Key": "v1.zip"},
    }
    with pytest.raises(ClientError) as caught:
        beanstalk.create_application_version(AutoCreateApplication=True, **parameters)
    assert caught.value.response["Error"]["Message"] == NOT_FOUND.format(bucket, "v1.zip")
    s3.put_object(
        Bucket=bucket, Key="v1.zip", Body=zipped({"env.yaml": "EnvironmentName: front", "big": "0" * 200_000})
    )
    beanstalk.create_application_version(AutoCreateApplication=True, **parameters)
    (version,) = served.control("GET", "state")["regions"]["us-east-1"]["versions"]
    assert (version["manifest"], version["contents"]) == (
        {"environment_name": "front"},
        {"files": 2, "starting": []},
    )
    beanstalk.delete_application_version(ApplicationName="shop", VersionLabel="v1", DeleteSourceBundle=True)
    assert "Contents" not in s3.list_objects(Bucket=bucket)


def test_another_wsgi_server_looks_for_bundles_too(redis_url, s3_url, monkeypatch):
    monkeypatch.setenv("BEANPOLE_REDIS_URL", redis_url)
    monkeypatch.setenv("BEANPOLE_OBJECT_STORE", s3_url)
    parameters = {
        "Action": "CreateApplicationVersion",
        "ApplicationName": "shop",
        "AutoCreateApplication": "true",
        "VersionLabel": "v1",
        "SourceBundle.S3Bucket": "nowhere",
        "SourceBundle.S3Key": "nothing",
    }
    answer = wsgi.create().test_client().post("/", data=parameters)
    assert answer.status_code == 400
    assert NOT_FOUND.format("nowhere", "nothing") in answer.text


@pytest.mark.parametrize(
    ("before", "url", "sentence"),
    [
        ("sys.modules['boto3'] = None", "http://127.0.0.1:1", "pip install 'beanpole[s3]'"),
        ("pass", "nonsense", "Invalid endpoint: nonsense"),
    ],
)
def test_what_an_object_store_needs_is_said_plainly(before, url, sentence):
    code = f"import sys; {before}; from beanpole.command.cli import main; main(['serve', '--object-store', '{url}'])"
    ran = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


def test_quotas_are_set_by_a_catalogue_of_one_s_own(serve, client, tmp_path: Path):
    rows = tmp_path / "mine.json"
    rows.write_text(json.dumps({"quotas": {"applications": 1}}))
    beanstalk = client("elasticbeanstalk", serve("--catalog", str(rows)).url)
    quotas = beanstalk.describe_account_attributes()["ResourceQuotas"]
    assert (quotas["ApplicationQuota"], quotas["EnvironmentQuota"]) == ({"Maximum": 1}, {"Maximum": 200})
    beanstalk.create_application(ApplicationName="first")
    with pytest.raises(ClientError, match="TooManyApplicationsException"):
        beanstalk.create_application(ApplicationName="second")
