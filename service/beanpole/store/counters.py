"""Counts of what all processes on one Redis have done: calls, commits, conflicts, steps.

Each process counts in memory, and writes now and then what it has counted since: no call and no commit waits for it. A
process that is killed takes a second of its counts with it.
"""

from collections import Counter
from threading import Lock

from beanpole.store import keys
from beanpole.store.connection import Connection, StoreError, is_embedded

PAUSE = 1000  # milliseconds between two writings

Count = tuple[str, ...]  # a name, and the values of its labels


class Counters:
    """The counts of this process that are not written yet, and those of all processes in Redis."""

    def __init__(self, redis: Connection) -> None:
        self._redis = redis
        self._shared = not is_embedded(redis)
        self._lock = Lock()
        self._counted: Counter[Count] = Counter()
        self._written = 0

    def add(self, *count: str, by: int = 1) -> None:
        """Count something, by its name and the values of its labels."""
        if by:
            with self._lock:
                self._counted[count] += by

    def write_at_times(self, real_now: int) -> None:
        """Write what was counted, where other processes read it and the last writing is some time ago."""
        if self._shared and real_now - self._written >= PAUSE:
            self._written = real_now
            self._write()

    def read(self) -> dict[Count, int]:
        """All that was counted, by every process."""
        if not self._shared:
            with self._lock:
                return dict(self._counted)
        self._write()
        counts = self._redis.hgetall(keys.COUNTERS).items()
        return {tuple(field.decode().split("|")): int(number) for field, number in counts}

    def forget(self) -> None:
        """Drop what is not written yet."""
        with self._lock:
            self._counted.clear()

    def _write(self) -> None:
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return
        try:
            pipeline = self._redis.pipeline(transaction=True)
            for count, number in counted.items():
                pipeline.hincrby(keys.COUNTERS, "|".join(count), number)
            pipeline.execute()
        except StoreError:
            with self._lock:
                self._counted.update(counted)
            raise
