"""Notices that workers in processes of their own send, with Redis and a companion at an address."""

import json

import boto3
import pytest

from beanpole.machine.clock import real_now, sleep
from clients_environment import CREDENTIALS, environment
from environments import STACK
from options import SINGLE, option
from programs import Program
from servers import redis_server, s3_server

pytestmark = pytest.mark.merge

TOPICS = "aws:elasticbeanstalk:sns:topics"
QUEUE = f"arn:aws:sqs:us-east-1:{CREDENTIALS['AWS_ACCESS_KEY_ID']}:"
PATIENCE = 60_000  # milliseconds of real time


@pytest.fixture
def client(serve_anew):
    """`client(service)`: a client of the server, which has two workers and a companion."""
    with redis_server() as url, s3_server() as companion:
        served = serve_anew("--redis", url, "--companion", companion, "--speed", "instant")
        command = ["worker", "--redis", url, "--companion", companion]
        workers = [Program(command, env=environment()) for _ in range(2)]
        clients = []

        def connect(service):
            keys = {name.lower(): CREDENTIALS[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
            clients.append(boto3.client(service, endpoint_url=served.url, region_name="us-east-1", **keys))
            return clients[-1]

        yield connect
        for worker in workers:
            worker.terminate()
        assert [worker.wait(timeout=20) for worker in workers] == [0, 0]
        for client in clients:
            client.close()


def test_a_topic_and_the_bus_get_the_launch_once(client):
    sqs, events = client("sqs"), client("events")
    mails, bus = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("mails", "bus"))
    events.put_rule(Name="all", EventPattern='{"source": ["aws.elasticbeanstalk"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": f"{QUEUE}bus"}])
    beanstalk = client("elasticbeanstalk")
    beanstalk.create_application(ApplicationName="shop")
    topic = {"Endpoint": f"{QUEUE}mails", "Protocol": "sqs"}
    settings = [option(TOPICS, f"Notification {name}", value) for name, value in topic.items()]
    beanstalk.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK, OptionSettings=[SINGLE, *settings]
    )
    mailed, bussed, end = [], [], real_now() + PATIENCE
    while not mailed or "Environment creation successful" not in [body["detail"]["Status"] for body in bussed]:
        assert real_now() < end, (mailed, bussed)
        mailed += received(sqs, mails)
        bussed += received(sqs, bus)
        sleep(0.05)
    assert mailed[0]["Subject"].startswith(
        "AWS Elastic Beanstalk Notification - Environment health has transitioned to"
    )
    changes = [(body["detail"]["EventDate"], body["detail"]["Message"]) for body in bussed]
    assert sorted(set(changes)) == sorted(changes)
    assert changes[0][1] == "createEnvironment is starting."


def received(sqs, url):
    """The bodies of messages in a queue, which are deleted there."""
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in messages]
