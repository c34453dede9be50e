"""The commands of sorted sets and streams."""

from collections.abc import Callable
from typing import Any

from beanpole.store.embedded import stream
from beanpole.store.embedded.database import Database, Refused
from beanpole.store.embedded.sorted_set import SortedSet
from beanpole.store.embedded.stream import Stream
from beanpole.store.embedded.words import between, bound, integer, no_syntax, number, written

_OPTIONS = frozenset((b"NX", b"XX", b"LT", b"GT", b"CH"))
_NO_FIELDS = "ERR wrong number of arguments for 'xadd' command"


def _zadd(database: Database, key: bytes, score: bytes, member: bytes, *words: bytes) -> int:
    """Members with their scores: NX adds alone, XX changes alone, LT and GT let a score go down and up alone."""
    options, left = set(), [score, member, *words]
    while left and left[0].upper() in _OPTIONS:
        options.add(left.pop(0).upper())
    if not left or len(left) % 2:
        no_syntax()
    pairs = [(number(each), name) for each, name in zip(left[::2], left[1::2], strict=True)]
    if b"XX" in options and database.find(key, SortedSet) is None:
        return 0
    into = database.make(key, SortedSet)
    outcomes = [_add(into, name, given, options) for given, name in pairs]
    if not into.scores:
        database.remove(key)
    return sum(outcome is True or (outcome is False and b"CH" in options) for outcome in outcomes)


def _add(into: SortedSet, member: bytes, score: float, options: set[bytes]) -> bool | None:
    """True for a new member, false for another score, None for neither."""
    before = into.scores.get(member)
    if before is None:
        if b"XX" in options:
            return None
        into.add(member, score)
        return True
    if b"NX" in options or before == score:
        return None
    if (b"LT" in options and score > before) or (b"GT" in options and score < before):
        return None
    into.add(member, score)
    return False


def _zrem(database: Database, key: bytes, member: bytes, *more: bytes) -> int:
    found = database.find(key, SortedSet)
    if found is None:
        return 0
    removed = sum(map(found.remove, (member, *more)))
    if not found.scores:
        database.remove(key)
    return removed


def _zscore(database: Database, key: bytes, member: bytes) -> bytes | None:
    found = database.find(key, SortedSet)
    score = None if found is None else found.scores.get(member)
    return None if score is None else written(score)


def _zmscore(database: Database, key: bytes, member: bytes, *more: bytes) -> list[bytes | None]:
    return [_zscore(database, key, each) for each in (member, *more)]


def _zcard(database: Database, key: bytes) -> int:
    found = database.find(key, SortedSet)
    return 0 if found is None else len(found.scores)


def _zcount(database: Database, key: bytes, low: bytes, high: bytes) -> int:
    found, ends = database.find(key, SortedSet), (bound(low), bound(high))
    start, stop = (0, 0) if found is None else found.indexes(*ends)
    return stop - start


def _zrange(database: Database, key: bytes, first: bytes, last: bytes, *options: bytes) -> list[bytes]:
    has_scores = _has_scores(options)
    found = database.find(key, SortedSet)
    start, stop = between(first, last, 0 if found is None else len(found.scores))
    return [] if found is None else _rows(found.slice(start, max(0, stop)), has_scores)


def _zrangebyscore(database: Database, key: bytes, low: bytes, high: bytes, *options: bytes) -> list[bytes]:
    ends, left, skipped, most = (bound(low), bound(high)), list(options), 0, -1
    has_scores = False
    while left:
        match left.pop(0).upper():
            case b"WITHSCORES":
                has_scores = True
            case b"LIMIT" if len(left) >= 2:
                skipped, most = integer(left.pop(0)), integer(left.pop(0))
            case _:
                no_syntax()
    found = database.find(key, SortedSet)
    if found is None or skipped < 0:
        return []
    start, stop = found.indexes(*ends)
    start = min(stop, start + skipped)
    return _rows(found.slice(start, stop if most < 0 else min(stop, start + most)), has_scores)


def _zremrangebyscore(database: Database, key: bytes, low: bytes, high: bytes) -> int:
    found, ends = database.find(key, SortedSet), (bound(low), bound(high))
    if found is None:
        return 0
    members = [member for _, member in found.slice(*found.indexes(*ends))]
    return _zrem(database, key, *members) if members else 0


def _has_scores(options: tuple[bytes, ...]) -> bool:
    if options and (len(options) > 1 or options[0].upper() != b"WITHSCORES"):
        no_syntax()
    return bool(options)


def _rows(rows: list[tuple[float, bytes]], has_scores: bool) -> list[bytes]:
    if not has_scores:
        return [member for _, member in rows]
    return [word for score, member in rows for word in (member, written(score))]


def _xadd(database: Database, key: bytes, id_: bytes, *fields: bytes) -> bytes:
    if not fields or len(fields) % 2:
        raise Refused(_NO_FIELDS)
    found = database.find(key, Stream)
    if found is not None:
        return found.add(id_, list(fields))
    made = Stream()
    id_ = made.add(id_, list(fields))
    database.put(key, made)
    return id_


def _xlen(database: Database, key: bytes) -> int:
    found = database.find(key, Stream)
    return 0 if found is None else len(found)


def _xrange(database: Database, key: bytes, low: bytes, high: bytes, *options: bytes) -> list[Any]:
    return _entries(database, key, (stream.low(low), stream.high(high)), options, False)


def _xrevrange(database: Database, key: bytes, high: bytes, low: bytes, *options: bytes) -> list[Any]:
    return _entries(database, key, (stream.low(low), stream.high(high)), options, True)


def _entries(
    database: Database, key: bytes, ends: tuple[stream.Id, stream.Id], options: tuple[bytes, ...], backwards: bool
) -> list[Any]:
    if options and (len(options) != 2 or options[0].upper() != b"COUNT"):
        no_syntax()
    count = max(0, integer(options[1])) if options else None
    found = database.find(key, Stream)
    return [] if found is None else [list(row) for row in found.between(*ends, count, backwards)]


def _xtrim(database: Database, key: bytes, how: bytes, before: bytes) -> int:
    if how.upper() != b"MINID":
        no_syntax()
    least, found = stream.read(before, 0), database.find(key, Stream)
    return 0 if found is None else found.trim(least)


ORDERED: dict[bytes, Callable[..., Any]] = {
    b"XADD": _xadd,
    b"XLEN": _xlen,
    b"XRANGE": _xrange,
    b"XREVRANGE": _xrevrange,
    b"XTRIM": _xtrim,
    b"ZADD": _zadd,
    b"ZCARD": _zcard,
    b"ZCOUNT": _zcount,
    b"ZMSCORE": _zmscore,
    b"ZRANGE": _zrange,
    b"ZRANGEBYSCORE": _zrangebyscore,
    b"ZREM": _zrem,
    b"ZREMRANGEBYSCORE": _zremrangebyscore,
    b"ZSCORE": _zscore,
}
