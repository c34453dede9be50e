"""The worker tier: messages reach the application with the daemon's headers, are tried again, or are recorded."""

import json
from collections import Counter
from uuid import uuid4

import boto3
import pytest

from beanpole.catalog import catalog
from beanpole.command import attachment, companion_setup
from beanpole.machine.clock import real_now, sleep
from beanpole.other_services import queues
from beanpole.store import keys
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from beanpole_workers.play.web_processes import WebProcesses
from beanpole_workers.play.worker_tier import WorkerTier
from environments import STACK
from instances.walk import fleet, update, version
from options import SINGLE, option
from servers import s3_server
from sqs_queues import count

SQSD = "aws:elasticbeanstalk:sqsd"
TIMEOUT = 60_000  # milliseconds of real time
APPLICATION = """
import json, os

def application(request, start_response):
    body = request["wsgi.input"].read(int(request.get("CONTENT_LENGTH") or 0)).decode()
    heads = {name[5:]: value for name, value in request.items() if name.startswith("HTTP_")}
    line = json.dumps([request["REQUEST_METHOD"], request["PATH_INFO"], request.get("CONTENT_TYPE"), body, heads])
    print(line + "\\n", end="", flush=True)  # in one piece: the server prints, too
    start_response("500 Broken" if "bad" in body else "200 OK", [])
    return [b""]
"""
CRON = "version: 1\ncron:\n - {name: tidy, url: /tidy, schedule: '*/10 * * * *'}\n"


@pytest.fixture(scope="module")
def endpoint():
    with s3_server() as url:
        yield url


@pytest.fixture
def sqs(endpoint):
    any_keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = boto3.client("sqs", endpoint_url=endpoint, region_name=REGION, **any_keys)
    yield client
    client.close()


class Tier:
    """A worker environment, and the thread that empties its queue."""

    def __init__(self, endpoint, commands, *settings, files=(), url=None):
        self.world = Beanstalk(with_objects=True, commands=commands)
        # Worlds have the same ids, and queues outlive them.
        self.world.app.test_client().put(f"/_beanpole/clock?account={ACCOUNT}", json={"seed": uuid4().int % 1_000_000})
        self.world.client.create_application(ApplicationName="shop")
        version(self.world, "v1", {"application.py": APPLICATION, **dict(files)})
        self.world.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="shop-web",
            VersionLabel="v1",
            SolutionStackName=STACK,
            Tier={"Name": "Worker", "Type": "SQS/HTTP"},
            OptionSettings=[SINGLE, *settings],
        )
        self.world.until_ready("shop-web")
        self.processes = self.world._applications()
        self.daemon = self.another("first", endpoint)
        self.url = url
        self.daemon.look()

    def another(self, name, endpoint):
        return WorkerTier(self.world.store, catalog.load(), queues.at(endpoint), self.processes, name)

    @property
    def queue(self):
        """The URLs of the queue and of its dead letters, as the API returns them."""
        resources = self.world.client.describe_environment_resources(EnvironmentName="shop-web")["EnvironmentResources"]
        named = {queue["Name"]: queue["URL"] for queue in resources["Queues"]}
        return named["WorkerQueue"], named["WorkerDeadLetterQueue"]

    def lines(self, by):
        """The lines of the process, or of the daemon, in the log."""
        account_world = self.world.store.world(ACCOUNT, REGION)
        (environment,) = account_world.environments()
        return [
            entry.line
            for entry in self.world.store.output_log.latest(account_world.keys, environment.id)
            if entry.by == by
        ]

    def requests(self):
        """The requests to the application: method, path, type, body and headers."""
        return [json.loads(line) for line in self.lines("web") if line.startswith('["POST"')]

    def until(self, condition):
        """Empty the queue until a condition is true."""
        end = real_now() + TIMEOUT
        while not condition():
            assert real_now() < end, self.lines("daemon")
            if not self.daemon.look():
                sleep(0.02)


@pytest.mark.usefixtures("works")
def test_a_message_reaches_the_application_with_the_headers_of_the_daemon(endpoint, sqs):
    tier = Tier(endpoint, "run", option(SQSD, "HttpPath", "/work"), option(SQSD, "MimeType", "text/plain"))
    own = {"colour": {"DataType": "String", "StringValue": "green"}}
    sent = sqs.send_message(QueueUrl=tier.queue[0], MessageBody="hello é", MessageAttributes=own)
    tier.until(tier.requests)
    ((method, path, kind, body, heads),) = tier.requests()
    assert (method, path, kind, body) == ("POST", "/work", "text/plain", "hello é")
    name = tier.queue[0].rpartition("/")[2]
    assert {name: heads[name] for name in heads if name.startswith(("X_AWS", "USER"))} == {
        "USER_AGENT": "aws-sqsd/1.1",
        "X_AWS_SQSD_MSGID": sent["MessageId"],
        "X_AWS_SQSD_QUEUE": name,
        "X_AWS_SQSD_RECEIVE_COUNT": "1",
        "X_AWS_SQSD_FIRST_RECEIVED_AT": heads["X_AWS_SQSD_FIRST_RECEIVED_AT"],
        "X_AWS_SQSD_ATTR_COLOUR": "green",
    }
    assert heads["X_AWS_SQSD_FIRST_RECEIVED_AT"].endswith("Z")
    assert count(sqs, tier.queue[0]) == 0
    assert tier.lines("daemon") == ["message: sent to http://localhost:80/work"]


@pytest.mark.usefixtures("works")
def test_a_message_that_fails_is_tried_again_and_ends_among_the_dead_letters(endpoint, sqs):
    retries = [option(SQSD, "MaxRetries", "3"), option(SQSD, "ErrorVisibilityTimeout", "0")]
    tier = Tier(endpoint, "run", *retries)
    sqs.send_message(QueueUrl=tier.queue[0], MessageBody="bad")
    tier.until(lambda: count(sqs, tier.queue[1]) == 1)
    assert [heads["X_AWS_SQSD_RECEIVE_COUNT"] for *_, heads in tier.requests()] == ["1", "2", "3"]
    assert Counter(line.split()[0] for line in tier.lines("daemon")) == {"message:": 3, "http-err:": 3}
    assert count(sqs, tier.queue[0]) == 0


@pytest.mark.usefixtures("works")
def test_a_periodic_task_is_posted_to_its_own_path_when_it_is_due(endpoint):
    tier = Tier(endpoint, "run", files={"cron.yaml": CRON}.items())
    tier.world.advance(600)
    tier.until(tier.requests)
    ((method, path, _, body, heads),) = tier.requests()
    assert (method, path, body) == ("POST", "/tidy", "elasticbeanstalk scheduled job")
    assert heads["X_AWS_SQSD_TASKNAME"] == "tidy"
    assert heads["X_AWS_SQSD_SCHEDULED_AT"].endswith("0:00Z")
    assert heads["X_AWS_SQSD_SENDER_ID"] == ACCOUNT
    tier.daemon.look()
    assert len(tier.requests()) == 1


@pytest.mark.parametrize("commands", ["enact", "record"])
def test_without_a_running_application_a_message_is_recorded(endpoint, sqs, commands):
    tier = Tier(endpoint, commands)
    sent = sqs.send_message(QueueUrl=tier.queue[0], MessageBody="hello")
    tier.until(lambda: tier.lines("daemon"))
    assert tier.lines("daemon") == [
        f"beanpole recorded message {sent['MessageId']} and did not send it to http://localhost:80/."
    ]
    assert count(sqs, tier.queue[0]) == 0


def test_the_queues_are_as_the_options_say_and_follow_them(endpoint, sqs):
    tier = Tier(endpoint, "enact", option(SQSD, "VisibilityTimeout", "30"), option(SQSD, "RetentionPeriod", "600"))
    attributes = sqs.get_queue_attributes(QueueUrl=tier.queue[0], AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["MessageRetentionPeriod"]) == ("30", "600")
    policy = json.loads(attributes["RedrivePolicy"])
    assert int(policy["maxReceiveCount"]) == 10
    assert policy["deadLetterTargetArn"].endswith(tier.queue[1].rpartition("/")[2])
    update(tier.world, OptionSettings=[option(SQSD, "VisibilityTimeout", "40")])
    tier.daemon.look()
    attributes = sqs.get_queue_attributes(QueueUrl=tier.queue[0], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "40"


def test_the_queues_are_deleted_with_their_environment(endpoint, sqs):
    tier = Tier(endpoint, "enact")
    urls = tier.queue
    assert [count(sqs, url) for url in urls] == [0, 0]
    tier.world.client.terminate_environment(EnvironmentName="shop-web")
    tier.world.until("shop-web", "Terminated")
    tier.daemon.look()
    for url in urls:
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            count(sqs, url)


def test_queues_of_an_environment_that_ended_while_no_process_looked_are_deleted(endpoint, sqs):
    tier = Tier(endpoint, "enact")
    urls = tier.queue
    tier.world.client.terminate_environment(EnvironmentName="shop-web")
    tier.world.until("shop-web", "Terminated")
    tier.world.store.redis.delete(keys.DAEMON)  # the process has ended before it looked again
    later = tier.another("second", endpoint)
    later.look()
    for url in urls:
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            count(sqs, url)
    world = tier.world.store.world(ACCOUNT, REGION)
    assert tier.world.store.redis.hgetall(world.keys.queues) == {}


def test_a_queue_of_the_user_is_emptied_and_not_changed(endpoint, sqs):
    own = sqs.create_queue(QueueName=f"mine-{uuid4()}", Attributes={"VisibilityTimeout": "77"})["QueueUrl"]
    tier = Tier(endpoint, "enact", option(SQSD, "WorkerQueueURL", own))
    sqs.send_message(QueueUrl=own, MessageBody="hello")
    tier.until(lambda: tier.lines("daemon"))
    attributes = sqs.get_queue_attributes(QueueUrl=own, AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], "RedrivePolicy" in attributes) == ("77", False)


def test_lost_queues_are_created_again(endpoint, sqs):
    tier = Tier(endpoint, "enact")
    for url in tier.queue:
        sqs.delete_queue(QueueUrl=url)
    for _ in range(2):
        tier.daemon.look()
    sqs.send_message(QueueUrl=tier.queue[0], MessageBody="hello")
    tier.until(lambda: tier.lines("daemon"))


SLOW = """
from time import sleep

def application(request, start_response):
    if request["REQUEST_METHOD"] == "POST":
        print("[]", flush=True)
        sleep(3600)
    start_response("200 OK", [])
    return []
"""


@pytest.mark.usefixtures("works")
@pytest.mark.merge
def test_an_application_that_does_not_answer_does_not_delay_the_end(endpoint, sqs):
    tier = Tier(endpoint, "run", files={"application.py": SLOW}.items())
    sqs.send_message(QueueUrl=tier.queue[0], MessageBody="hello")
    tier.daemon.start()
    end = real_now() + TIMEOUT
    while "message: sent to http://localhost:80/" not in tier.lines("daemon"):
        assert real_now() < end
        sleep(0.05)
    begun = real_now()
    tier.daemon.stop()
    assert real_now() - begun < 30_000
    assert count(sqs, tier.queue[0]) == 1


def test_one_process_at_a_time_empties_queues(endpoint, sqs):
    tier = Tier(endpoint, "enact")
    sqs.send_message(QueueUrl=tier.queue[0], MessageBody="hello")
    other = tier.another("second", endpoint)
    tier.world.store.redis.set(keys.DAEMON, "first")  # for as long as the machine needs
    assert other.look() == 0
    tier.world.store.redis.delete(keys.DAEMON)  # the first one has ended
    assert other.look() == 1
    assert tier.daemon.look() == 0


def test_an_endpoint_that_does_not_answer_is_logged_once_and_stops_no_other(endpoint, caplog):
    tier = Tier(endpoint, "enact")
    lost = tier.another("first", "http://127.0.0.1:9")
    assert [lost.look(), lost.look()] == [0, 0]
    warnings = [record.message for record in caplog.records if "cannot be emptied" in record.message]
    assert len(warnings) == 1
    assert "Could not connect to the endpoint URL" in warnings[0]


@pytest.mark.usefixtures("works")
def test_the_thread_empties_queues_by_itself(endpoint, sqs):
    tier = Tier(endpoint, "run")
    sqs.send_message(QueueUrl=tier.queue[0], MessageBody="hello")
    tier.daemon.start()
    try:
        end = real_now() + TIMEOUT
        while not tier.requests():
            assert real_now() < end
            sleep(0.05)
    finally:
        tier.daemon.stop()
    assert isinstance(tier.processes, WebProcesses)
    assert len(fleet(tier.world)) == 1


def test_the_companion_in_this_process_has_the_queues_of_each_account(moto):
    queues_of = queues.in_process(moto.of_service("sqs"))
    url = queues_of(ACCOUNT, REGION).make("mine", {"VisibilityTimeout": "30"})
    queues_of(ACCOUNT, REGION).send(url, "hello", {"colour": "green"})
    (message,) = queues_of(ACCOUNT, REGION).receive(url, 20)
    assert (message.body, message.count, message.attributes) == ("hello", 1, {"colour": "green"})
    with pytest.raises(queues.Unanswered):
        queues_of("999999999999", REGION).receive(url, 1)


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize(
    ("companions", "has_url", "there"), [(("off",), False, False), ((), False, True), (("off",), True, True)]
)
def test_queues_are_those_of_the_address_else_of_the_companion(endpoint, companions, has_url, there):
    companion = companion_setup.companion(companions, False)
    queues_of = attachment.queues_beside(companion, endpoint if has_url else None)
    assert (queues_of is not None) is there
    if queues_of is not None:
        assert queues_of(ACCOUNT, REGION).make(f"made-{uuid4()}", {}).startswith("http")
