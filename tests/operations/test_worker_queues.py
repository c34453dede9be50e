"""The queues of worker environments: of their own, or one that WorkerQueueURL names."""

import pytest

from environments import arm, messages_of
from operations.descriptions import update_options
from options import PROPERTIES, option

OWN_QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/mine"
WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}


def named(url):
    return option("aws:elasticbeanstalk:sqsd", "WorkerQueueURL", url)


def queues(world):
    return world.client.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]["Queues"]


def launch(world, create, *options):
    create("web1", Tier=WORKER, OptionSettings=list(options))
    world.until_ready("web1")


def queue_messages(world):
    return [message for message in messages_of(world) if "SQS queue" in message]


def test_a_worker_with_a_queue_of_its_user_gets_none(shop, create):
    launch(shop, create, named(OWN_QUEUE))
    assert queues(shop) == [{"Name": "WorkerQueue", "URL": OWN_QUEUE}]
    assert queue_messages(shop) == []
    assert messages_of(shop)[-1] == "Successfully launched environment: web1"


def test_a_worker_without_one_gets_two(shop, create):
    launch(shop, create)
    assert [queue["Name"] for queue in queues(shop)] == ["WorkerQueue", "WorkerDeadLetterQueue"]
    assert len(queue_messages(shop)) == 2


def test_an_update_that_names_a_queue_deletes_those_of_the_stack(shop, create):
    launch(shop, create)
    urls = [queue["URL"] for queue in queues(shop)]
    update_options(shop, named(OWN_QUEUE))
    assert queues(shop) == [{"Name": "WorkerQueue", "URL": OWN_QUEUE}]
    assert [message.split(": ")[-1] for message in queue_messages(shop)[2:]] == urls


def test_an_update_that_names_none_any_more_makes_them(shop, create):
    launch(shop, create, named(OWN_QUEUE))
    update_options(shop, OptionsToRemove=[option("aws:elasticbeanstalk:sqsd", "WorkerQueueURL")])
    assert [queue["Name"] for queue in queues(shop)] == ["WorkerQueue", "WorkerDeadLetterQueue"]
    assert [message.split(" named")[0].split(":")[0] for message in queue_messages(shop)] == [
        "Created SQS queue",
        "Created SQS queue",
    ]


@pytest.mark.parametrize("before", [[], [named(OWN_QUEUE)]])
def test_an_update_that_fails_leaves_the_queues_as_they_were(shop, create, before):
    launch(shop, create, *before)
    there = queues(shop)
    arm(shop, what="command-fails", times=1)
    after = {"OptionsToRemove": [option("aws:elasticbeanstalk:sqsd", "WorkerQueueURL")]} if before else {}
    update_options(shop, option(PROPERTIES, "COLOUR", "green"), *([] if before else [named(OWN_QUEUE)]), **after)
    assert queues(shop) == there


def test_a_worker_that_is_terminated_leaves_the_queue_of_its_user_alone(shop, create):
    launch(shop, create, named(OWN_QUEUE))
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.advance(600)
    assert queue_messages(shop) == []
    assert messages_of(shop)[-1] == "terminateEnvironment completed successfully."
