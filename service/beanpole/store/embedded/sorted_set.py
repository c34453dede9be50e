"""A sorted set: members in the order of their scores, those of one score in the order of their names."""

from bisect import bisect_left, bisect_right, insort

_LAST = b"\xff" * 600  # behind every name of a member


class SortedSet:
    """The score of each member, and the members in order."""

    __slots__ = ("_order", "scores")

    def __init__(self) -> None:
        self.scores: dict[bytes, float] = {}
        self._order: list[tuple[float, bytes]] = []

    def add(self, member: bytes, score: float) -> None:
        """Give a member a score."""
        before = self.scores.get(member)
        if before == score:
            return
        if before is not None:
            del self._order[bisect_left(self._order, (before, member))]
        self.scores[member] = score
        insort(self._order, (score, member))

    def remove(self, member: bytes) -> bool:
        """Remove a member; false if it is none."""
        score = self.scores.pop(member, None)
        if score is None:
            return False
        del self._order[bisect_left(self._order, (score, member))]
        return True

    def slice(self, start: int, stop: int) -> list[tuple[float, bytes]]:
        """Scores and members from one index to before another."""
        return self._order[start:stop]

    def indexes(self, low: tuple[float, bool], high: tuple[float, bool]) -> tuple[int, int]:
        """The indexes of those between two scores, each with whether the range is without it."""
        start = bisect_right(self._order, (low[0], _LAST)) if low[1] else bisect_left(self._order, (low[0], b""))
        stop = bisect_left(self._order, (high[0], b"")) if high[1] else bisect_right(self._order, (high[0], _LAST))
        return start, max(start, stop)
