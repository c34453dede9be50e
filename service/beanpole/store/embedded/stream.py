"""A stream: entries in the order of their ids, each a millisecond and a number."""

from bisect import bisect_left, bisect_right

from beanpole.store.embedded.database import Refused

Id = tuple[int, int]
FIRST, LAST = (0, 0), (2**64 - 1, 2**64 - 1)
_ENDS = {b"-": FIRST, b"+": LAST}
BAD_ID = "ERR Invalid stream ID specified as stream command argument"
_NULL = "ERR The ID specified in XADD must be greater than 0-0"
_SMALL = "ERR The ID specified in XADD is equal or smaller than the target stream top item"


class Stream:
    """Ids and fields, side by side; the last id stays when its entry is gone."""

    __slots__ = ("fields", "ids", "last")

    def __init__(self) -> None:
        self.ids: list[Id] = []
        self.fields: list[list[bytes]] = []
        self.last: Id = FIRST

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, word: bytes, fields: list[bytes]) -> bytes:
        """Add an entry, whose number follows the last one where the word ends with `-*`; returns its id."""
        id_ = self._following(word)
        if id_ == FIRST:
            raise Refused(_NULL)
        if id_ <= self.last:
            raise Refused(_SMALL)
        self.ids.append(id_)
        self.fields.append(fields)
        self.last = id_
        return written(id_)

    def between(self, low: Id, high: Id, count: int | None, backwards: bool = False) -> list[tuple[bytes, list[bytes]]]:
        """At most `count` entries from one id to another, the latest of them first if backwards."""
        start, stop = bisect_left(self.ids, low), bisect_right(self.ids, high)
        if count is not None:
            start, stop = (max(start, stop - count), stop) if backwards else (start, min(stop, start + count))
        entries = [(written(self.ids[index]), self.fields[index]) for index in range(start, stop)]
        return entries[::-1] if backwards else entries

    def trim(self, before: Id) -> int:
        """Remove the entries before an id; returns how many there were."""
        number = bisect_left(self.ids, before)
        del self.ids[:number], self.fields[:number]
        return number

    def _following(self, word: bytes) -> Id:
        milliseconds, dash, number = word.partition(b"-")
        if dash and number == b"*":
            at = _natural(milliseconds)
            return at, (self.last[1] + 1 if at == self.last[0] else 0)
        return read(word, 0)


def read(word: bytes, number: int) -> Id:
    """An id, with a number of its own if it has none."""
    milliseconds, dash, after = word.partition(b"-")
    return _natural(milliseconds), (_natural(after) if dash else number)


def low(word: bytes) -> Id:
    """The first id of a range."""
    if word[:1] == b"(":
        at, number = read(word[1:], 0)
        return (at, number + 1) if number < LAST[1] else (at + 1, 0)
    return _ENDS.get(word) or read(word, 0)


def high(word: bytes) -> Id:
    """The last id of a range."""
    if word[:1] == b"(":
        at, number = read(word[1:], LAST[1])
        return (at, number - 1) if number else (at - 1, LAST[1])
    return _ENDS.get(word) or read(word, LAST[1])


def written(id_: Id) -> bytes:
    """An id as Redis writes it."""
    return b"%d-%d" % id_


def _natural(word: bytes) -> int:
    if not word.isdigit() or len(word) > 20:
        raise Refused(BAD_ID)
    return int(word)
