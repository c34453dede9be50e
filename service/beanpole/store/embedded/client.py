"""A client of an embedded Redis, with the methods of redis-py that the store uses, and their answers."""

from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Self

from beanpole.store.embedded.answers import answer
from beanpole.store.embedded.commands import execute
from beanpole.store.embedded.database import Database, Message, Refused
from beanpole.store.embedded.methods import Methods
from beanpole.store.embedded.scripts import ScriptCache


class Client(Methods):
    """A client of a server of its own."""

    def __init__(self) -> None:
        self._database = Database()
        self._scripts = ScriptCache(self._database)

    def execute_command(self, name: str, *words: Any) -> Any:
        """The answer to one command; raises redis-py's ResponseError."""
        encoded = [word if type(word) is bytes else encode(word) for word in words]
        try:
            with self._database.lock:
                reply = execute(self._database, name.encode(), encoded)
        except Refused as refusal:
            raise _error(refusal) from None
        return answer(name, encoded, reply)

    def pipeline(self, transaction: bool = True) -> "Pipeline":
        """Commands that are executed at once; nobody else comes in between, with a transaction or without."""
        return Pipeline(self._database)

    def register_script(self, source: str) -> "Script":
        """A script that is called with keys and arguments."""
        return Script(self._database, self._scripts, source.encode())

    def eval(self, source: str, number: int, *words: Any) -> Any:
        """Run a script whose first `number` words are keys."""
        return self.register_script(source)(words[:number], words[number:])

    def pubsub(self, ignore_subscribe_messages: bool = False) -> "Listener":
        """A subscription to channels."""
        return Listener(self._database, ignore_subscribe_messages)

    def scan_iter(self, match: str = "*", count: int | None = None) -> Iterator[bytes]:
        """Every key of a pattern."""
        return iter(self.keys(match))

    def close(self) -> None:
        """There is no connection."""


class Pipeline(Methods):
    """Commands that wait for `execute`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[str, list[bytes]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting = []

    def execute_command(self, name: str, *words: Any) -> Any:
        """Let a command wait."""
        self._waiting.append((name, [word if type(word) is bytes else encode(word) for word in words]))
        return self

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """The answers to all commands; each is executed, and then the first that was refused is raised."""
        commands, self._waiting = self._waiting, []
        replies: list[Any] = []
        with self._database.lock:
            for name, words in commands:
                try:
                    replies.append(execute(self._database, name.encode(), words))
                except Refused as refusal:
                    replies.append(_error(refusal))
        refused = next((reply for reply in replies if isinstance(reply, Exception)), None)
        if refused is not None and raise_on_error:
            raise refused
        return [
            reply if isinstance(reply, Exception) else answer(name, words, reply)
            for (name, words), reply in zip(commands, replies, strict=True)
        ]


class Script:
    """A script, with the server that runs it."""

    def __init__(self, database: Database, scripts: ScriptCache, source: bytes) -> None:
        self._database = database
        self._scripts = scripts
        self._source = source

    def __call__(self, keys: Sequence[Any] = (), args: Sequence[Any] = ()) -> Any:
        """What it returns; raises redis-py's ResponseError."""
        under, words = ([word if type(word) is bytes else encode(word) for word in given] for given in (keys, args))
        try:
            with self._database.lock:
                return self._scripts.run(self._source, under, words)
        except Refused as refusal:
            raise _error(refusal) from None


class Listener:
    """Messages of channels, from the moment at which each is subscribed to."""

    def __init__(self, database: Database, ignores_subscriptions: bool) -> None:
        self._database = database
        self._ignores_subscriptions = ignores_subscriptions
        self._messages: SimpleQueue[Message] = SimpleQueue()

    def subscribe(self, *channels: str) -> None:
        """Listen to channels."""
        with self._database.lock:
            for number, channel in enumerate(channels, 1):
                self._database.listeners.setdefault(channel.encode(), []).append(self._messages)
                self._messages.put(("subscribe", channel.encode(), number))

    def get_message(self, timeout: float = 0) -> dict[str, Any] | None:
        """The next message; None after so many seconds without one, and for a subscription that is ignored."""
        try:
            kind, channel, data = self._messages.get(timeout > 0, timeout or None)
        except Empty:
            return None
        if kind == "subscribe" and self._ignores_subscriptions:
            return None
        return {"type": kind, "pattern": None, "channel": channel, "data": data}

    def close(self) -> None:
        """Listen no more."""
        with self._database.lock:
            for listeners in self._database.listeners.values():
                while self._messages in listeners:
                    listeners.remove(self._messages)


def encode(word: Any) -> bytes:
    """A word of a command; raises redis-py's DataError for what cannot be one."""
    match word:
        case bytes():
            return word
        case str():
            return word.encode()
        case bool():
            pass
        case int() | float():
            return repr(word).encode()
        case bytearray() | memoryview():
            return bytes(word)
        case _:
            pass
    from redis.exceptions import DataError

    raise DataError(f"Invalid input of type: {type(word).__name__!r}. Convert to a bytes, string, int or float first.")


def _error(refusal: Refused) -> Exception:
    """The error of redis-py, which is read where there is one, so that a start does not read it."""
    from redis.exceptions import ResponseError

    return ResponseError(str(refusal).removeprefix("ERR "))
