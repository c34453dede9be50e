"""Signatures as S3 has them: Version 2, presigned addresses, and bodies that are signed by hash or by chunk."""

import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from beanpole.gateway import payloads, scopes, signatures, signing_errors
from beanpole.gateway.signatures import Signatures
from beanpole.other_services.botocore_wire import Wire
from gateway.signing import KEYS, URL, answer_to, application, send, signed

KEY, SECRET = next(iter(KEYS.items()))
TEXT = b"the text of an object"


def version_2(auth, **request):
    aws_request = AWSRequest(**{"method": "GET", "url": f"{URL}/bucket/key", "headers": {}} | request)
    auth(Credentials(request.get("key", KEY), SECRET)).add_auth(aws_request)
    return aws_request


@pytest.mark.parametrize("auth", [HmacV1Auth, HmacV1QueryAuth])
@pytest.mark.parametrize(
    "path",
    [
        "/bucket/key",
        "/bucket/a%20b/%C3%A9",
        "/bucket?acl",
        "/bucket/key?versionId=1&response-content-type=text%2Fplain&prefix=no",
        "/bucket/key?uploads",
    ],
)
def test_version_2_is_checked_as_botocore_signs_it(auth, path):
    request = version_2(auth, url=URL + path)
    assert answer_to(request).status_code == 200
    elsewhere = request.url.replace("/bucket", "/other", 1)
    assert "<Code>SignatureDoesNotMatch</Code>" in answer_to(request, url=elsewhere).text
    assert "<Code>SignatureDoesNotMatch</Code>" in answer_to(request, method="DELETE").text


def test_version_2_knows_headers_and_buckets_below_a_name():
    headers = {"Content-Type": "text/plain", "Content-MD5": "x", "x-amz-meta-Colour": "green", "x-amz-acl": "private"}
    request = version_2(HmacV1Auth, method="PUT", headers=dict(headers))
    assert answer_to(request, data=TEXT).status_code == 200
    changed = {**request.headers, "x-amz-acl": "public-read"}
    assert answer_to(request, data=TEXT, headers=changed).status_code == 403
    below = AWSRequest(method="GET", url=f"{URL}/key", headers={})
    below.auth_path = "/bucket/key"
    HmacV1Auth(Credentials(KEY, SECRET)).add_auth(below)
    assert answer_to(below, headers={**below.headers, "Host": "bucket.localhost:5770"}).status_code == 200
    app = Signatures(application, KEYS, ["aws.test"])
    named = {**below.headers, "Host": "bucket.aws.test"}
    assert answer_to(below, headers=named, app=app).status_code == 200
    assert answer_to(below, headers=named).status_code == 403


def test_an_address_of_version_2_expires(monkeypatch):
    request = version_2(HmacV1QueryAuth)
    later = int((datetime.now(UTC) + timedelta(hours=2)).timestamp() * 1000)
    monkeypatch.setattr(signatures, "real_now", lambda: later)
    assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in answer_to(request).text
    assert "<Code>RequestTimeTooSkewed</Code>" in answer_to(version_2(HmacV1Auth)).text


@pytest.mark.parametrize(
    ("query", "code", "status"),
    [
        ("AWSAccessKeyId=nobody&Signature=x&Expires=9999999999", "InvalidAccessKeyId", 403),
        (f"AWSAccessKeyId={KEY}&Signature=x&Expires=9999999999", "SignatureDoesNotMatch", 403),
        (f"AWSAccessKeyId={KEY}&Signature=x", "AccessDenied", 403),
        (f"AWSAccessKeyId={KEY}&Signature=x&Expires=soon", "AccessDenied", 403),
        (f"AWSAccessKeyId={KEY}&Signature=%C3%A9&Expires={'9' * 400}", "AccessDenied", 403),
    ],
)
def test_a_wrong_address_of_version_2_is_refused_with_the_sentence_of_s3(query, code, status):
    refused = send(f"{URL}/bucket/key?{query}", "GET")
    assert (refused.status_code, f"<Error><Code>{code}</Code>" in refused.text) == (status, True), refused.text


@pytest.mark.parametrize("header", ["AWS", "AWS :", "AWS key", "AWS key:a:b", f"AWS {KEY}:\xe9"])
def test_an_incomplete_header_of_version_2_is_refused(header):
    refused = send(f"{URL}/bucket/key", "GET", headers={"Authorization": header})
    assert refused.status_code in (400, 403)
    assert "<Error><Code>" in refused.text


def test_boto3_presigns_in_both_versions_and_both_are_checked():
    for version in ("s3", "s3v4"):
        client = boto3.client(
            "s3",
            endpoint_url=URL,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(signature_version=version, s3={"addressing_style": "path"}),
        )
        address = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "a b"}, ExpiresIn=60)
        assert ("AWSAccessKeyId" in address) is (version == "s3")
        assert send(address, "GET").status_code == 200
        assert send(address.replace("a%20b", "a%20c"), "GET").status_code == 403
        client.close()


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("604801", signing_errors.TOO_LONG),
        ("9" * 5000, signing_errors.TOO_LONG),
        ("", "a number"),
        ("-1", "non-negative"),
    ],
)
def test_no_presigned_address_lasts_longer_than_a_week(expires, message):
    request = signed(S3SigV4QueryAuth, "s3", method="GET", url=f"{URL}/bucket/key")
    url = request.url.replace("X-Amz-Expires=3600", f"X-Amz-Expires={expires}")
    refused = answer_to(request, url=url)
    assert refused.status_code == 400
    assert "<Code>AuthorizationQueryParametersError</Code>" in refused.text
    assert message in refused.text


def test_a_body_with_another_hash_than_the_signed_one_is_refused():
    request = signed(S3SigV4Auth, "s3", method="PUT", url=f"{URL}/bucket/key", data=TEXT)
    assert answer_to(request).data == b"passed " + TEXT
    for other in (TEXT[:-1] + b"!", b"", TEXT[:-1]):
        refused = answer_to(request, data=other)
        assert refused.status_code == 400
        assert "<Error><Code>XAmzContentSHA256Mismatch</Code>" in refused.text


def chunked(text, sizes, trailer=None, spoil=lambda body: body):
    """The answer to a text in chunks, each signed as SDKs do."""
    kind = payloads.CHUNKED if trailer is None else payloads.WITH_TRAILER
    headers = {"x-amz-content-sha256": kind, "x-amz-decoded-content-length": str(len(text))}
    request = AWSRequest(method="PUT", url=f"{URL}/bucket/key", headers=headers)
    request.headers["Host"] = "localhost:5770"
    signer = S3SigV4Auth(Credentials(KEY, SECRET), "s3", "us-east-1")
    signer.payload = lambda _: kind
    signer.add_auth(request)
    authorization = request.headers["Authorization"]
    scope = authorization.partition("Credential=")[2].partition(",")[0].partition("/")[2]
    at, before = request.headers["X-Amz-Date"], authorization.rpartition("Signature=")[2]

    def sign(what, hashes):
        secret = f"AWS4{SECRET}".encode()
        for part in (*scope.split("/"), f"AWS4-HMAC-SHA256-{what}\n{at}\n{scope}\n{before}\n{hashes}"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        return secret.hex()

    body, left = b"", text
    for size in (*sizes, 0):
        chunk, left = left[:size], left[size:]
        before = sign("PAYLOAD", f"{sha256(b'').hexdigest()}\n{sha256(chunk).hexdigest()}")
        body += b"%x;chunk-signature=%s\r\n" % (len(chunk), before.encode())
        body += chunk + (b"\r\n" if chunk or trailer is None else b"")
    if trailer is not None:
        before = sign("TRAILER", sha256(trailer + b"\n").hexdigest())
        body += trailer + b"\r\nx-amz-trailer-signature:" + before.encode() + b"\r\n\r\n"
    return send(f"{URL}/bucket/key", "PUT", data=spoil(body), headers=dict(request.headers))


@pytest.mark.parametrize("trailer", [None, b"x-amz-checksum-crc32:" + b64encode(b"1234")])
def test_each_chunk_and_the_trailer_have_their_signatures(trailer):
    sizes = (8, 8, len(TEXT) - 16)
    passed = chunked(TEXT, sizes, trailer)
    assert (passed.status_code, passed.data.startswith(b"passed 8;chunk-signature=")) == (200, True)

    def spoilt(*parts):
        return chunked(TEXT, sizes, trailer, lambda body: body.replace(*parts))

    for answer in (spoilt(b"text", b"test"), spoilt(b"8;chunk", b"9;chunk"), spoilt(b"=", b"=0", 1)):
        assert (answer.status_code, "<Code>SignatureDoesNotMatch</Code>" in answer.text) == (403, True), answer.text
    cut = chunked(TEXT, sizes, trailer, lambda body: body[: body.index(b"\n0;chunk") + 1])
    assert (cut.status_code, "<Error><Code>IncompleteBody</Code>" in cut.text) == (400, True)
    more = chunked(TEXT, sizes, trailer, lambda body: body + b"more")
    assert more.status_code == 400
    if trailer is not None:
        assert spoilt(b"crc32:", b"crc32:A").status_code == 403


class Dripping:
    """A body that comes in pieces of any size."""

    def __init__(self, data, sizes):
        self._data = BytesIO(data)
        self._sizes = iter(sizes)

    def read(self, size):
        return self._data.read(max(1, min(size, next(self._sizes, size))))


@given(st.binary(max_size=300), st.lists(st.integers(1, 40)), st.lists(st.sampled_from(["read", "line", "some"])))
def test_a_body_is_read_unchanged_whatever_the_sizes_of_its_pieces(data, sizes, calls):
    body = payloads.Body(Dripping(data, sizes), len(data), payloads.ByHash(sha256(data).hexdigest()))
    plain = BytesIO(data)
    for call in calls:
        if call == "line":
            assert body.readline() == plain.readline()
        elif call == "some":
            assert body.read(7) == plain.read(7)
    assert body.read() == plain.read()


@given(st.binary(max_size=400))
def test_garbage_in_chunks_is_refused(data):
    check = payloads.ByChunk(lambda text: "0" * 64, "at", "scope", "0" * 64, has_trailer=True)
    with pytest.raises(signing_errors.Refused):  # noqa: PT012  # either of them may refuse it
        check.feed(data)
        check.end()


def test_a_line_without_an_end_is_not_kept():
    check = payloads.ByChunk(lambda text: "0" * 64, "at", "scope", "0" * 64, has_trailer=False)
    with pytest.raises(signing_errors.Refused):
        check.feed(b"1" * 2000)


def test_the_companion_stores_no_part_of_a_refused_body(moto, caplog):
    def companion(environ, start_response):
        return moto({**environ, scopes.SERVICE: "s3"}, start_response)

    client = boto3.client(
        "s3", endpoint_url=URL, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    client.meta.events.register("before-send.s3", Wire(Signatures(companion, KEYS)))
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="key", Body=TEXT)
    request = signed(S3SigV4Auth, "s3", method="PUT", url=f"{URL}/bucket/key", data=TEXT)
    refused = answer_to(request, data=b"other", app=Signatures(companion, KEYS))
    assert "<Error><Code>XAmzContentSHA256Mismatch</Code>" in refused.text
    assert client.get_object(Bucket="bucket", Key="key")["Body"].read() == TEXT
    assert urlsplit(request.url).path == "/bucket/key"
    assert not [record for record in caplog.records if record.exc_info]
    client.close()
