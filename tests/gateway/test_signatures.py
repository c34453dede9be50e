"""Signatures are checked against botocore's own, for every form of them; what differs in anything is refused."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.config import Config
from botocore.exceptions import ClientError

from beanpole.gateway import signatures
from beanpole.gateway.signatures import Signatures
from beanpole.other_services.botocore_wire import Wire
from beanpole.testing import Beanstalk
from beanpole.traffic.server import answer_before
from gateway.signing import APP, KEYS, URL, answer_to, send, signed

LOG = "/elasticbeanstalk-us-east-1-123456789012/resources/environments/logs/tail/e-abcdefghij/i-0/TailLogs-1.out"


def test_a_request_signed_by_botocore_passes_with_its_body():
    form = b"Action=DescribeEnvironments&Version=2010-12-01"
    answer = answer_to(signed(data=form, headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}))
    assert (answer.status_code, answer.data) == (200, b"passed " + form)


@pytest.mark.parametrize(
    ("auth", "service", "url"),
    [
        (SigV4Auth, "lambda", f"{URL}/2015-03-31/functions/a%20b?Marker=%2F&a=1&A=2&a=0&empty="),
        (S3SigV4Auth, "s3", f"{URL}/bucket/a%20b/%C3%A9%2F~?list-type=2&prefix=a%2Fb"),
        (SigV4QueryAuth, "sts", f"{URL}/?Action=GetCallerIdentity&Version=2011-06-15"),
        (S3SigV4QueryAuth, "s3", f"{URL}/bucket/key?versionId=1"),
    ],
)
def test_every_form_of_a_signature_is_known(auth, service, url):
    assert answer_to(signed(auth, service, method="GET", url=url)).status_code == 200


def test_a_request_changed_after_its_signature_is_refused():
    request = signed(data=b"Action=DescribeEnvironments", headers={"X-Amz-Other": "a  b "})
    assert answer_to(request).status_code == 200
    headers = dict(request.headers)
    for changed in (
        {"data": b"Action=TerminateEnvironment"},
        {"url": f"{URL}/?a=b"},
        {"method": "PUT"},
        {"headers": headers | {"X-Amz-Other": "c"}},
        {"headers": headers | {"Host": "127.0.0.1:5770"}},
    ):
        refused = answer_to(request, **changed)
        assert refused.status_code == 403
        assert "<Code>SignatureDoesNotMatch</Code>" in refused.text
        assert "The request signature we calculated does not match the signature you provided." in refused.text


def test_an_unknown_key_is_refused():
    assert "<Code>InvalidClientTokenId</Code>" in answer_to(signed(key="nobody")).text
    assert "<Code>SignatureDoesNotMatch</Code>" in answer_to(signed(secret="wrong")).text
    assert "<Code>MissingAuthenticationToken</Code>" in send().text
    s3 = answer_to(signed(S3SigV4Auth, "s3", key="nobody", method="GET", url=f"{URL}/bucket"))
    assert "<Error><Code>InvalidAccessKeyId</Code>" in s3.text
    json = send(headers={"Accept": "application/json"})
    assert json.get_json()["Error"]["Code"] == "MissingAuthenticationToken"


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/aws4_request, SignedHeaders=host, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=a/20260101/r/sts/aws4_request, SignedHeaders=date, Signature=" + "0" * 64,
        "Bearer token",
    ],
)
def test_an_incomplete_signature_is_refused(authorization):
    refused = send(headers={"Authorization": authorization})
    assert (refused.status_code, "<Code>IncompleteSignature</Code>" in refused.text) == (400, True)


def test_an_old_signature_is_refused(monkeypatch):
    request = signed()
    presigned = signed(SigV4QueryAuth, method="GET", url=f"{URL}/?Action=DescribeEnvironments")
    later = int((datetime.now(UTC) + timedelta(hours=2)).timestamp() * 1000)
    monkeypatch.setattr(signatures, "real_now", lambda: later)
    assert "Signature expired: " in answer_to(request).text
    assert "<Code>RequestExpired</Code>" in answer_to(presigned).text
    monkeypatch.setattr(signatures, "real_now", lambda: later - 4 * 3_600_000)
    assert "Signature not yet current: " in answer_to(request).text


def test_calls_that_need_no_signature_pass():
    assert send(f"{URL}/_beanpole/health", "GET").status_code == 200
    assert send(f"{URL}{LOG}", "GET").status_code == 200
    assert send(f"{URL}/bucket/public", "GET").status_code == 200
    assert send(f"{URL}/us-east-1_abc/.well-known/jwks.json", "GET").status_code == 200
    for refused in (
        send(f"{URL}/bucket/public", "PUT"),
        send(f"{URL}/sqs_us-east-1/?Action=CreateQueue", "GET"),
        send(f"{URL}/bucket/public", "GET", data=b"Version=2009-04-15"),
        send(f"{URL}/bucket/public", "GET", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
    ):
        assert "<Error><Code>AccessDenied</Code>" in refused.text or "MissingAuthenticationToken" in refused.text
    assert send(f"{URL}/", "GET", headers={"Host": "shop.us-east-1.elasticbeanstalk.com"}).status_code == 200
    assert send(f"{URL}/", "GET", headers={"Host": "ec2.us-east-1.amazonaws.com"}).status_code == 403


@pytest.mark.parametrize("authorization", [None, "AWS4-HMAC-SHA256 Credential=a/2/r/elasticbeanstalk/aws4_request"])
@pytest.mark.parametrize("host", ["nobody.us-east-1.elasticbeanstalk.com", "198.18.0.1", "shop.localhost"])
def test_the_name_of_an_unknown_environment_does_not_open_the_api(host, authorization):
    world = Beanstalk()
    answer_before(world.app, world.store, world.catalog)
    app = Signatures(world.app.wsgi_app, KEYS)
    headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
    headers |= {} if authorization is None else {"Authorization": authorization}
    form = b"Action=CreateApplication&Version=2010-12-01&ApplicationName=shop"
    refused = send(data=form, headers=headers, app=app)
    assert refused.status_code in (400, 403)
    assert ("<Code>MissingAuthenticationToken</Code>" in refused.text) or "<Code>IncompleteSignature" in refused.text
    assert world.client.describe_applications()["Applications"] == []


def test_a_client_of_boto3_knows_the_refusals():
    client = boto3.client(
        "elasticbeanstalk",
        endpoint_url=URL,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="wrong",
        config=Config(retries={"max_attempts": 0}),
    )
    client.meta.events.register("before-send.elasticbeanstalk", Wire(APP))
    with pytest.raises(ClientError) as caught:
        client.describe_environments()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
