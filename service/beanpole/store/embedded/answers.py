"""Replies of commands as redis-py answers them: pairs as dicts, scores as numbers, statuses as true."""

from collections.abc import Callable, Sequence
from typing import Any

_Answer = Callable[[list[bytes], Any], Any]


def answer(name: str, words: list[bytes], reply: Any) -> Any:
    """What redis-py answers to a command."""
    read = _ANSWERS.get(name) or _ANSWERS.get(name.upper())
    return reply if read is None else read(words, reply)


def _true(_: list[bytes], reply: Any) -> bool | None:
    return None if reply is None else bool(reply)


def _bytes(_: list[bytes], reply: bytes) -> bytes:
    return bytes(reply)


def _dict(_: list[bytes], reply: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(reply[::2], reply[1::2], strict=True))


def _set(_: list[bytes], reply: list[bytes]) -> set[bytes]:
    return set(reply)


def _number(_: list[bytes], reply: bytes | None) -> float | None:
    return None if reply is None else float(reply)


def _numbers(words: list[bytes], reply: list[bytes | None]) -> list[float | None]:
    return [_number(words, each) for each in reply]


def _scored(words: list[bytes], reply: list[bytes]) -> list[Any]:
    if b"WITHSCORES" not in words[3:]:
        return reply
    return [(member, float(score)) for member, score in zip(reply[::2], reply[1::2], strict=True)]


def _entries(words: list[bytes], reply: list[Any]) -> list[tuple[bytes, dict[bytes, bytes]]]:
    return [(id_, _dict(words, fields)) for id_, fields in reply]


_ANSWERS: dict[str, _Answer] = {
    "EXPIRE": _true,
    "FLUSHALL": _true,
    "HEXISTS": _true,
    "HGETALL": _dict,
    "LTRIM": _true,
    "PERSIST": _true,
    "PEXPIRE": _true,
    "PING": _true,
    "RENAME": _true,
    "RESTORE": _true,
    "SET": _true,
    "SMEMBERS": _set,
    "TYPE": _bytes,
    "XRANGE": _entries,
    "XREVRANGE": _entries,
    "ZMSCORE": _numbers,
    "ZRANGE": _scored,
    "ZRANGEBYSCORE": _scored,
    "ZSCORE": _number,
}
