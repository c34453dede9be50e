"""A client of a Redis inside this process: fakeredis, with commands that are handed over unpacked.

By itself the client writes each command as bytes, which fakeredis parses, and takes the answer from a queue. Here a
connection hands over the words of a command, and is given the answer (`store.embedded_server`).
"""

from collections.abc import Callable, Iterable
from typing import Any

from fakeredis import FakeRedis
from fakeredis._clients import FakeRedisConnection
from redis.client import EMPTY_RESPONSE, NEVER_DECODE
from redis.exceptions import ResponseError

from beanpole.store.embedded_server import Fields, Socket, server

_NO_EMPTY = object()


class InProcess(FakeRedis):
    """A client of a server of its own."""

    def __init__(self) -> None:
        super().__init__(server=server(), version=(7,), connection_class=_Connection)
        self._idle: list[Any] = []

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute one command; nothing is sent again, since no connection inside a process breaks."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self.connection_pool.get_connection()
        try:
            response = connection.answer(*args)
        except BaseException:
            connection.disconnect()  # an answer may be left in it
            raise
        finally:
            self._idle.append(connection)
        return self._read(response, args[0], **options)

    def _read(self, response: Any, name: Any, **options: Any) -> Any:
        """The response to a command as redis-py gives it (`Redis.parse_response`), where no text is decoded."""
        empty = options.pop(EMPTY_RESPONSE, _NO_EMPTY)
        if isinstance(response, ResponseError):
            if empty is not _NO_EMPTY:
                return empty
            raise response
        options.pop(NEVER_DECODE, None)
        options.pop("keys", None)  # it is for a cache of the client
        callbacks: Any = self.response_callbacks
        callback = callbacks.get(name)
        return response if callback is None else callback(response, **options)


class _Connection(FakeRedisConnection):
    """Hands over words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._command_packer = _Packer(self.encoder.encode)

    def answer(self, *args: Any) -> Any:
        """The answer to one command, or its error."""
        (fields,) = self._command_packer.pack(*args)
        socket: Any = self.get_socket()
        return socket.answer(fields)

    def pack_commands(self, commands: Iterable[tuple[Any, ...]]) -> list[Fields]:
        """Several commands, for a pipeline."""
        return [fields for command in commands for fields in self._command_packer.pack(*command)]

    def _connect(self) -> "Socket":
        return Socket(self._server, client_class=self._client_class, db=self.db, client_info=self._client_info)


class _Packer:
    """Makes a command's words bytes; a name of two words, such as CONFIG GET, is two words."""

    def __init__(self, encode: Callable[[Any], Any]) -> None:
        self._encode = encode

    def pack(self, name: str | bytes, *args: Any) -> list[Fields]:
        """The one piece in which the command is sent."""
        words = name.encode() if isinstance(name, str) else name
        return [[*words.split(), *map(self._word, args)]]

    def _word(self, word: Any) -> bytes:
        if type(word) is bytes:
            return word
        return word.encode() if type(word) is str else bytes(self._encode(word))
