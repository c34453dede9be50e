"""Counts of calls, commits, conflicts and steps by all processes on one Redis.

Each process counts in memory and writes its counts now and then, so no call and no commit waits for them. A killed
process loses the counts of about a second.
"""

from collections import Counter
from contextlib import suppress
from threading import Lock

from beanpole.store import keys
from beanpole.store.connection import Connection, StoreError, is_embedded

PAUSE = 1000  # milliseconds between two writings

Count = tuple[str, ...]  # a name, and the values of its labels


class Counters:
    """The unwritten counts of this process, and the counts of all processes in Redis."""

    def __init__(self, redis: Connection) -> None:
        self._redis = redis
        self._shared = not is_embedded(redis)
        self._lock = Lock()
        self._pending: Counter[Count] = Counter()
        self._written = 0

    def add(self, *count: str, by: int = 1) -> None:
        """Add to a count, which has a name and the values of its labels."""
        if by:
            with self._lock:
                self._pending[count] += by

    def write_at_times(self, real_now: int) -> None:
        """Write the counts, if other processes read them and the last write was some time ago."""
        if self._shared and real_now - self._written >= PAUSE:
            self._written = real_now
            self._write()

    def read(self) -> dict[Count, int]:
        """The counts of all processes."""
        if not self._shared:
            with self._lock:
                return dict(self._pending)
        with suppress(StoreError):  # a Redis that refuses writes may answer reads
            self._write()
        counts = self._redis.hgetall(keys.COUNTERS).items()
        total = Counter({tuple(field.decode().split("|")): int(number) for field, number in counts})
        with self._lock:
            return total + self._pending

    def forget(self) -> None:
        """Drop the unwritten counts."""
        with self._lock:
            self._pending.clear()

    def _write(self) -> None:
        with self._lock:
            counted, self._pending = self._pending, Counter()
        if not counted:
            return
        try:
            pipeline = self._redis.pipeline(transaction=True)
            for count, number in counted.items():
                pipeline.hincrby(keys.COUNTERS, "|".join(count), number)
            pipeline.execute()
        except StoreError:
            with self._lock:
                self._pending.update(counted)
            raise
