"""The commands DUMP and RESTORE: a value as one text, and the value of such a text.

The text is ours, MessagePack, and no dump of a Redis server; values that are equal have the same.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from beanpole.clock import real_now
from beanpole.store.embedded.database import Database, Refused
from beanpole.store.embedded.sorted_set import SortedSet
from beanpole.store.embedded.stream import Stream
from beanpole.store.embedded.words import OK, Status, integer

_BUSY = "BUSYKEY Target key name already exists."
_BAD = "ERR DUMP payload version or checksum are wrong"


def _dump(database: Database, key: bytes) -> bytes | None:
    value = database.any(key)
    if value is None:
        return None
    kind = type(value)
    return msgspec.msgpack.encode((_KINDS.index(kind), _WRITERS[kind](value)))


def _restore(database: Database, key: bytes, milliseconds: bytes, text: bytes) -> Status:
    if database.any(key) is not None:
        raise Refused(_BUSY)
    try:
        kind, held = msgspec.msgpack.decode(text, type=tuple[int, Any])
        value = _READERS[_KINDS[kind]](held)
    except (msgspec.DecodeError, LookupError, TypeError, ValueError):
        raise Refused(_BAD) from None
    database.put(key, value)
    if milliseconds != b"0":
        database.expire(key, real_now() + integer(milliseconds))
    return OK


def _stream(held: Any) -> Stream:
    made = Stream()
    made.last, made.ids, made.fields = tuple(held[0]), list(map(tuple, held[1])), held[2]
    return made


def _sorted_set(held: Any) -> SortedSet:
    made = SortedSet()
    for score, member in held:
        made.add(member, score)
    return made


_KINDS: tuple[type, ...] = (bytes, dict, list, set, SortedSet, Stream)
_WRITERS: dict[type, Callable[[Any], Any]] = {
    bytes: lambda value: value,
    dict: lambda value: list(value.items()),
    list: lambda value: value,
    set: sorted,
    SortedSet: lambda value: value.slice(0, len(value.scores)),
    Stream: lambda value: (value.last, value.ids, value.fields),
}
_READERS: dict[type, Callable[[Any], Any]] = {
    bytes: lambda held: held,
    dict: dict,
    list: list,
    set: set,
    SortedSet: _sorted_set,
    Stream: _stream,
}

DUMPS: dict[bytes, Callable[..., Any]] = {b"DUMP": _dump, b"RESTORE": _restore}
