"""The commands of lists and sets."""

from collections.abc import Callable
from typing import Any

from beanpole.store.embedded.database import Database
from beanpole.store.embedded.words import OK, Status, between, integer

List = list[bytes]
Set = set[bytes]


def _rpush(database: Database, key: bytes, element: bytes, *more: bytes) -> int:
    into: List = database.make(key, list)
    into.extend((element, *more))
    return len(into)


def _lpush(database: Database, key: bytes, element: bytes, *more: bytes) -> int:
    into: List = database.make(key, list)
    into[:0] = (element, *more)[::-1]
    return len(into)


def _lrange(database: Database, key: bytes, first: bytes, last: bytes) -> List:
    found: List = database.find(key, list) or []
    start, stop = between(first, last, len(found))
    return found[start : max(0, stop)]


def _ltrim(database: Database, key: bytes, first: bytes, last: bytes) -> Status:
    found: List | None = database.find(key, list)
    start, stop = between(first, last, len(found or ()))
    if found is not None:
        del found[max(start, stop) :], found[:start]
        if not found:
            database.remove(key)
    return OK


def _lrem(database: Database, key: bytes, count: bytes, element: bytes) -> int:
    """Remove an element so many times, from the end if the number is negative, and everywhere if it is 0."""
    found: List = database.find(key, list) or []
    most = integer(count)
    places = [index for index, each in enumerate(found) if each == element]
    gone = places[most:] if most < 0 else places[: most or None]
    for index in reversed(gone):
        del found[index]
    if gone and not found:
        database.remove(key)
    return len(gone)


def _lindex(database: Database, key: bytes, index: bytes) -> bytes | None:
    found: List | None = database.find(key, list)
    if found is None:  # before the index is read, as in Redis
        return None
    place = integer(index)
    return found[place] if -len(found) <= place < len(found) else None


def _llen(database: Database, key: bytes) -> int:
    return len(database.find(key, list) or ())


def _sadd(database: Database, key: bytes, member: bytes, *more: bytes) -> int:
    into: Set = database.make(key, set)
    before = len(into)
    into.update((member, *more))
    return len(into) - before


def _srem(database: Database, key: bytes, member: bytes, *more: bytes) -> int:
    found: Set = database.find(key, set) or set()
    before = len(found)
    found.difference_update((member, *more))
    if before and not found:
        database.remove(key)
    return before - len(found)


def _smembers(database: Database, key: bytes) -> List:
    return list(database.find(key, set) or ())


def _sismember(database: Database, key: bytes, member: bytes) -> int:
    return int(member in (database.find(key, set) or ()))


def _smismember(database: Database, key: bytes, member: bytes, *more: bytes) -> list[int]:
    found: Set = database.find(key, set) or set()
    return [int(each in found) for each in (member, *more)]


def _scard(database: Database, key: bytes) -> int:
    return len(database.find(key, set) or ())


COLLECTIONS: dict[bytes, Callable[..., Any]] = {
    b"LINDEX": _lindex,
    b"LLEN": _llen,
    b"LPUSH": _lpush,
    b"LRANGE": _lrange,
    b"LREM": _lrem,
    b"LTRIM": _ltrim,
    b"RPUSH": _rpush,
    b"SADD": _sadd,
    b"SCARD": _scard,
    b"SISMEMBER": _sismember,
    b"SMEMBERS": _smembers,
    b"SMISMEMBER": _smismember,
    b"SREM": _srem,
}
