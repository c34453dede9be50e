"""Clients that hold connections without using them keep nobody from being answered."""

import http.client
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from statistics import median

import pytest
from flask import Flask, Response

import programs
from beanpole.command import server, serving
from beanpole.command.threads import Idle
from beanpole.machine.clock import real_now, sleep
from clients_environment import environment
from promptness import shortest

BOUND = 250  # milliseconds for an answer meanwhile
ANSWER = b"here"
LONG = bytes(range(256)) * (16 << 12)  # 16 MB: more than a connection holds that is not read


@pytest.fixture
def gate() -> threading.Event:
    """What `/slow` waits for."""
    return threading.Event()


@pytest.fixture(params=[200, pytest.param(server.MOST_CONNECTIONS, marks=pytest.mark.merge)])
def most(request: pytest.FixtureRequest) -> int:
    """How many connections there may be; as many as in fact before a merge alone, for they take long to make."""
    return int(request.param)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, gate: threading.Event, most: int) -> Iterator[int]:
    """A server in this process, whose patience is a second."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", most)
    monkeypatch.setattr(server, "TIMEOUT", 1)
    monkeypatch.setattr(server, "CLEANUP", 0)
    app = Flask("held")
    app.add_url_rule("/", "quick", lambda: ANSWER, methods=["GET", "POST"])
    app.add_url_rule("/slow", "slow", lambda: ANSWER if gate.wait(10) else b"")
    app.add_url_rule(
        "/long",
        "long",
        lambda: Response(iter([b"", LONG[:100], LONG[100:]]), headers=[("Content-Length", str(len(LONG)))]),
    )
    listener = serving.listen(app, "127.0.0.1", 0)
    thread = threading.Thread(target=listener.answer)
    thread.start()
    yield listener.address[1]
    listener.stop()
    thread.join()


def answered(port: int) -> int:
    """Milliseconds until an answer."""
    begun = real_now()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == ANSWER
    return real_now() - begun


@contextmanager
def opened(port: int, number: int, sends: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections on which nothing more is sent."""
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(number)
        ]
        for connection in connections:
            connection.sendall(sends)
        yield connections


@pytest.mark.parametrize("sends", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], ids=len)
def test_more_idle_connections_than_there_may_be_leave_others_answered(port: int, most: int, sends: bytes) -> None:
    with opened(port, most + most // 2, sends):
        assert shortest(lambda: median(answered(port) for _ in range(20)), BOUND) < BOUND


def test_the_longest_idle_connection_gives_way(port: int, most: int) -> None:
    with opened(port, most + 1) as connections:
        assert connections[0].recv(1) == b""


def test_a_client_that_takes_too_long_over_a_request_is_cut(port: int) -> None:
    """It sends a byte again and again, so that it is never silent for long."""
    begun = real_now()
    with opened(port, 1, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n") as (slow,):
        slow.settimeout(0.05)
        while real_now() - begun < 20_000:
            try:
                slow.sendall(b"x")
                if slow.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
    assert real_now() - begun < 5_000


def test_a_client_that_is_waiting_for_its_answer_is_not_cut(port: int, most: int, gate: threading.Event) -> None:
    """Only what is idle gives way, however long an answer takes."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as waiting:
        waiting.request("GET", "/slow")
        with opened(port, most + most // 2):
            gate.set()
        assert waiting.getresponse().read() == ANSWER


def test_a_long_answer_comes_whole_to_a_client_that_reads_it_late(port: int) -> None:
    with ExitStack() as clients:
        late = [
            clients.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5))) for _ in range(2)
        ]
        for turn in range(2):
            for connection in late:
                connection.request("GET", "/long")
            answered(port)
            assert [connection.getresponse().read() == LONG for connection in late] == [True, True], turn


def test_the_head_of_a_short_answer_comes_with_its_body(port: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as client:
        for _ in range(3):
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(65_536).endswith(b"\r\n\r\n" + ANSWER)


def test_a_client_that_sends_more_than_is_read_gets_its_last_answer(port: int) -> None:
    """The connection is not reset, which might destroy what the client has not read yet."""
    bad = b"GET / HTTP/1.1\r\nno header\r\n\r\n"
    with opened(port, 1, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bad + b"x" * 200_000) as (client,):
        received = b""
        while piece := client.recv(1000):
            received += piece
        assert [received.count(line) for line in (b" 200 OK", b" 400 Bad Request")] == [1, 1]
        client.sendall(b"x" * 1_000)


def test_a_client_that_never_closes_is_closed_soon(port: int) -> None:
    with opened(port, 1, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n") as (client,):
        while client.recv(1000):
            pass
        begun = real_now()
        with suppress(BrokenPipeError, ConnectionResetError):
            while real_now() - begun < 20_000:
                client.sendall(b"x")
                sleep(0.005)  # it never is silent for longer
        assert real_now() - begun < 10_000


@pytest.mark.parametrize(
    "body", [b"Content-Length: 0\r\n\r\n", b"\r\n", b"Content-Length: 3\r\n\r\nabc"], ids=["empty", "none", "some"]
)
def test_a_client_that_waits_for_leave_to_send_its_body_is_answered(port: int, body: bytes) -> None:
    """Without a body there is nothing to wait for, as in an upload of an empty object by boto3."""
    with opened(port, 1, b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" + body) as (client,):
        received = b""
        while not received.endswith(ANSWER):
            received += client.recv(1000)
        assert received.startswith((b"HTTP/1.1 100 ", b"HTTP/1.1 200 "))


def test_a_transfer_coding_that_is_unknown_is_a_mistake_of_the_client(port: int) -> None:
    with opened(port, 1, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") as (
        client,
    ):
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("begins", [b"\x16\x03\x01\x02\x00\x01", b"\x00", b"\r\n\xff", b"{"])
def test_bytes_that_begin_no_request_are_answered_at_once(port: int, begins: bytes) -> None:
    """A client of TLS waits for an answer, and would never send the end of a head."""
    with opened(port, 1, begins) as (client,):
        received = b""
        while piece := client.recv(1000):
            received += piece
        assert received.startswith(b"HTTP/1.0 400 Bad Request\r\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "300.1.1.1", "--control-token", "secret"], "cannot listen on 300.1.1.1, port 5770"),
        (["--host", "no-such-host.invalid", "--control-token", "secret"], "cannot listen on no-such-host.invalid"),
    ],
)
def test_an_address_that_cannot_be_listened_on_is_one_sentence(arguments: list[str], sentence: str) -> None:
    ended = _serve(*arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"Error: {sentence}")
    assert ended.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_one_sentence(port: int) -> None:
    ended = _serve("--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"Error: cannot listen on 127.0.0.1, port {port}: Address already in use\n"


def _serve(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return programs.run("serve", *arguments, timeout=30, env=environment())


def test_the_thread_that_was_idle_last_answers() -> None:
    lock, woken = threading.Lock(), threading.Semaphore(0)
    idle, order = Idle(lock), list[int]()

    def sleeper(number: int, is_asleep: threading.Semaphore) -> None:
        with lock:
            is_asleep.release()  # the lock is held until the thread waits
            idle.wait()
            order.append(number)
        woken.release()

    crew = []
    for number in range(4):
        is_asleep = threading.Semaphore(0)
        crew.append(threading.Thread(target=sleeper, args=(number, is_asleep)))
        crew[-1].start()
        is_asleep.acquire()
    for _ in range(2):
        with lock:
            idle.notify()
        woken.acquire()
    with lock:
        idle.notify_all()
        idle.notify()  # nobody waits any more
    for thread in crew:
        thread.join()
    assert order[:2] == [3, 2]
    assert sorted(order[2:]) == [0, 1]
