"""The commands of hashes."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from beanpole.store.embedded.database import Database, Refused
from beanpole.store.embedded.words import integer

_NO_PAIRS = "ERR wrong number of arguments for 'hset' command"
_NO_INTEGER = "ERR hash value is not an integer"

Hash = dict[bytes, bytes]


def _hget(database: Database, key: bytes, field: bytes) -> bytes | None:
    found: Hash | None = database.find(key, dict)
    return None if found is None else found.get(field)


def _hset(database: Database, key: bytes, field: bytes, value: bytes, *more: bytes) -> int:
    if len(more) % 2:
        raise Refused(_NO_PAIRS)
    into: Hash = database.make(key, dict)
    before = len(into)
    into[field] = value
    if more:
        into.update(zip(more[::2], more[1::2], strict=True))
    return len(into) - before


def _hsetnx(database: Database, key: bytes, field: bytes, value: bytes) -> int:
    into: Hash = database.make(key, dict)
    if field in into:
        return 0
    into[field] = value
    return 1


def _hmget(database: Database, key: bytes, field: bytes, *more: bytes) -> list[bytes | None]:
    found: Hash = database.find(key, dict) or {}
    return [found.get(each) for each in (field, *more)]


def _hgetall(database: Database, key: bytes) -> list[bytes]:
    found: Hash = database.find(key, dict) or {}
    return list(chain.from_iterable(found.items()))


def _hdel(database: Database, key: bytes, field: bytes, *more: bytes) -> int:
    found: Hash | None = database.find(key, dict)
    if found is None:
        return 0
    removed = sum(found.pop(each, None) is not None for each in (field, *more))
    if not found:
        database.remove(key)
    return removed


def _hkeys(database: Database, key: bytes) -> list[bytes]:
    return list(database.find(key, dict) or ())


def _hvals(database: Database, key: bytes) -> list[bytes]:
    found: Hash = database.find(key, dict) or {}
    return list(found.values())


def _hlen(database: Database, key: bytes) -> int:
    return len(database.find(key, dict) or ())


def _hexists(database: Database, key: bytes, field: bytes) -> int:
    return int(field in (database.find(key, dict) or ()))


def _hincrby(database: Database, key: bytes, field: bytes, by: bytes) -> int:
    step = integer(by)
    into: Hash = database.find(key, dict) or {}
    try:
        increased = integer(into.get(field, b"0")) + step
    except Refused:
        raise Refused(_NO_INTEGER) from None
    database.make(key, dict)[field] = b"%d" % increased
    return increased


def _hstrlen(database: Database, key: bytes, field: bytes) -> int:
    return len(_hget(database, key, field) or b"")


HASHES: dict[bytes, Callable[..., Any]] = {
    b"HDEL": _hdel,
    b"HEXISTS": _hexists,
    b"HGET": _hget,
    b"HGETALL": _hgetall,
    b"HINCRBY": _hincrby,
    b"HKEYS": _hkeys,
    b"HLEN": _hlen,
    b"HMGET": _hmget,
    b"HSET": _hset,
    b"HSETNX": _hsetnx,
    b"HSTRLEN": _hstrlen,
    b"HVALS": _hvals,
}
