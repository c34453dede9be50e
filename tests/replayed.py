"""The commands that an embedded world executes, carried out by a server too: each must have the same answer there.

The code of a call is the same on either back end, and all that it knows of the back end are answers to its commands. So
a test whose commands have the same answers on a server has shown what it would have shown there.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy, deepcopy
from typing import Any, NamedTuple

import pytest
from redis.exceptions import RedisError

import mould
from beanpole.store.backend import TEXTS
from beanpole.store.connection import Connection
from beanpole.store.embedded_server import Fields, Socket
from beanpole.testing import Beanstalk

OF_CONNECTIONS = {b"HELLO", b"CLIENT"}  # commands that say who calls
UNORDERED = {b"HKEYS", b"HVALS", b"KEYS", b"SMEMBERS"}  # commands whose answers have no order


class Command(NamedTuple):
    """A command and its answer, or its error."""

    words: Fields
    answer: Any


@contextmanager
def recorded(world: Beanstalk) -> Iterator[list[Command]]:
    """The list of the commands that embedded stores execute inside; the world begins without anything.

    It comes from no mould, whose values have a form of their own.
    """
    commands: list[Command] = []
    waiting: dict[Socket, deque[Fields]] = {}
    answer, sendall, put_response = Socket.answer, Socket.sendall, Socket.put_response

    def recording_answer(socket: Socket, fields: Fields) -> Any:
        result = answer(socket, fields)
        commands.append(Command(fields, copy(result)))  # the caller may change the result
        return result

    def recording_sendall(socket: Socket, data: Any) -> None:
        waiting.setdefault(socket, deque()).append(data)
        sendall(socket, data)

    def recording_put(socket: Socket, result: Any) -> None:
        if waiting.get(socket):
            commands.append(Command(waiting[socket].popleft(), deepcopy(result)))
        put_response(socket, result)

    world.store.redis.flushall()
    load_scripts(world.store.redis)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Socket, "answer", recording_answer)
        patch.setattr(Socket, "sendall", recording_sendall)
        patch.setattr(Socket, "put_response", recording_put)
        patch.setattr(mould, "_content", lambda _: None)
        yield commands


def differences(commands: Sequence[Command], server: Connection) -> list[str]:
    """The commands that a server, which is emptied first, answers in another way."""
    sent = [command for command in commands if command.words[0] not in OF_CONNECTIONS]
    server.flushall()
    connection = server.connection_pool.get_connection()
    try:
        connection.send_packed_command(connection.pack_commands([command.words for command in sent]))
        answers = [_read(connection) for _ in sent]
    finally:
        server.connection_pool.release(connection)
    rows = []
    queued: list[bytes] = []
    for (words, embedded), served in zip(sent, answers, strict=True):
        ours, theirs = _plain(words[0], queued, embedded), _plain(words[0], queued, served)
        queued = [] if words[0] == b"MULTI" else [*queued, words[0]]
        if ours != theirs:
            rows.append(f"{b' '.join(words)[:200]!r}: embedded {ours!r}, on a server {theirs!r}")
    return rows


def load_scripts(redis: Connection) -> None:
    """Give a Redis the scripts, so that none of the commands fails and is repeated for want of one."""
    for text in TEXTS.values():
        redis.script_load(text)


def _read(connection: Any) -> Any:
    try:
        return connection.read_response()
    except RedisError as error:
        return error


def _plain(name: bytes, queued: Sequence[bytes], answer: Any) -> Any:
    """An answer in a form that both back ends have, without an order that neither promises.

    That of EXEC has an answer to each of the commands that were queued.
    """
    if name == b"EXEC" and isinstance(answer, list):
        return [_plain(inner, (), value) for inner, value in zip(queued, answer, strict=True)]
    if name == b"SCAN" and isinstance(answer, list | tuple):
        return sorted(answer[1])
    if name == b"HGETALL" and isinstance(answer, list | Mapping):
        pairs = answer.items() if isinstance(answer, Mapping) else zip(answer[::2], answer[1::2], strict=True)
        return sorted(pairs)
    if name in UNORDERED and isinstance(answer, list | set):
        return sorted(answer)
    return _value(answer)


def _value(answer: Any) -> Any:
    if isinstance(answer, Exception):
        return str(answer)
    if isinstance(answer, Mapping):
        return [[_value(key), _value(value)] for key, value in answer.items()]
    if isinstance(answer, list | tuple):
        return [_value(item) for item in answer]
    if isinstance(answer, bytes):
        return answer
    return answer if answer is None else repr(answer)
