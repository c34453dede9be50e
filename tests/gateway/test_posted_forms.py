"""Forms that are posted to a bucket: their policies are checked as boto3 signs them, and moto takes the file."""

import json
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, stream_encode_multipart

from beanpole.gateway import post_policies, signatures
from beanpole.gateway.gateway import Gateway
from beanpole.gateway.signatures import Signatures
from beanpole.gateway.signing_errors import Refused
from beanpole.other_services.botocore_wire import Wire
from gateway.signing import APP, KEYS, URL

KEY, SECRET = next(iter(KEYS.items()))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = b"\xffthe file" * 10_000


def s3(app, key=KEY, secret=SECRET, version="s3v4"):
    config = Config(signature_version=version, s3={"addressing_style": "path"})
    client = boto3.client(
        "s3",
        endpoint_url=URL,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config,
    )
    client.meta.events.register("before-send.s3", Wire(app))
    return client


def post(app, form, content=TEXT, path="/bucket", **changed):
    fields = {**form["fields"], **changed}
    fields = {name: value for name, value in fields.items() if value is not None}
    values = fields | {"file": FileStorage(BytesIO(content), "a.txt")}
    stream, length, boundary = stream_encode_multipart(values, use_tempfile=False)
    kind = f"multipart/form-data; boundary={boundary}"
    return Client(app).post(path, data=stream.read(length), content_type=kind, base_url=URL, buffered=True)


@pytest.fixture
def unchecked(moto):
    """The gateway before moto."""
    return Gateway(lambda *_: [], moto.companion(), {})


@pytest.fixture
def app(unchecked):
    """The same, for signed requests alone, with a bucket."""
    app = Signatures(unchecked, KEYS | {"111111111111": "other"})
    s3(app).create_bucket(Bucket="bucket")
    return app


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_form_of_boto3_is_taken_with_its_file(app, version):
    client = s3(app, version=version)
    form = client.generate_presigned_post(
        "bucket", "in/${filename}", {"x-amz-meta-a": "b"}, [{"x-amz-meta-a": "b"}, ["content-length-range", 1, 10**6]]
    )
    assert post(app, form).status_code == 204
    stored = client.get_object(Bucket="bucket", Key="in/a.txt")
    assert (stored["Body"].read(), stored["Metadata"]) == (TEXT, {"a": "b"})


def test_a_file_may_be_longer_than_what_is_held_in_memory():
    content = bytes(range(256)) * (9 << 10)
    passed = post(APP, s3(APP).generate_presigned_post("bucket", "k"), content)
    assert passed.status_code == 200
    assert content in passed.data


def test_a_form_needs_no_check_without_signatures(unchecked):
    client = s3(unchecked)
    client.create_bucket(Bucket="bucket")
    assert post(unchecked, client.generate_presigned_post("bucket", "k")).status_code == 204
    assert client.get_object(Bucket="bucket", Key="k")["Body"].read() == TEXT


def test_a_form_is_posted_for_the_account_of_its_key(app):
    client = s3(app, "111111111111", "other")
    client.create_bucket(Bucket="theirs")
    form = client.generate_presigned_post("theirs", "k")
    assert post(app, form, path="/theirs").status_code == 204
    assert client.get_object(Bucket="theirs", Key="k")["Body"].read() == TEXT


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"key": "other"}, "AccessDenied", 'Policy Condition failed: ["eq","$key","k"]'),
        ({"acl": "public-read"}, "AccessDenied", "Extra input fields: acl"),
        ({"x-amz-signature": "0" * 64}, "SignatureDoesNotMatch", "does not match the signature you provided"),
        ({"x-amz-signature": "0"}, "AuthorizationQueryParametersError", "incomplete or malformed"),
        ({"x-amz-signature": None}, "AccessDenied", "Access Denied"),
        ({"policy": None}, "AccessDenied", "Access Denied"),
        ({"policy": "e30="}, "SignatureDoesNotMatch", ""),
        ({"x-amz-credential": "nobody/20260101/us-east-1/s3/aws4_request"}, "InvalidAccessKeyId", "does not exist"),
        ({"x-amz-credential": f"{KEY}/20260101/us-east-1/sns/aws4_request"}, "AuthorizationQueryParametersError", ""),
        ({"Key": "k"}, "IncorrectNumberOfFilesInPostRequest", ""),
    ],
)
def test_a_changed_form_is_refused(app, changed, code, message):
    refused = post(app, s3(app).generate_presigned_post("bucket", "k"), **changed)
    assert f"<Code>{code}</Code>" in refused.text
    assert message in refused.text.replace("&quot;", '"')
    assert s3(app).list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def test_a_form_opens_nothing_but_its_bucket_for_its_time(app, monkeypatch):
    form = s3(app).generate_presigned_post("bucket", "k", Conditions=[["content-length-range", 2, 3]], ExpiresIn=60)
    assert "<Code>EntityTooLarge</Code>" in post(app, form, b"1234").text
    assert "<Code>EntityTooSmall</Code>" in post(app, form, b"1").text
    for path in ("/other", "/bucket?delete", "/bucket%3Fdelete", "/bucket/k", "/"):
        assert post(app, form, b"123", path).status_code == 403
    incomplete = post(app, form, b"123", "/bucket?X-Amz-Algorithm=none")
    assert (incomplete.status_code, "<Code>AuthorizationQueryParametersError</Code>" in incomplete.text) == (400, True)
    later = int((datetime.now(UTC) + timedelta(hours=2)).timestamp() * 1000)
    monkeypatch.setattr(signatures, "real_now", lambda: later)
    assert "Invalid according to Policy: Policy expired." in post(app, form, b"123").text


def test_a_body_that_is_no_form_is_refused(app):
    client = Client(app)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = client.post("/bucket", data=b"nothing", content_type=kind, base_url=URL, buffered=True)
        assert answer.status_code == 400
    refused = client.post(
        "/bucket", data=b"nothing", content_type="text/plain; boundary=x", base_url=URL, buffered=True
    )
    assert refused.status_code == 403


def policy(conditions, expiration="2026-01-02T00:00:00.000Z"):
    return b64encode(json.dumps({"expiration": expiration, "conditions": conditions}).encode()).decode()


def test_every_kind_of_condition_is_checked():
    fields = {"bucket": "b", "key": "user/eric/1", "acl": "private", "x-ignore-me": "1", "policy": "", "status": "201"}
    conditions = [{"bucket": "b"}, ["starts-with", "$key", "user/eric/"], ["eq", "$ACL", "private"], {"status": 201}]
    post_policies.check(policy(conditions), fields, 5, NOW)
    for wrong in (
        [*conditions, ["starts-with", "$key", "user/else/"]],
        [*conditions, ["eq", "$acl", "public-read"]],
        [*conditions, {"bucket": "c"}],
        conditions[:2],
    ):
        with pytest.raises(Refused) as caught:
            post_policies.check(policy(wrong), fields, 5, NOW)
        assert caught.value.error("s3").code == "AccessDenied"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["content-length-range", "eq"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=3) | JSON, st.text(max_size=20))
def test_no_policy_ends_in_anything_but_a_refusal(conditions, text):
    for written in (policy(conditions), text):
        with suppress(Refused):
            post_policies.check(written, {"bucket": "b"}, 1, NOW)
