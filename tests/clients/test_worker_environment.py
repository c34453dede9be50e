"""A worker environment of a served beanpole: what a client puts into its queue at the same endpoint reaches it."""

from urllib.request import urlopen

import pytest

from archives import zipped
from beanpole.clock import real_now, sleep
from beanpole_workers.sandbox import sandbox
from beanpole_workers.sandbox.bubblewrap import Unavailable
from environments import STACK
from options import SINGLE

PATIENCE = 60_000  # milliseconds
APPLICATION = """
def application(request, start_response):
    print("message", request["wsgi.input"].read(int(request["CONTENT_LENGTH"])).decode(), flush=True)
    start_response("200 OK", [])
    return []
"""


@pytest.fixture(params=["enact", "run"])
def served(request, serve):
    if request.param == "enact":
        return request.getfixturevalue("at_once")
    try:
        sandbox.check()
    except Unavailable as reason:
        pytest.skip(f"no sandbox works on this machine: {reason}")
    return serve("--speed", "instant", "--commands", "run")


@pytest.fixture
def client(served):
    made = []

    def client(service):
        made.append(served.client(service))
        return made[-1]

    yield client
    for each in made:
        each.close()


def until(condition):
    """Wait until something is there, and give it."""
    end = real_now() + PATIENCE
    while not (found := condition()):
        assert real_now() < end
        sleep(0.1)
    return found


@pytest.mark.slow
@pytest.mark.merge
def test_a_message_in_the_queue_of_the_companion_is_taken(client, request):
    beanstalk, s3, sqs = client("elasticbeanstalk"), client("s3"), client("sqs")
    bucket = beanstalk.create_storage_location()["S3Bucket"]
    s3.put_object(Bucket=bucket, Key="v1.zip", Body=zipped({"application.py": APPLICATION}))
    source = {"S3Bucket": bucket, "S3Key": "v1.zip"}
    beanstalk.create_application_version(
        ApplicationName="shop", VersionLabel="v1", SourceBundle=source, AutoCreateApplication=True
    )
    beanstalk.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-work",
        VersionLabel="v1",
        SolutionStackName=STACK,
        Tier={"Name": "Worker", "Type": "SQS/HTTP"},
        OptionSettings=[SINGLE],
    )
    until(lambda: beanstalk.describe_environments()["Environments"][0]["Status"] == "Ready")
    resources = beanstalk.describe_environment_resources(EnvironmentName="shop-work")["EnvironmentResources"]
    url = next(queue["URL"] for queue in resources["Queues"] if queue["Name"] == "WorkerQueue")
    until(lambda: url.rpartition("/")[2] in str(sqs.list_queues().get("QueueUrls")))
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello")
    until(lambda: _count(sqs, url) == 0)
    beanstalk.request_environment_info(EnvironmentName="shop-work", InfoType="tail")
    (sample,) = until(
        lambda: beanstalk.retrieve_environment_info(EnvironmentName="shop-work", InfoType="tail")["EnvironmentInfo"]
    )
    text = _fetched(sample["Message"])
    if "run" in request.node.name:
        assert "web: message hello" in text
        assert "message: sent to http://localhost:80/" in text
    else:
        assert f"beanpole recorded message {sent['MessageId']}" in text


def _count(sqs, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(map(int, attributes.values()))


def _fetched(address):
    with urlopen(address, timeout=30) as answer:
        return answer.read().decode()
