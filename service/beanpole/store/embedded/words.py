"""The words of commands: how numbers are read and written."""

import re
from typing import NoReturn

from beanpole.store.embedded.database import Refused

SYNTAX = "ERR syntax error"
NO_INTEGER = "ERR value is not an integer or out of range"
NO_FLOAT = "ERR value is not a valid float"
NO_BOUND = "ERR min or max is not a float"
_INTEGER = re.compile(rb"-?[0-9]{1,19}")
_INFINITE = {b"inf": float("inf"), b"+inf": float("inf"), b"-inf": float("-inf")}


class Status(bytes):
    """An answer that is a status, not a value."""

    __slots__ = ()


OK = Status(b"OK")


def integer(word: bytes) -> int:
    """A whole number."""
    if _INTEGER.fullmatch(word):
        return int(word)
    raise Refused(NO_INTEGER)


def number(word: bytes, otherwise: str = NO_FLOAT) -> float:
    """A score."""
    found = _INFINITE.get(word.lower())
    if found is not None:
        return found
    try:
        score = float(word)
    except ValueError:
        score = float("nan")
    if score != score or b"_" in word or word != word.strip():
        raise Refused(otherwise)
    return score


def bound(word: bytes) -> tuple[float, bool]:
    """The end of a range of scores, and whether the range is without it."""
    if word[:1] == b"(":
        return number(word[1:] or b"0", NO_BOUND), True
    return number(word or b"0", NO_BOUND), False  # as Redis has it


def written(score: float) -> bytes:
    """A score as Redis writes it."""
    if score in (float("inf"), float("-inf")):
        return b"inf" if score > 0 else b"-inf"
    return b"%d" % score if score == int(score) and abs(score) < 1e17 else repr(score).encode()


def between(first: bytes, last: bytes, length: int) -> tuple[int, int]:
    """The indexes from which and up to which a range goes, of two that may count from the end."""
    start, stop = integer(first), integer(last)
    return max(0, start + length if start < 0 else start), (stop + length if stop < 0 else stop) + 1


def no_syntax() -> NoReturn:
    """Refuse the options of a command."""
    raise Refused(SYNTAX)
