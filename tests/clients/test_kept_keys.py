"""`serve --data --verify-signatures`: keys that the companion has issued open the same after the server was killed."""

import signal

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = {"AccessKeyId": "111111111111", "SecretAccessKey": "secret"}
ROLE = "arn:aws:iam::222222222222:role/deploy"


def client(served, service, credentials=ROOT):
    return boto3.client(
        service,
        endpoint_url=served.url,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
        config=Config(retries={"max_attempts": 0}),
    )


@pytest.mark.merge
def test_issued_keys_open_the_same_after_a_kill(serve_anew, tmp_path):
    options = ("--data", str(tmp_path / "data"), "--verify-signatures", "--access-key", "111111111111:secret")
    served = serve_anew(*options)
    sts, iam = client(served, "sts"), client(served, "iam")
    for name in ("ada", "bob"):
        iam.create_user(UserName=name)
    user, deleted = (iam.create_access_key(UserName=name)["AccessKey"] for name in ("ada", "bob"))
    iam.delete_access_key(UserName="bob", AccessKeyId=deleted["AccessKeyId"])
    role = sts.assume_role(RoleArn=ROLE, RoleSessionName="ci")["Credentials"]
    sessions = [sts.get_session_token()["Credentials"] for _ in range(2)]
    served.process.send_signal(signal.SIGKILL)
    served.process.wait(timeout=20)
    again = serve_anew(*options)
    opened = [client(again, "sts", keys).get_caller_identity()["Account"] for keys in (user, *sessions, role)]
    assert opened == ["111111111111"] * 3 + ["222222222222"]
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client(again, "sts", deleted).get_caller_identity()
