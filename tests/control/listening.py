"""Listeners to streams of server-sent events, over sockets of their own."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any

from beanpole.command import serving
from beanpole.testing import ACCOUNT

STREAM = f"/_beanpole/stream?account={ACCOUNT}"


@dataclass(frozen=True)
class Message:
    """A message of a stream; a comment has neither a name nor an id."""

    name: str
    id: str
    data: Any


class Listener:
    """A client that reads a stream; an answer that is none raises AssertionError with its text."""

    def __init__(self, port: int, path: str = STREAM, **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._connection.request("GET", path, headers=headers)
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        if self.status == 200:
            assert self._answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"

    def next(self) -> Message | None:
        """The next message or comment; None at the end."""
        fields: dict[str, str] = {}
        while line := self._answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif fields and "retry" not in fields:
                return Message(fields.get("event", ""), fields.get("id", ""), json.loads(fields.get("data", "null")))
            else:
                fields = {}
        return None

    def until(self, name: str, **members: Any) -> list[Message]:
        """All messages up to one of that name with these members."""
        heard: list[Message] = []
        while (message := self.next()) is not None:
            heard.append(message)
            if message.name == name and members.items() <= message.data.items():
                return heard
        raise AssertionError(f"the stream ended before {name} {members}: {heard}")

    def close(self) -> None:
        """Close the connection at once."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._answer.close()
        self._connection.close()


@contextmanager
def served(app: Any) -> Iterator[int]:
    """The port of a server of this process that answers by an app."""
    server = serving.listen(app, "127.0.0.1", 0)
    thread = Thread(target=server.answer)
    thread.start()
    try:
        yield server.address[1]
    finally:
        server.stop()
        thread.join()
        until_unheard()


def until_unheard() -> None:
    """Wait until the thread of streams that have ended has ended, too: it uses the world of the test."""
    for thread in threading.enumerate():
        if thread.name == "beanpole-streams":
            thread.join(10)
            assert not thread.is_alive()
