"""Counts of calls, commits, conflicts and steps by all processes on one Redis.

Each process counts in memory and writes its counts once a second while there are any, so no call and no commit waits
for them. A killed process loses the counts of about a second.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock, Timer

from beanpole.store import keys, processes
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
        self._timer: Timer | None = None
        self.number_of_worlds: Callable[[], int] = lambda: 0  # of which this process has copies

    def add(self, *count: str, by: int = 1) -> None:
        """Add to a count, which has a name and the values of its labels."""
        if by:
            with self._lock:
                self._pending[count] += by

    def write_at_times(self, real_now: int) -> None:
        """Write the counts and this process's row, if other processes read them, once a second at most.

        Counts that come before are written when the second is over, even without a call then.
        """
        if not self._shared:
            return
        if real_now - self._written >= PAUSE:
            self._write(real_now)
        elif self._timer is None:
            timer = self._timer = Timer(PAUSE / 1000, self._write_later, [real_now + PAUSE])
            timer.daemon = True
            timer.start()

    def read(self, real_now: int) -> dict[Count, int]:
        """The counts of all processes."""
        if not self._shared:
            with self._lock:
                return dict(self._pending)
        with suppress(StoreError):  # a Redis that refuses writes may answer reads
            self._write(real_now)
        counts = self._redis.hgetall(keys.COUNTERS).items()
        total = Counter({tuple(field.decode().split("|")): int(number) for field, number in counts})
        with self._lock:
            return total + self._pending

    def forget(self) -> None:
        """Drop the unwritten counts."""
        with self._lock:
            self._pending.clear()

    def processes(self, real_now: int) -> Mapping[str, processes.Process]:
        """The processes on this Redis by their names; this one as it is now."""
        others = processes.read(self._redis, real_now) if self._shared else {}
        return {**others, processes.name(): processes.present(real_now, self.number_of_worlds())}

    def forget_process(self) -> None:
        """Delete this process's row, as it ends."""
        if self._shared:
            processes.forget(self._redis)

    def _write_later(self, real_now: int) -> None:
        with suppress(StoreError):  # they stay in memory until the next write
            self._write(real_now)

    def _write(self, real_now: int) -> None:
        is_first = self._written == 0
        self._written, self._timer = real_now, None
        if is_first:
            processes.read(self._redis, real_now)  # rows of processes that were killed go, even if no metrics are read
        with self._lock:
            counted, self._pending = self._pending, Counter()
        try:
            pipeline = self._redis.pipeline(transaction=True)
            processes.record(pipeline, processes.present(real_now, self.number_of_worlds()))
            for count, number in counted.items():
                pipeline.hincrby(keys.COUNTERS, "|".join(count), number)
            pipeline.execute()
        except StoreError:
            with self._lock:
                self._pending.update(counted)
            raise
