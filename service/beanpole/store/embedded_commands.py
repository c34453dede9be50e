"""Commands of the embedded store that each call and each commit makes, in the forms in which they are made.

fakeredis looks for options that we do not give, for fields of hashes that expire, and at each word of an answer. Every
other form of these commands is fakeredis's own.
"""

from collections.abc import Callable
from typing import Any

from fakeredis._command_args_parsing import Float
from fakeredis._core import CommandItem, Database
from fakeredis._socket import FakeSocket
from fakeredis.model import Hash, XStream
from fakeredis.model._stream import StreamEntryKey

LATER = object()  # instead of an answer: the command takes fakeredis's own way
_SHORT = 19  # digits of milliseconds that are below every bound of an id
_NODE_LIMITS = 100, 4096  # entries and bytes, as fakeredis has them


def _hash(database: Database, key: bytes) -> Any:
    """The fields of a hash that is there and of which nothing expires; None for any other key."""
    item = database._dict.get(key)
    if item is None or item.expireat is not None:
        return None
    stored = item.value
    return stored._values if type(stored) is Hash and not stored._expiry_heap and not stored._expirations else None


def _hget(database: Database, key: bytes, *fields: bytes) -> Any:
    values = _hash(database, key)
    return LATER if values is None or len(fields) != 1 else values.get(fields[0])


def _hmget(database: Database, key: bytes, *fields: bytes) -> Any:
    values = _hash(database, key)
    return LATER if values is None or not fields else list(map(values.get, fields))


def _hset(database: Database, key: bytes, *words: bytes) -> Any:
    values = _hash(database, key)
    if values is None or not words or len(words) % 2:
        return LATER
    before = len(values)
    values.update(zip(words[::2], words[1::2], strict=True))
    database.notify_watch(key)
    return len(values) - before


# Commands on a hash, without what fakeredis makes around each: they take a database and the words, and answer `LATER`
# where they do not know better than fakeredis.
ON_HASHES: dict[str, Callable[..., Any]] = {"hget": _hget, "hmget": _hmget, "hset": _hset}


class Commands(FakeSocket):
    """A socket with commands on other values."""

    def zadd(self, key: CommandItem, *args: bytes) -> Any:
        """Add members to a sorted set: without options where a score is the first word, as wherever we add one."""
        if not (args[0][:1].isdigit() and len(args) == 2):
            return super().zadd(key, *args)
        before = len(key.value)
        if key.value.add(args[1], 0.0 + Float.decode(args[0])):
            key.updated()
        return len(key.value) - before

    def set_(self, key: CommandItem, value: bytes, *args: bytes) -> Any:
        """Set a string; the only option of a commit is that it reads the string before."""
        if args != (b"GET",) or not (key.value is None or type(key.value) is bytes):
            return super().set_(key, value, *args)
        before, key.value = key.value, value
        return before

    def _stream_node_limits(self) -> tuple[int, int]:
        """The limits of a node of a stream; they are fakeredis's own where none is configured."""
        return super()._stream_node_limits() if self._server.config else _NODE_LIMITS

    def xadd(self, key: CommandItem, *args: bytes) -> Any:
        """Add an entry to a stream: without options, and numbered within a millisecond that is given."""
        milliseconds, _, sequence = args[0].partition(b"-") if len(args) == 3 else (b"", b"", b"")
        is_plain = sequence == b"*" and milliseconds.isdigit() and len(milliseconds) < _SHORT
        if not is_plain or not (key.value is None or type(key.value) is XStream):
            return super().xadd(key, *args)
        stream = XStream() if key.value is None else key.value
        entry = stream.next_id(StreamEntryKey(int(milliseconds), 0), False)
        if entry is None:
            return super().xadd(key, *args)  # which refuses it
        stream.add(args[1:], entry, *self._stream_node_limits())
        key.update(stream)
        return entry.encode()
