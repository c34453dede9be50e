"""`serve --data`: records that cannot be read or written, and bundles that are not there, each have their answer."""

import pickle
import signal
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError
from redis import Redis

from beanpole.gateway.kept.records import PRESENT, Record, Records
from beanpole.store import keys
from clients_environment import environment


@pytest.fixture
def start(serve_anew, tmp_path):
    """`start(*arguments)`: the directory, served."""
    return lambda *arguments: serve_anew("--data", str(tmp_path / "data"), *arguments)


@pytest.fixture
def redis(tmp_path):
    """The Redis of the directory, while it is served."""
    with Redis.from_url(f"unix://{tmp_path}/data/valkey.sock") as client:
        yield client


def refusal(call, **parameters):
    """Code, status and sentence of the error that a call ends with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    answer = raised.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_version_whose_bundle_is_not_there_is_deleted_and_says_so(start):
    names = {"ApplicationName": "shop", "VersionLabel": "v1"}
    served = start("--companion", "off")
    served.client().create_application(ApplicationName="shop")
    served.client().create_application_version(**names, SourceBundle={"S3Bucket": "never-was", "S3Key": "v1.zip"})
    served.end(signal.SIGKILL)
    client = start().client()
    code, status, message = refusal(client.delete_application_version, **names, DeleteSourceBundle=True)
    assert (code, status) == ("SourceBundleDeletionFailure", 400)
    assert message == "Unable to delete source bundle from S3."
    assert client.describe_application_versions(ApplicationName="shop")["ApplicationVersions"] == []


def test_a_call_that_cannot_be_written_down_is_refused_and_written_later(start, tmp_path):
    served = start()
    s3 = served.client("s3")
    s3.create_bucket(Bucket="shop-files")
    (tmp_path / "data" / "objects").write_text("in the way")
    code, status, message = refusal(s3.put_object, Bucket="shop-files", Key="k", Body=b"1")
    assert (code, status) == ("ServiceUnavailable", 503)
    assert message.startswith("what it changed cannot be written down: ")
    (tmp_path / "data" / "objects").unlink()
    served.client("sns").create_topic(Name="t")
    served.end(signal.SIGKILL)
    assert start().client("s3").get_object(Bucket="shop-files", Key="k")["Body"].read() == b"1"


@pytest.mark.merge
def test_what_cannot_be_read_is_an_error_of_its_service_alone_and_stays(start, redis):
    served = start()
    served.client("sns").create_topic(Name="t")
    served.client("sqs").create_queue(QueueName="q")
    place = keys.companion(served.account), "sns/sns/us-east-1"
    assert redis.hexists(*place)
    Records(redis).write("0.1", {place: Record(pickle.dumps(subprocess.run))}, [], {})
    broken = redis.hget(*place)
    served.end(signal.SIGKILL)
    again = start()
    code, status, message = refusal(again.client("sns").list_topics)
    assert (code, status) == ("NotImplemented", 501)
    assert "what moto 0.1 held for sns/sns/us-east-1" in message
    assert "subprocess.run is nothing that moto holds" in message
    assert len(again.client("sqs").list_queues()["QueueUrls"]) == 1
    assert redis.hget(*place) == broken


@pytest.mark.merge
def test_a_record_that_was_torn_is_dropped_and_all_before_it_is_there(start, tmp_path):
    served = start()
    s3 = served.client("s3")
    s3.create_bucket(Bucket="shop-files")
    for key in ("first", "last"):
        s3.put_object(Bucket="shop-files", Key=key, Body=key.encode())
    served.end(signal.SIGKILL)
    (log,) = (tmp_path / "data" / "appendonlydir").glob("*.incr.aof")
    torn = log.read_bytes().rindex(b"shop-files")
    log.write_bytes(log.read_bytes()[:torn])
    again = start().client("s3")
    assert [row["Key"] for row in again.list_objects_v2(Bucket="shop-files")["Contents"]] == ["first"]
    again.put_object(Bucket="shop-files", Key="last", Body=b"anew")
    assert again.get_object(Bucket="shop-files", Key="last")["Body"].read() == b"anew"


@pytest.mark.merge
def test_records_of_a_newer_program_are_refused(start, redis, tmp_path):
    served = start()
    served.client("sns").create_topic(Name="t")
    assert redis.hget(keys.COMPANION_ABOUT, "format") == str(PRESENT).encode()
    redis.hset(keys.COMPANION_ABOUT, "format", PRESENT + 1)
    served.end(signal.SIGTERM)
    command = [sys.executable, "-m", "beanpole", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert f"what the companion holds has format {PRESENT + 1}, which a newer beanpole wrote" in ran.stderr


@pytest.mark.merge
def test_a_rule_that_was_kept_gets_events_before_any_call_of_a_client(start, redis):
    served = start()
    queue = served.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    events = served.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["aws.elasticbeanstalk"]}')
    arn = f"arn:aws:sqs:us-east-1:{served.account}:q"
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    served.end(signal.SIGKILL)
    again = start("--speed", "instant")
    again.client().create_application(ApplicationName="shop")
    again.client().create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=again.client().list_available_solution_stacks()["SolutionStacks"][0],
    )
    sqs = again.client("sqs")
    messages = []
    while not messages:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages", [])
    assert "aws.elasticbeanstalk" in messages[0]["Body"]
