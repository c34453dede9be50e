"""A thread that stays with a connection keeps no other client waiting, and loses nothing of what its client sends."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

import pytest
from flask import Flask, request

from beanpole.command import connections, server
from chaos.parties import until

THREADS = 4
LONG = 30_000  # milliseconds that a thread stays, so that only a thread can have read the next request
PATIENCE = 15  # seconds for an answer: less than a thread stays
REQUEST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[connections.Connection]:
    """The connection of each read of the main loop."""
    reads: list[connections.Connection] = []
    handle_read: Callable[[connections.Connection], None] = connections.Connection.handle_read

    def noted(connection: connections.Connection) -> None:
        reads.append(connection)
        handle_read(connection)

    monkeypatch.setattr(connections.Connection, "handle_read", noted)
    return reads


@contextmanager
def _answering(monkeypatch: pytest.MonkeyPatch, stay: int) -> Iterator[int]:
    """The port of a server with few threads, which answers with what it is sent and with the thread's name."""
    monkeypatch.setattr(connections, "STAY", stay)
    app = Flask("echo")

    @app.post("/")
    def echo() -> bytes:
        return request.get_data() + threading.current_thread().name.encode()

    listener = server.Server(app, THREADS, host="127.0.0.1", port=0)
    dispatcher = listener._waitress.task_dispatcher  # a thread counts as active until it first waits
    until(lambda: dispatcher.active_count == 0, "all threads wait")
    thread = threading.Thread(target=listener.answer)
    thread.start()
    try:
        yield listener.address[1]
    finally:
        listener.stop()
        thread.join()


def _connected(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)


def _called(connection: http.client.HTTPConnection, text: str) -> str:
    """The name of the thread that has answered."""
    connection.request("POST", "/", text)
    answer = connection.getresponse().read().decode()
    assert answer.startswith(text)
    return answer.removeprefix(text)


def test_the_thread_that_has_answered_reads_the_next_requests(
    monkeypatch: pytest.MonkeyPatch, reads: list[connections.Connection]
) -> None:
    with _answering(monkeypatch, LONG) as port:
        connection = _connected(port)
        first = _called(connection, "first")
        before = len(reads)
        assert [_called(connection, str(number) * 5000) for number in range(20)] == [first] * 20
        assert len(reads) == before
        connection.close()


@pytest.mark.parametrize("stay", [0, LONG])
def test_no_client_waits_for_the_threads_that_stay_with_others(stay: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(monkeypatch, stay) as port, ExitStack() as stack:
        crowd = [_connected(port) for _ in range(5 * THREADS)]
        for connection in crowd:
            stack.callback(connection.close)
        for turn in range(3):
            for connection in crowd:
                _called(connection, str(turn))


def _answer(answers: BinaryIO) -> bytes:
    """The body of the next answer."""
    head = dict(line.rstrip().split(b": ", 1) for line in iter(answers.readline, b"\r\n") if b": " in line)
    return answers.read(int(head[b"Content-Length"]))


@pytest.mark.parametrize("stay", [0, 1, LONG])
@pytest.mark.parametrize("sends", ["in pieces", "at once", "in turn"])
def test_every_request_is_answered_in_its_order(stay: int, sends: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [b"%03d|" % number * (1 + number * 40) for number in range(30)]
    requests = [REQUEST % (len(text), text) for text in texts]
    sent = b"".join(requests)
    with ExitStack() as stack:
        address = "127.0.0.1", stack.enter_context(_answering(monkeypatch, stay))
        connection = stack.enter_context(socket.create_connection(address, PATIENCE))
        answers = stack.enter_context(connection.makefile("rb"))
        if sends == "at once":
            connection.sendall(sent)
        if sends == "in pieces":
            pieces = [sent[at : at + 777] for at in range(0, len(sent), 777)]
            sender = threading.Thread(target=lambda: [connection.sendall(piece) for piece in pieces])
            sender.start()
        for text, request_ in zip(texts, requests, strict=True):
            if sends == "in turn":
                connection.sendall(request_)
            assert _answer(answers).startswith(text)
        if sends == "in pieces":
            sender.join()


def test_a_server_ends_at_once_though_threads_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(monkeypatch, 200) as port:
        crowd = [_connected(port) for _ in range(3)]
        for connection in crowd:
            _called(connection, "x")
    for connection in crowd:
        assert connection.sock.recv(1) == b""
        connection.close()


def test_the_end_of_a_client_is_found_while_a_thread_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(monkeypatch, LONG) as port:
        for _ in range(3 * THREADS):
            connection = _connected(port)
            _called(connection, "x")
            connection.sock.shutdown(socket.SHUT_WR)
            assert connection.sock.recv(1) == b""
            connection.close()
