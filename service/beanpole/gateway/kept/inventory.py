"""The inventory of all that is written: a digest of each record, and how many records have a body."""

from collections import Counter, defaultdict
from collections.abc import Collection
from hashlib import blake2b
from typing import NamedTuple

from beanpole.gateway.kept.records import Place, Record


class _Line(NamedTuple):
    digest: bytes
    bodies: tuple[str, ...]


class Inventory:
    """The records of one account."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, dict[str, _Line]] = defaultdict(dict)
        self._counts: Counter[str] = Counter()

    def has(self, place: Place) -> bool:
        """Tell whether a record is written there."""
        return place[1] in self._lines.get(place[0], {})

    def is_same(self, place: Place, record: Record) -> bool:
        """Tell whether the record there is that one already."""
        line = self._lines.get(place[0], {}).get(place[1])
        return line is not None and line.digest == _digest(record)

    def fields(self, key: str) -> list[str]:
        """The fields of a hash."""
        return list(self._lines.get(key, ()))

    def put(self, place: Place, record: Record) -> set[str]:
        """Note a record; returns the bodies that no record has any more."""
        self._counts.update(record.bodies)
        unused = self.drop(place)
        self._lines[place[0]][place[1]] = _Line(_digest(record), record.bodies)
        return unused

    def drop(self, place: Place) -> set[str]:
        """Note that a record is gone; returns the bodies that no record has any more."""
        line = self._lines.get(place[0], {}).pop(place[1], None)
        if line is None:
            return set()
        self._counts.subtract(line.bodies)
        unused = {name for name in line.bodies if self._counts[name] <= 0}
        for name in unused:
            del self._counts[name]
        return unused

    def bodies(self) -> Collection[str]:
        """The bodies of all records."""
        return self._counts.keys()


def _digest(record: Record) -> bytes:
    return blake2b(record.state, digest_size=16).digest()


class Inventories:
    """The records of all accounts; `buckets` have a partition and an account."""

    def __init__(self) -> None:
        self._of: dict[str, Inventory] = {}
        self.buckets: dict[str, tuple[str, str]] = {}

    def of(self, account_id: str) -> Inventory:
        """The records of an account."""
        return self._of.setdefault(account_id, Inventory())

    def forget(self, account_id: str | None) -> None:
        """Forget an account, or with None all."""
        for known in [known for known in self._of if account_id in (None, known)]:
            del self._of[known]
        for name in [name for name, owner in self.buckets.items() if account_id in (None, owner[1])]:
            del self.buckets[name]
