"""Keys that the companion's IAM and STS have issued sign calls, each in its account, as long as they are valid."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from beanpole.gateway import signatures
from beanpole.gateway.gateway import Gateway
from beanpole.gateway.signatures import Signatures
from beanpole.other_services.botocore_wire import Wire
from gateway.signing import KEYS, URL

ROOT = {"AccessKeyId": "111111111111", "SecretAccessKey": "secret"}
ROLE = "arn:aws:iam::222222222222:role/deploy"


@pytest.fixture
def client(moto):
    """`client(service, credentials)`: a client of boto3 whose calls are checked, with moto as the companion."""
    gateway = Gateway(lambda *_: [], moto.companion(), {})
    app = Signatures(gateway, KEYS | {ROOT["AccessKeyId"]: ROOT["SecretAccessKey"]}, (), moto.access_key)

    def open_client(service, credentials=ROOT, **changed):
        keys = credentials | changed
        client = boto3.client(
            service,
            endpoint_url=URL,
            region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )
        client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", Wire(app))
        return client

    return open_client


def code(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def account(client, credentials):
    return client("sts", credentials).get_caller_identity()["Account"]


def test_a_role_is_called_in_its_own_account(client):
    issued = client("sts").assume_role(RoleArn=ROLE, RoleSessionName="ci")["Credentials"]
    identity = client("sts", issued).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (
        "222222222222",
        "arn:aws:sts::222222222222:assumed-role/deploy/ci",
    )
    client("s3", issued).create_bucket(Bucket="theirs")
    assert [bucket["Name"] for bucket in client("s3", issued).list_buckets()["Buckets"]] == ["theirs"]
    assert client("s3").list_buckets()["Buckets"] == []


def test_every_session_has_a_key_of_its_own(client):
    sts = client("sts")
    issued = [
        sts.get_session_token()["Credentials"],
        sts.get_session_token()["Credentials"],
        sts.get_federation_token(Name="ada")["Credentials"],
    ]
    assert len({credentials["AccessKeyId"] for credentials in issued}) == 3
    assert {account(client, credentials) for credentials in issued} == {"111111111111"}
    role = client("sts", issued[0]).assume_role(RoleArn=ROLE, RoleSessionName="next")["Credentials"]
    assert account(client, role) == "222222222222"


def test_a_key_that_is_not_temporary_takes_no_token(client):
    """As where a client has kept the token of an earlier session beside a new key."""
    issued = client("sts").get_session_token()["Credentials"]
    stray = {"SessionToken": issued["SessionToken"]}
    assert code(client("sts", ROOT, **stray).get_caller_identity) == "InvalidClientTokenId"
    assert code(client("s3", ROOT, **stray).list_buckets) == "InvalidToken"
    client("iam").create_user(UserName="ada")
    long_lived = client("iam").create_access_key(UserName="ada")["AccessKey"]
    assert code(client("sts", long_lived, **stray).get_caller_identity) == "InvalidClientTokenId"


def test_a_temporary_key_needs_its_token_its_secret_and_its_time(client, monkeypatch):
    issued = client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    assert code(client("sqs", issued, SessionToken=None).list_queues) == "UnrecognizedClientException"
    assert code(client("sns", issued, SessionToken="other").list_topics) == "InvalidClientTokenId"
    assert code(client("s3", issued, SessionToken="other").list_buckets) == "InvalidToken"
    assert code(client("sns", issued, SecretAccessKey="other").list_topics) == "SignatureDoesNotMatch"
    later = int((datetime.now(UTC) + timedelta(minutes=16)).timestamp() * 1000)
    monkeypatch.setattr(signatures, "real_now", lambda: later)
    assert code(client("sns", issued).list_topics) == "ExpiredToken"
    assert code(client("dynamodb", issued).list_tables) == "ExpiredTokenException"
    assert code(client("s3", issued).list_buckets) == "ExpiredToken"
    assert code(client("ec2", issued).describe_vpcs) == "RequestExpired"


def test_a_key_of_a_user_opens_until_it_is_inactive_or_deleted(client):
    iam = client("iam")
    iam.create_user(UserName="ada")
    issued = iam.create_access_key(UserName="ada")["AccessKey"]
    assert account(client, issued) == "111111111111"
    named = {"UserName": "ada", "AccessKeyId": issued["AccessKeyId"]}
    iam.update_access_key(**named, Status="Inactive")
    assert code(client("sts", issued).get_caller_identity) == "InvalidClientTokenId"
    iam.update_access_key(**named, Status="Active")
    assert account(client, issued) == "111111111111"
    iam.delete_access_key(**named)
    assert code(client("sts", issued).get_caller_identity) == "InvalidClientTokenId"


def test_a_reset_takes_the_keys_with_it(client, moto):
    issued = client("sts").get_session_token()["Credentials"]
    moto.forget("111111111111")
    assert code(client("sns", issued).list_topics) == "InvalidClientTokenId"


def test_an_id_of_an_account_that_nobody_has_called_makes_no_account(client, moto):
    from moto.iam.models import iam_backends

    assert code(client("sns", ROOT, AccessKeyId="AKIAQAAAAAAAAAAAAAAA").list_topics) == "InvalidClientTokenId"
    assert code(client("sns", ROOT, AccessKeyId="AKIAIOSFODNN7EXAMPLE").list_topics) == "InvalidClientTokenId"
    assert list(dict.keys(iam_backends)) == []
