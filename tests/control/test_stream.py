"""A page that listens hears of all that happens, in order and once, over real sockets."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from beanpole.control import streams
from beanpole.machine.clock import real_now, sleep
from beanpole.model.changes.change import Change
from beanpole.testing import ACCOUNT, Beanstalk
from control.listening import STREAM, Listener, Message, served, until_unheard
from environments import STACK

BOUND = 20_000  # milliseconds until a state must have come
MANY = 50
DONE = "createApplication completed successfully."


@pytest.fixture
def port(beanstalk: Beanstalk) -> Iterator[int]:
    """A server of the test's world."""
    _ = beanstalk.now_of(ACCOUNT)
    with served(beanstalk.app) as port:
        yield port


def launch(world: Beanstalk, name: str = "shop-web") -> None:
    if not world.client.describe_applications()["Applications"]:
        world.client.create_application(ApplicationName="shop")
    world.client.create_environment(ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK)


def sentences_of(messages: list[Message]) -> list[str]:
    """The sentences of the events among messages."""
    return [message.data["message"] for message in messages if message.name == "event"]


def sentences(world: Beanstalk, environment: str | None = None) -> list[str]:
    return [event.message for event in world.events(environment)]


def test_a_page_hears_of_a_launch_from_its_call_to_its_end(beanstalk: Beanstalk, port: int) -> None:
    with closing(Listener(port)) as page:
        assert [message.name for message in page.until("open")] == ["open"]
        launch(beanstalk)
        beanstalk.until_ready("shop-web")
        heard = page.until("environment", status="Ready", environment_name="shop-web")
    assert sentences_of(heard) == sentences(beanstalk)[: len(sentences_of(heard))]
    assert "Successfully launched environment: shop-web" in sentences_of(heard)
    assert [message.data["mode"] for message in heard if message.name == "clock"][-1:] == ["manual"]


def test_a_page_that_comes_back_hears_what_followed_and_nothing_twice(beanstalk: Beanstalk, port: int) -> None:
    with closing(Listener(port)) as page:
        page.until("open")
        launch(beanstalk)
        beanstalk.advance(30)
        before = page.until("event")
    beanstalk.until_ready("shop-web")
    beanstalk.client.create_application(ApplicationName="last")
    for resumed in (
        Listener(port, **{"Last-Event-ID": before[-1].id}),
        Listener(port, f"{STREAM}&after={before[-1].id}"),
    ):
        with closing(resumed) as page:
            after = page.until("event", application_name="last", message=DONE)
        assert sentences_of(before) + sentences_of(after) == sentences(beanstalk)


def test_every_message_is_a_place_to_go_on_from(beanstalk: Beanstalk, port: int) -> None:
    with closing(Listener(port)) as page:
        opened = page.until("open")
        launch(beanstalk)
        launch(beanstalk, "shop-api")
        beanstalk.advance(60)
        beanstalk.arm("delay", seconds=0)
        heard = page.until("faults", armed=1)
    stories = []
    for number in range(0, len(heard), 5):
        with closing(Listener(port, **{"Last-Event-ID": ([opened[-1], *heard])[number].id})) as page:
            stories.append(sentences_of(heard[:number]) + sentences_of(page.until("faults", armed=1)))
    assert stories == [sentences(beanstalk)] * len(stories)


def test_a_page_about_one_environment_hears_of_no_other(beanstalk: Beanstalk, port: int) -> None:
    launch(beanstalk, "shop-api")
    launch(beanstalk)
    with closing(Listener(port, f"{STREAM}&environment=shop-web")) as page:
        page.until("open")
        beanstalk.until_ready("shop-web")
        beanstalk.until_ready("shop-api")
        beanstalk.client.terminate_environment(EnvironmentName="shop-web")
        heard = page.until("environment", status="Terminating")
    about = {message.data["environment_name"] for message in heard if message.name in ("event", "environment")}
    assert about == {"shop-web"}


def test_a_page_hears_of_faults_and_of_the_clock(beanstalk: Beanstalk, port: int) -> None:
    with closing(Listener(port)) as page:
        page.until("open")
        fault = beanstalk.arm("refuse", code="AccessDenied", times=3)
        page.until("faults", armed=1)
        beanstalk.advance(3600)
        page.until("clock", now="2026-01-01T01:00:00.000Z")
        beanstalk.disarm(fault)
        page.until("faults", armed=0)


def test_a_page_hears_that_the_world_is_another_one(beanstalk: Beanstalk, port: int) -> None:
    launch(beanstalk)
    with closing(Listener(port)) as page:
        last = page.until("open")[-1]
        beanstalk.store.reset(ACCOUNT)
        page.until("reset")
        launch(beanstalk, "shop-api")
        assert sentences_of(page.until("event")) == sentences(beanstalk)[:1]
    with closing(Listener(port, **{"Last-Event-ID": last.id})) as page:
        assert [message.name for message in page.until("reset")] == ["open", "reset"]


def test_a_place_that_is_none_is_refused(port: int) -> None:
    for page in (Listener(port, f"{STREAM}&after=yesterday"), Listener(port, **{"Last-Event-ID": "1-1.x"})):
        with closing(page):
            assert page.status == 400


def test_there_are_only_so_many_and_one_that_is_closed_makes_room(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 2)
    with closing(Listener(port)), closing(Listener(port)) as second:
        assert status(port) == 503
        second.close()
        begun = real_now()
        while status(port) == 503:
            assert real_now() - begun < BOUND
            sleep(0.01)


def status(port: int) -> int:
    with closing(Listener(port)) as page:
        return page.status


def test_open_streams_hold_no_thread(beanstalk: Beanstalk, port: int) -> None:
    """There are many more than threads that answer."""
    pages = [Listener(port) for _ in range(MANY)]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as other:
        other.request("GET", "/_beanpole/clock")
        assert other.getresponse().status == 200
    beanstalk.client.create_application(ApplicationName="shop")
    for page in pages:
        page.until("event", application_name="shop", message=DONE)
        page.close()


def test_a_silent_stream_has_a_heartbeat(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BEAT", 0.05)
    with closing(Listener(port)) as page:
        page.until("open")
        assert page._answer.readline() == b":\n"


def test_a_server_that_stops_ends_its_streams(beanstalk: Beanstalk) -> None:
    with served(beanstalk.app) as port:
        page = Listener(port)
        page.until("open")
    with closing(page):
        assert page.next() is None


class Reader:
    """A client that takes what is written when it wants to."""

    def __init__(self) -> None:
        self.written = b""
        self.is_slow = False
        self.is_gone = False

    def write(self, data: bytes) -> bool:
        self.written += data
        return not self.is_gone

    def unread(self) -> int:
        return streams.UNREAD if self.is_slow else 0

    def close(self) -> None:
        self.is_gone = True


def until_written(reader: Reader, text: bytes) -> None:
    begun = real_now()
    while text not in reader.written:
        assert real_now() - begun < BOUND, reader.written
        sleep(0.005)


def test_a_client_that_reads_slowly_is_told_later_and_keeps_nobody_waiting(
    beanstalk: Beanstalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BEHIND", 0.01)
    slow, quick = Reader(), Reader()
    slow.is_slow = True
    of = streams.Streams(beanstalk.store)
    world = beanstalk.store.world(ACCOUNT, "us-east-1")
    seats = [of.seat(world, streams.watch.present(beanstalk.store, world)) for _ in range(2)]
    for stream, reader in zip(seats, (slow, quick), strict=True):
        assert stream is not None
        stream.begin(reader)
    beanstalk.client.create_application(ApplicationName="shop")
    until_written(quick, b"shop")
    assert slow.written == b""
    slow.is_slow = False
    until_written(slow, b"shop")
    assert slow.written == quick.written
    for stream in seats:
        stream.end()
    until_unheard()


def test_streams_go_on_when_the_store_is_back(beanstalk: Beanstalk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PAUSE", 0.01)
    look, failures = streams.watch.look, iter(range(3))

    def away(*arguments: Any) -> Any:
        if next(failures, None) is not None:
            raise streams.StoreError("no Redis")
        return look(*arguments)

    monkeypatch.setattr(streams.watch, "look", away)
    reader = Reader()
    world = beanstalk.store.world(ACCOUNT, "us-east-1")
    stream = streams.Streams(beanstalk.store).seat(world, streams.watch.present(beanstalk.store, world))
    assert stream is not None
    stream.begin(reader)
    beanstalk.client.create_application(ApplicationName="shop")
    until_written(reader, b"shop")
    stream.end()
    until_unheard()


def test_any_other_server_gives_each_stream_a_thread_of_those_that_may_wait(fresh_world) -> None:
    beanstalk = fresh_world()
    answers = [beanstalk.app.test_client().get(STREAM) for _ in range(17)]
    assert [answer.status_code for answer in answers] == [200] * 16 + [503]
    chunks = iter(answers[0].response)
    assert b"event: open" in next(chunks)
    beanstalk.client.create_application(ApplicationName="shop")
    assert b"shop" in b"".join(next(chunks) for _ in range(1))
    for answer in answers:
        answer.close()
    until_unheard()
    with beanstalk.app.test_client().get(STREAM) as answer:
        assert answer.status_code == 200


def test_a_page_hears_of_what_it_has_named_alone(beanstalk: Beanstalk, port: int) -> None:
    with closing(Listener(port, f"{STREAM}&messages=environment,clock")) as page:
        page.until("open")
        launch(beanstalk)
        beanstalk.until_ready("shop-web")
        heard = page.until("environment", status="Ready")
        names = {message.name for message in heard}
        if "clock" not in names:  # a look reads the clock before the environments
            names |= {message.name for message in page.until("clock")}
    assert names == {"environment", "clock"}
    assert (heard[-1].data["instances"], heard[-1].data["in_service"]) == (1, 1)
    last = beanstalk.client.describe_events(MaxRecords=1)["Events"][0]["EventDate"]
    assert heard[-1].data["last_event"] == f"{last:%Y-%m-%dT%H:%M:%S}.{last.microsecond // 1000:03}Z"
    with closing(Listener(port, f"{STREAM}&messages=environment,lunch")) as page:
        assert page.status == 400


def test_a_page_hears_that_environments_are_forgotten(beanstalk: Beanstalk, port: int) -> None:
    launch(beanstalk)
    launch(beanstalk, "shop-api")
    beanstalk.until_ready("shop-web")
    world = beanstalk.store.world(ACCOUNT, "us-east-1")
    with closing(Listener(port)) as page:
        page.until("open")
        world.commit(Change(deletes=(world.environments()[0],)))
        page.until("forgotten", total=1)
