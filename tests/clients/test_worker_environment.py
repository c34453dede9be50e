"""A worker environment of a served beanpole: what a client puts into its queue at the same endpoint reaches it."""

from contextlib import ExitStack, contextmanager
from urllib.request import urlopen

import pytest

from archives import zipped
from beanpole.machine.clock import real_now, sleep
from beanpole_workers.sandbox import sandbox
from beanpole_workers.sandbox.bubblewrap import Unavailable
from clients_environment import environment
from environments import STACK
from options import SINGLE
from programs import Program
from servers import redis_server, s3_server
from sqs_queues import count

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
    clients = []

    def connect(service):
        clients.append(served.client(service))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def until(condition):
    """Wait until something is there, and give it."""
    end = real_now() + PATIENCE
    while not (value := condition()):
        assert real_now() < end
        sleep(0.1)
    return value


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
    assert url.rpartition("/")[2] in str(sqs.list_queues().get("QueueUrls"))
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello")
    until(lambda: count(sqs, url) == 0)
    if "run" in request.node.name:
        until(lambda: "web: message hello" in tail(beanstalk))  # a line is in the log a moment after it is written
        assert "message: sent to http://localhost:80/" in tail(beanstalk)
    else:
        assert f"beanpole recorded message {sent['MessageId']}" in tail(beanstalk)


def tail(beanstalk):
    """The last lines of the logs of the one instance."""
    beanstalk.request_environment_info(EnvironmentName="shop-work", InfoType="tail")
    (sample,) = until(
        lambda: beanstalk.retrieve_environment_info(EnvironmentName="shop-work", InfoType="tail")["EnvironmentInfo"]
    )
    return _fetched(sample["Message"])


@pytest.mark.merge
@pytest.mark.parametrize("processes", ["one", "three"])
def test_a_client_finds_the_queues_of_an_environment_that_is_ready(serve_anew, processes):
    with ExitStack() as stack:
        if processes == "one":
            served = serve_anew("--clock", "manual")
        else:
            where = ["--redis", stack.enter_context(redis_server()), "--companion", stack.enter_context(s3_server())]
            served = serve_anew(*where, "--clock", "manual")
            stack.enter_context(program("worker", *where))
        beanstalk, sqs = served.client("elasticbeanstalk"), served.client("sqs")
        beanstalk.create_application(ApplicationName="shop")
        beanstalk.create_environment(
            ApplicationName="shop",
            EnvironmentName="shop-work",
            SolutionStackName=STACK,
            Tier={"Name": "Worker", "Type": "SQS/HTTP"},
            OptionSettings=[SINGLE],
        )
        served.control("POST", "clock/advance", {"seconds": 600})
        resources = beanstalk.describe_environment_resources(EnvironmentName="shop-work")["EnvironmentResources"]
        described = {queue["URL"].rpartition("/")[2] for queue in resources["Queues"]}
        assert {url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]} == described
        beanstalk.terminate_environment(EnvironmentName="shop-work")
        served.control("POST", "clock/advance", {"seconds": 600})
        assert "QueueUrls" not in sqs.list_queues()


@contextmanager
def program(*arguments):
    """A process of beanpole, ended after the block."""
    process = Program(list(arguments), env=environment())
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def _fetched(address):
    with urlopen(address, timeout=30) as answer:
        return answer.read().decode()
