"""Ways to cross each limit of the worker tier, whose queues and applications are in this process."""

import socket
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from beanpole.catalog import catalog
from beanpole.model.traffic.worker_daemon import SILENT, TIME
from beanpole.other_services.queues import Message
from beanpole.tables import limits
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from beanpole_workers.play import worker_tier
from beanpole_workers.play.worker_tier import WorkerTier
from environments import STACK
from instances.walk import version
from options import SINGLE

CRON = "version: 1\ncron:\n - {name: tidy, url: /tidy, schedule: '* * * * *'}\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Queue:
    """The queue of one environment, which keeps what is done with its messages."""

    endpoint = "http://queue"

    def __init__(self, *messages: str) -> None:
        self.waiting = [Message(name, name, "", 1, 0) for name in messages]
        self.sent: list[Mapping[str, str]] = []
        self.deleted: list[str] = []
        self.shown_again: list[str] = []

    def make(self, name: str, attributes: Mapping[str, str]) -> str:
        return f"{self.endpoint}/{name}"

    def arn(self, url: str) -> str:
        return "arn"

    def receive(self, url: str, most: int) -> list[Message]:
        received, self.waiting = self.waiting[:most], self.waiting[most:]
        return received

    def delete(self, url: str, receipt: str) -> None:
        self.deleted.append(receipt)

    def show_again(self, url: str, receipt: str, seconds: int) -> None:
        self.shown_again.append(receipt)

    def send(self, url: str, body: str, attributes: Mapping[str, str]) -> None:
        self.sent.append(attributes)


class Applications:
    """The applications of all instances, which are connected by a function."""

    def __init__(self, connect: Callable[..., socket.socket | None]) -> None:
        self.connect = connect

    def answered(self, instance: object) -> None:
        """Nothing is printed."""

    def end(self) -> None:
        """Nothing runs."""


def launched() -> Beanstalk:
    """A world with a worker environment that has a periodic task for each minute."""
    world: Any = Beanstalk(with_objects=True)
    world.client.create_application(ApplicationName="shop")
    version(world, "v1", {"cron.yaml": CRON})
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        VersionLabel="v1",
        SolutionStackName=STACK,
        Tier={"Name": "Worker", "Type": "SQS/HTTP"},
        OptionSettings=[SINGLE],
    )
    world.until_ready("shop-web")
    return world


def tier_of(world: Beanstalk, queue: Any, connect: Callable[..., socket.socket | None] | None = None) -> WorkerTier:
    applications: Any = None if connect is None else Applications(connect)
    return WorkerTier(world.store, catalog.load(), lambda *_: queue, applications, "first")


def messages_beyond_those_that_are_sent_at_once_wait() -> None:
    most = limits.most("messages_at_once")
    together, queue = Barrier(most, timeout=60), Queue(*(f"m{number}" for number in range(most + 1)))

    def connect(*_: object) -> None:
        if not queue.shown_again:  # of the first ones none ends before all of them have begun
            together.wait()

    tier = tier_of(launched(), queue, connect)
    assert tier.look() == most
    assert len(queue.shown_again) == most
    assert [message.id for message in queue.waiting] == [f"m{most}"]
    together.reset()
    assert tier.look() == 1
    assert len(queue.shown_again) == most + 1


def an_application_that_takes_too_long_for_a_message_gets_it_again() -> None:
    """With a tenth of a second in place of the limit, once the socket has shown that it is the limit that is set."""
    world, queue = launched(), Queue("answered")
    world_of_tier = world.store.world(ACCOUNT, REGION)
    (environment,) = world_of_tier.environments()
    ours, theirs = socket.socketpair()
    with closing(theirs), closing(ours):
        theirs.sendall(ANSWER)
        tier_of(world, queue, lambda *_: ours).look()
        assert (queue.deleted, ours.gettimeout()) == (["answered"], limits.most("message_seconds"))
    queue = Queue("silent")
    ours, theirs = socket.socketpair()
    with closing(theirs), closing(ours), pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_tier, "SECONDS", 0.1)
        tier_of(world, queue, lambda *_: ours).look()
    assert (queue.deleted, queue.shown_again) == ([], [])  # so that its visibility time-out goes on
    lines = [entry.line for entry in world.store.output_log.latest(world_of_tier.keys, environment.id)]
    assert lines[-1] == SILENT.format(id="silent", count=1)


def the_latest_instants_of_a_periodic_task_are_sent() -> None:
    world, queue, most = launched(), Queue(), limits.most("periodic_tasks")
    tier = tier_of(world, queue)
    tier.look()
    for minutes in (most, most + 1):
        queue.sent.clear()
        before = world.now
        world.advance(minutes * 60)
        tier.look()
        instants = range(before // 60_000 * 60_000 + 60_000, world.now + 1, 60_000)
        assert len(instants) == minutes
        assert [message[TIME] for message in queue.sent] == [_iso(at) for at in instants[-most:]]


def _iso(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


HAD: Mapping[str, Callable[[], None]] = {
    "messages_at_once": messages_beyond_those_that_are_sent_at_once_wait,
    "message_seconds": an_application_that_takes_too_long_for_a_message_gets_it_again,
    "periodic_tasks": the_latest_instants_of_a_periodic_task_are_sent,
}
