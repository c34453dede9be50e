"""The queues of worker environments at the gateway: a client of SQS finds what events have announced, and no more."""

import json

import pytest

from beanpole.catalog import catalog
from beanpole.gateway import queues_first, scopes
from beanpole.gateway.companion import Companion
from beanpole.gateway.remote import Remote
from beanpole.other_services import queues
from beanpole.other_services.worker_queues import WorkerQueues
from beanpole.testing import ACCOUNT, REGION
from environments import STACK
from options import SINGLE, option

SQSD = "aws:elasticbeanstalk:sqsd"
WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
EMPTY = {"SCRIPT_NAME": "", "PATH_INFO": "/", "REQUEST_METHOD": "POST", "QUERY_STRING": "", "HTTP_HOST": "localhost"}
pytestmark = pytest.mark.usefixtures("moto")


@pytest.fixture
def world(beanstalk):
    """A world with a worker environment, of whose queues no worker has heard."""
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-work",
        SolutionStackName=STACK,
        Tier=WORKER,
        OptionSettings=[SINGLE, option(SQSD, "VisibilityTimeout", "30")],
    )
    beanstalk.until_ready("shop-work")
    return beanstalk


def names(world):
    """The names of the queues that a client of SQS finds."""
    urls = world.clients(service="sqs").list_queues().get("QueueUrls", ())
    return {url.rpartition("/")[2] for url in urls}


def described(world):
    """The names of the queues that the API describes."""
    answer = world.client.describe_environment_resources(EnvironmentName="shop-work")["EnvironmentResources"]
    return {queue["URL"].rpartition("/")[2] for queue in answer["Queues"]}


def queue(world):
    return next(name for name in names(world) if "DeadLetter" not in name)


def attributes(world):
    sqs = world.clients(service="sqs")
    url = sqs.get_queue_url(QueueName=queue(world))["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def update(world, *settings):
    world.client.update_environment(EnvironmentName="shop-work", OptionSettings=list(settings))
    world.until_ready("shop-work")


def test_the_queues_are_there_as_soon_as_the_environment_is(world):
    assert names(world) == described(world)
    assert len(names(world)) == 2
    there = attributes(world)
    assert there["VisibilityTimeout"] == "30"
    assert json.loads(there["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2] in described(world)


def test_the_first_call_may_be_one_of_a_queue(world):
    (url,) = [
        queue["URL"]
        for queue in world.client.describe_environment_resources(EnvironmentName="shop-work")["EnvironmentResources"][
            "Queues"
        ]
        if queue["Name"] == "WorkerQueue"
    ]
    assert world.clients(service="sqs").send_message(QueueUrl=url, MessageBody="hello")["MessageId"]


def test_the_queues_follow_the_options(world):
    assert attributes(world)["VisibilityTimeout"] == "30"
    update(world, option(SQSD, "VisibilityTimeout", "40"))
    assert attributes(world)["VisibilityTimeout"] == "40"
    mine = world.clients(service="sqs").create_queue(QueueName="mine")["QueueUrl"]
    update(world, option(SQSD, "WorkerQueueURL", mine))
    assert names(world) == {"mine"}


def test_the_queues_go_with_the_environment(world):
    assert len(names(world)) == 2
    world.client.terminate_environment(EnvironmentName="shop-work")
    world.until("shop-work", "Terminated")
    assert names(world) == set()


def test_another_account_and_another_region_have_none(world):
    others = {"account": "999999999999"}, {"region": "eu-west-1"}
    assert [world.clients(service="sqs", **other).list_queues().get("QueueUrls") for other in others] == [None, None]


def test_queues_that_another_process_has_deleted_are_created_again_if_they_belong_to_an_environment(world, moto):
    there = names(world)
    worker = WorkerQueues(world.store, catalog.load(), queues.in_process(moto.of_service("sqs")))
    account_world = world.store.world(ACCOUNT, REGION)
    worker.settle(account_world)
    for name in there:
        worker.of(account_world).remove(name)
    world.store.redis.delete(account_world.keys.queues)
    assert names(world) == there


def test_one_process_deletes_what_another_has_created(world, moto):
    worker = WorkerQueues(world.store, catalog.load(), queues.in_process(moto.of_service("sqs")))
    account_world = world.store.world(ACCOUNT, REGION)
    worker.settle(account_world)
    world.client.terminate_environment(EnvironmentName="shop-work")
    world.until("shop-work", "Terminated")
    assert names(world) == set()
    assert world.store.redis.hgetall(account_world.keys.queues) == {}


def test_a_companion_that_does_not_answer_is_logged_once_and_the_client_is_told(world, caplog):
    companion = Companion(Remote("http://127.0.0.1:9"))
    application = queues_first.applications(companion, world.store, catalog.load())["sqs"]
    key = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/sqs/aws4_request, SignedHeaders=host, Signature=0"
    statuses = []
    for _ in range(2):
        request = {**EMPTY, "HTTP_AUTHORIZATION": key, scopes.SERVICE: "sqs"}
        b"".join(application(request, lambda status, _headers: statuses.append(status[:3])))
    assert statuses == ["503", "503"]
    assert len([record for record in caplog.records if "could not be created" in record.message]) == 1


@pytest.mark.parametrize(
    ("at", "is_first"), [(None, True), ("http://127.0.0.1:9/", True), ("http://127.0.0.1:10", False)]
)
def test_queues_that_are_elsewhere_are_not_created_in_the_companion(beanstalk, at, is_first):
    companion = Companion(Remote("http://127.0.0.1:9"), queues=at)
    assert set(queues_first.applications(companion, beanstalk.store, catalog.load())) == (
        {"sqs"} if is_first else set()
    )


def test_without_an_sqs_there_is_nothing_to_create(beanstalk):
    assert queues_first.applications(Companion(), beanstalk.store, catalog.load()) == {}
