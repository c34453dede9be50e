"""Notices: events go to the topic in the options and to the bus, after the commit and without delaying it."""

import json
from contextlib import closing

import boto3
import pytest

from beanpole.command import attachment, companion_setup
from beanpole.other_services.publishing import Publishing, Refused
from beanpole.store import keys
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from beanpole_workers.play import notices, world_clients
from chaos.parties import until
from environments import STACK
from instances.notices import ARN, Companion, create, notification, sender, unanswered, update
from servers import s3_server

OWN = ARN + "ElasticBeanstalkNotifications-Environment-shop-web"
TIMEOUT = 20_000  # milliseconds of real time


@pytest.fixture
def world():
    with closing(Beanstalk()) as new_world:
        yield new_world


@pytest.fixture(scope="module")
def endpoint():
    with s3_server() as url:
        yield url


def launch(world, companion, *settings):
    """The sender of notices, after the launch of an environment."""
    create(world, *settings)
    world.until_ready("shop-web")
    notices = sender(world, companion.publishing)
    assert notices.look()
    return notices


def statuses(companion):
    return [json.loads(entry.detail)["Status"] for entry in companion.entries]


def test_the_service_makes_the_topic_and_sends_changes_of_health_in_its_form(world):
    companion = Companion()
    launch(world, companion, notification("Endpoint", "me@example.com"))
    assert companion.topics == {OWN: {("email", "me@example.com")}}
    first, second = companion.messages
    environment = world.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"][0]
    assert (
        first[1]
        == "AWS Elastic Beanstalk Notification - Environment health has transitioned to Pending. Initializati..."
    )
    (event,) = (event for event in world.events("shop-web") if " from Pending to Ok. " in event.message)
    assert second[2].splitlines()[:-1] == [
        "Timestamp: Thu Jan 01 00:02:11 UTC 2026",
        f"Message: {event.message}",
        "",
        "Environment: shop-web",
        "Application: shop",
        "",
        f"Environment URL: http://{environment['CNAME']}",
    ]
    assert second[2].splitlines()[-1].startswith("NotificationProcessId: ")


def test_a_new_version_and_failures_are_sent_with_the_request(world):
    companion = Companion()
    notices = launch(world, companion, notification("Endpoint", "me@example.com"))
    companion.messages.clear()
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v1")
    world.until_ready("shop-web")
    notices.look()
    (deployed,) = [body for _, subject, body in companion.messages if "New application version" in subject]
    assert "\nMessage: New application version was deployed to running EC2 instances.\n" in deployed
    assert "\nRequestId: " in deployed
    assert not [subject for _, subject, _ in companion.messages if "is starting" in subject]
    world.arm("command-fails")
    companion.messages.clear()
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    world.until_ready("shop-web")
    notices.look()
    assert any("Failed to deploy application." in subject for _, subject, _ in companion.messages)


@pytest.mark.parametrize(
    ("settings", "arn"),
    [
        ([notification("Topic Name", "alarms")], ARN + "alarms"),
        ([notification("Topic Name", "alarms"), notification("Endpoint", "me@example.com")], ARN + "alarms"),
        ([notification("Topic ARN", ARN + "mine")], ARN + "mine"),
    ],
)
def test_options_name_the_topic(world, settings, arn):
    companion = Companion()
    companion.topics[ARN + "mine"] = set()
    launch(world, companion, *settings)
    assert {to for to, _, _ in companion.messages} == {arn}


def test_the_topic_is_deleted_with_the_option_and_the_environment_but_a_topic_of_the_user_stays(world):
    companion = Companion()
    companion.topics[ARN + "mine"] = set()
    notices = launch(world, companion, notification("Endpoint", "me@example.com"))
    update(world, notification("Endpoint", "you@example.com"))
    notices.look()
    assert companion.topics[OWN] == {("email", "you@example.com")}
    update(world, notification("Topic ARN", ARN + "mine"))
    notices.look()
    assert companion.topics == {ARN + "mine": {("email", "you@example.com")}}
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    notices.look()
    assert companion.topics == {ARN + "mine": set()}
    assert world.store.redis.hkeys(world.store.world(ACCOUNT, REGION).keys.notices) == [b"mailed", b"bussed"]


def test_a_topic_of_the_service_ends_with_its_environment_after_the_last_notice(world):
    companion = Companion()
    notices = launch(world, companion, notification("Endpoint", "me@example.com"))
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    notices.look()
    assert companion.topics == {}
    assert " - Environment health has transitioned from " in companion.messages[-1][1]


def test_the_bus_gets_operations_health_and_instances_with_their_details(world):
    companion = Companion()
    notices = launch(world, companion)
    assert statuses(companion) == [
        "Environment creation started",
        "Environment health changed",
        "Instance added",
        "Environment health changed",
        "Environment creation successful",
    ]
    entry = companion.entries[0]
    environment = world.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"][0]
    assert (entry.source, entry.detail_type) == ("aws.elasticbeanstalk", "Elastic Beanstalk resource status change")
    assert entry.resources == (environment["EnvironmentArn"],)
    assert json.loads(entry.detail) == {
        "Status": "Environment creation started",
        "EventDate": 1767225600002,
        "ApplicationName": "shop",
        "Message": "createEnvironment is starting.",
        "EnvironmentName": "shop-web",
        "Severity": "INFO",
    }
    assert companion.messages == []
    notices.look()
    assert len(companion.entries) == 5


def test_a_bus_without_receivers_gets_no_events_then_or_later(world):
    companion = Companion()
    companion.heard = False
    notices = launch(world, companion)
    companion.heard = True
    notices.look()
    assert (companion.entries, companion.calls) == ([], 0)


def test_a_bus_without_a_rule_is_called_once_a_look_and_gets_no_events(world):
    companion = Companion()
    companion.has_rule = False
    notices = launch(world, companion)
    assert (companion.entries, companion.calls) == ([], 1)
    companion.has_rule = True
    world.client.terminate_environment(EnvironmentName="shop-web")
    notices.look()
    assert statuses(companion) == ["Environment termination started"]


def test_the_number_of_clients_is_bounded(fresh_world, monkeypatch):
    monkeypatch.setattr(world_clients, "CLIENTS", 2)
    scopes, world, companion = [], fresh_world(), Companion()
    for account in ("000000000001", "000000000002", "000000000003"):
        world.clients(account=account).create_application(ApplicationName="shop")
        world.clients(account=account).create_environment(
            ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK
        )
    sending = sender(world, Publishing(None, lambda *scope: scopes.append(scope) or companion))
    sending.look()
    assert len(scopes) == 3
    (channel,) = sending._channels
    assert len(channel._clients) < 3
    assert statuses(companion) == ["Environment creation started"] * 3


def test_an_option_that_the_companion_refuses_delays_no_other_notice(world, moto, caplog):
    create(
        world, notification("Topic Name", "a b!"), notification("Endpoint", "nobody"), notification("Protocol", "sqs")
    )
    world.until_ready("shop-web")
    assert sender(world, attachment.publishing_beside(moto.companion())).look()
    assert any("the topic of shop-web was refused" in record.message for record in caplog.records)


def test_while_the_companion_is_unreachable_calls_succeed_and_notices_wait_in_the_log(world, caplog):
    companion = Companion()
    companion.trouble = unanswered()
    create(world, notification("Endpoint", "me@example.com"))
    notices = sender(world, companion.publishing)
    for _ in range(3):
        assert not notices.look()
    world.until_ready("shop-web")
    assert not notices.look()
    assert [record.message for record in caplog.records] == [f"notices wait: {companion.trouble}"] * 2  # topics and bus
    companion.trouble = None
    assert sender(world, companion.publishing, "first").look()  # after a restart
    assert len(companion.messages) == 2
    assert len(companion.entries) == 5


def test_a_refused_notice_is_dropped_and_delays_no_other(world, caplog):
    companion = Companion()
    launch(world, companion, notification("Topic ARN", ARN + "gone"))
    assert companion.messages == []
    assert "a notice of shop-web is lost: Topic does not exist" in [record.message for record in caplog.records]
    companion.trouble = Refused("no")
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    assert sender(world, companion.publishing).look()


@pytest.mark.parametrize("setting", [notification("Endpoint", "me@example.com"), notification("Topic Name", "alarms")])
def test_a_topic_that_a_companion_has_lost_is_made_again_and_no_notice_is_lost(world, setting, caplog):
    companion = Companion()
    launch(world, companion, setting)
    topics = {arn: set(subscriptions) for arn, subscriptions in companion.topics.items()}
    companion.topics.clear()
    companion.messages.clear()
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v1")
    world.until_ready("shop-web")
    again = sender(world, companion.publishing)  # a process that was started after the loss
    assert again.look()
    assert companion.topics == topics
    assert any("New application version" in subject for _, subject, _ in companion.messages)
    assert not [record.message for record in caplog.records if "is lost" in record.message]


def test_options_change_and_an_environment_ends_while_its_topic_is_lost(world, caplog):
    companion = Companion()
    notices = launch(world, companion, notification("Endpoint", "me@example.com"))
    companion.topics.clear()
    update(world, notification("Endpoint", "you@example.com"))
    notices.look()
    assert companion.topics == {OWN: {("email", "you@example.com")}}
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    notices.look()
    assert companion.topics == {}
    assert not [record.message for record in caplog.records if "refused" in record.message or "lost" in record.message]


def test_a_notice_that_is_sent_twice_has_the_same_id(world):
    companion = Companion()
    notices = launch(world, companion, notification("Endpoint", "me@example.com"))
    key = world.store.world(ACCOUNT, REGION).keys.notices
    world.store.redis.hdel(key, keys.MAILED)  # as if the process had been killed before it stored the position
    notices.look()
    first, second = companion.messages[:2]
    assert companion.messages == [first, second] * 2


def test_one_process_at_a_time_sends_and_the_next_goes_on_at_its_position(world):
    companion = Companion()
    first = launch(world, companion)
    second = sender(world, companion.publishing, "second")
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    assert second.look()
    assert len(companion.entries) == 5
    world.store.redis.delete(keys.NOTIFIER)  # the first one has ended
    assert second.look(frozenset())  # it has just taken over, so it looks at all accounts
    assert first.look()
    after = statuses(companion)[5:]
    assert "Environment health changed" in after
    assert [status for status in after if status != "Environment health changed"] == [
        "Environment termination started",
        "Auto Scaling group deleted",
        "Environment termination successful",
    ]


def test_neither_an_import_nor_a_reset_sends_anything_again(world):
    companion = Companion()
    notices = launch(world, companion, notification("Endpoint", "me@example.com"))
    http = world.app.test_client()
    state = http.get(f"/_beanpole/state?account={ACCOUNT}").data
    companion.messages.clear()
    companion.entries.clear()
    answer = http.put(f"/_beanpole/state?account={ACCOUNT}", data=state, content_type="application/json")
    assert answer.status_code == 200, answer.data
    notices.look()
    assert (companion.messages, companion.entries) == ([], [])
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    notices.look()
    assert statuses(companion)[-1] == "Environment termination successful"
    http.post(f"/_beanpole/reset?account={ACCOUNT}")
    companion.entries.clear()
    create(world)  # its clock begins before the events that were sent last
    notices.look()
    assert statuses(companion) == ["Environment creation started"]


@pytest.mark.parametrize("leader", [None, "killed"])
def test_the_thread_sends_by_itself(world, monkeypatch, leader):
    monkeypatch.setattr(notices, "FOLLOWING", 0.05)
    companion = Companion()
    create(world)
    if leader is not None:  # its lead ends when nothing changes any more
        world.until_ready("shop-web")
        world.store.redis.set(keys.NOTIFIER, leader, px=300)
    (thread := sender(world, companion.publishing)).start()
    try:
        world.until_ready("shop-web")
        until(lambda: len(companion.entries) >= 5, "all events are sent", TIMEOUT)
    finally:
        thread.stop()
    assert not thread._thread.is_alive()


def test_the_companion_in_this_process_delivers_to_queues(world, moto):
    def client(service):
        return world.clients(service=service)

    publishing = attachment.publishing_beside(moto.companion())
    assert publishing.is_heard()
    sqs, events = client("sqs"), client("events")
    mails, bus = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("mails", "bus"))
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.elasticbeanstalk"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:bus"}])
    create(world, notification("Endpoint", f"arn:aws:sqs:{REGION}:{ACCOUNT}:mails"), notification("Protocol", "sqs"))
    world.until_ready("shop-web")
    sender(world, publishing).look()
    assert _bodies(sqs, mails)[0]["Subject"].startswith("AWS Elastic Beanstalk Notification - Environment health")
    assert next(body["detail"]["Status"] for body in _bodies(sqs, bus)) == "Environment creation started"


def test_a_companion_in_this_process_gets_the_next_notice_after_a_restart(world, moto):
    companion = moto.companion()
    publishing = attachment.publishing_beside(companion)
    sqs = world.clients(service="sqs")
    create(world, notification("Endpoint", f"arn:aws:sqs:{REGION}:{ACCOUNT}:mails"), notification("Protocol", "sqs"))
    notices = sender(world, publishing)
    assert notices.look()
    moto.forget(ACCOUNT)
    mails = sqs.create_queue(QueueName="mails")["QueueUrl"]
    world.until_ready("shop-web")
    notices.look()
    assert "transitioned from Pending to Ok" in _bodies(sqs, mails)[-1]["Message"]


def test_a_companion_at_an_address_gets_notices_and_an_unreachable_one_is_waited_for(world, endpoint, caplog):
    create(world, notification("Topic Name", "alarms"))
    world.until_ready("shop-web")
    lost, there = (
        attachment.publishing_beside(companion_setup.companion((url,), several_processes=True))
        for url in ("http://127.0.0.1:1", endpoint)
    )
    assert not sender(world, lost).look()
    assert any("Could not connect to the endpoint URL" in record.message for record in caplog.records)
    assert sender(world, there).look()
    any_keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "x"}
    sns = boto3.client("sns", endpoint_url=endpoint, region_name=REGION, **any_keys)
    assert any(topic["TopicArn"].endswith(":alarms") for topic in sns.list_topics()["Topics"])
    sns.close()


@pytest.mark.parametrize(
    ("companions", "topics", "bus"),
    [(("off",), False, False), (("off", "sns=http://127.0.0.1:1"), True, False), (("http://127.0.0.1:1",), True, True)],
)
def test_notices_go_to_the_companion_of_each_service(companions, topics, bus):
    publishing = attachment.publishing_beside(companion_setup.companion(companions, several_processes=True))
    parts = [part is not None for part in ((publishing.topics, publishing.bus) if publishing else (None, None))]
    assert parts == [topics, bus]


def _bodies(sqs, url):
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies
