"""The refusals of wrong signatures, as clients of boto3 read them, in the protocol of each kind of service."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from beanpole.gateway import signatures, signing_errors
from beanpole.other_services.botocore_wire import Wire
from gateway.signing import APP, KEYS, URL

KEY, SECRET = next(iter(KEYS.items()))
NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
INVALID_TOKEN = "The security token included in the request is invalid."  # a sentence
CALLS = {
    "elasticbeanstalk": "describe_environments",
    "sns": "list_topics",
    "iam": "list_users",
    "ec2": "describe_instances",
    "dynamodb": "list_tables",
    "ecs": "list_clusters",
    "cloudwatch": "list_metrics",
    "lambda": "list_functions",
    "s3": "list_buckets",
}
QUERY, JSON, REST = ("elasticbeanstalk", "sns", "iam"), ("dynamodb", "ecs", "cloudwatch"), ("lambda",)


def refusal(service, key=KEY, secret=SECRET, **config):
    """Code, message and status of the refusal of a call."""
    client = boto3.client(
        service,
        endpoint_url=URL,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 0}, **config),
    )
    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", Wire(APP))
    with pytest.raises(ClientError) as caught:
        getattr(client, CALLS[service])()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_an_unknown_key_has_the_error_of_each_protocol():
    answers = {service: refusal(service, "AKIANOBODY") for service in CALLS}
    for service in QUERY:
        assert answers[service] == ("InvalidClientTokenId", INVALID_TOKEN, 403)
    for service in (*JSON, *REST):
        assert answers[service] == ("UnrecognizedClientException", INVALID_TOKEN, 403 if service in REST else 400)
    assert answers["ec2"] == ("AuthFailure", NOT_VALIDATED, 401)
    message = "The AWS Access Key Id you provided does not exist in our records."
    assert answers["s3"] == ("InvalidAccessKeyId", message, 403)


def test_a_wrong_secret_has_the_error_of_each_protocol():
    answers = {service: refusal(service, secret="wrong") for service in CALLS}
    for service in CALLS.keys() - {"ec2"}:
        assert answers[service][1].startswith("The request signature we calculated does not match the signature you")
    for service in (*QUERY, "s3"):
        assert (answers[service][0], answers[service][2]) == ("SignatureDoesNotMatch", 403)
    for service in (*JSON, *REST):
        assert answers[service][::2] == ("InvalidSignatureException", 403 if service in REST else 400)
    assert answers["ec2"] == ("AuthFailure", NOT_VALIDATED, 401)


def test_an_unsigned_call_has_the_error_of_each_protocol():
    called = {service: f"{service}.us-east-1.amazonaws.com" for service in ("ec2", "dynamodb", "lambda")}
    answers = {}
    for service, host in called.items():
        client = boto3.client(
            service, endpoint_url=URL, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
        )

        def name_host(request, host=host, **_):
            request.headers["Host"] = host

        client.meta.events.register_first("before-send.*", name_host)
        client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", Wire(APP))
        with pytest.raises(ClientError) as caught:
            getattr(client, CALLS[service])()
        answers[service] = caught.value.response["Error"]["Code"]
    assert answers == {
        "ec2": "MissingAuthenticationToken",
        "dynamodb": "MissingAuthenticationTokenException",
        "lambda": "MissingAuthenticationTokenException",
    }


def test_an_old_signature_has_the_error_of_each_protocol(monkeypatch):
    later = int((datetime.now(UTC) + timedelta(hours=2)).timestamp() * 1000)
    monkeypatch.setattr(signatures, "real_now", lambda: later)
    for service, code, begin in (
        ("sns", "SignatureDoesNotMatch", "Signature expired: "),
        ("dynamodb", "InvalidSignatureException", "Signature expired: "),
        ("ec2", "RequestExpired", "Request has expired."),
        ("s3", "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
    ):
        answer = refusal(service)
        assert (answer[0], answer[1][: len(begin)]) == (code, begin)


def test_every_reason_has_a_status_that_can_be_answered():
    for row in signing_errors.ERRORS.values():
        assert {row.query.status, row.json.status, row.ec2.status, row.s3.status} <= {400, 401, 403, 413}
