"""The requests that environments answered: the latest requests, and the number of answers with each status.

The process collects requests and writes many at once: about every half second if other processes may read them, and
before it reads them itself. They expire, and are no part of an account's state.
"""

from collections import Counter, deque
from collections.abc import Iterable
from threading import Lock, Timer

import msgspec

from beanpole.model.logs.accesses import Access
from beanpole.store.connection import Connection, StoreError, reason
from beanpole.store.keys import WorldKeys
from beanpole.text import log_lines
from beanpole.threads.decoders import JsonDecoder

LATEST = 1_000  # the latest requests of an environment
LASTS = 86_400  # seconds of real time after the last request
PAUSE = 0.5  # seconds of real time between two writings

_encoder = msgspec.json.Encoder()
_decoder = JsonDecoder[Access](Access)
_log = log_lines.logger("beanpole")


class _Batch:
    """The requests of an environment that are not written yet."""

    def __init__(self) -> None:
        self.latest: deque[Access] = deque(maxlen=LATEST)
        self.counts: Counter[str] = Counter()


class AccessLog:
    """The log of all environments on one Redis; if Redis is `shared` with other processes, a timer writes the log."""

    def __init__(self, redis: Connection, shared: bool) -> None:
        self._redis = redis
        self._shared = shared
        self._lock = Lock()
        self._writing = Lock()  # taken before the other lock, so that a reader waits for a write in progress
        self._batches: dict[tuple[WorldKeys, str], _Batch] = {}
        self._timer: Timer | None = None

    def add(self, world: WorldKeys, environment_id: str, access: Access) -> None:
        """Add a request; an empty instance stands for the load balancer."""
        with self._lock:
            batch = self._batches.get((world, environment_id))
            if batch is None:
                batch = self._batches[world, environment_id] = _Batch()
            if access.instance:
                batch.latest.append(access)
            batch.counts[f"{access.instance} {access.status}"] += 1
            if self._shared and self._timer is None:
                self._timer = Timer(PAUSE, self._write)
                self._timer.daemon = True
                self._timer.start()

    def latest(self, world: WorldKeys, environment_id: str) -> tuple[Access, ...]:
        """The latest requests that instances of an environment answered, in the order of their instants."""
        self._write()
        blobs = self._redis.lrange(world.accesses(environment_id), 0, -1)
        return tuple(sorted(map(_decoder.decode, blobs), key=lambda access: access.at))

    def counts(self, world: WorldKeys, environment_id: str) -> dict[str, dict[str, int]]:
        """The number of answers by instance and status; an empty instance stands for the load balancer."""
        self._write()
        counts: dict[str, dict[str, int]] = {}
        for field, count in self._redis.hgetall(world.statuses(environment_id)).items():
            instance, _, status = field.decode().partition(" ")
            counts.setdefault(instance, {})[status] = int(count)
        return counts

    def forget(self, account_id: str | None = None) -> None:
        """Drop the unwritten requests of an account, or of every account."""
        with self._writing, self._lock:
            for scope in [scope for scope in self._batches if account_id in (None, scope[0].account_id)]:
                del self._batches[scope]

    def _write(self) -> None:
        """Write the collected requests; they are dropped if Redis is unavailable, so that they never grow."""
        with self._writing:
            with self._lock:
                batches, self._batches, self._timer = self._batches, {}, None
            if batches:
                try:
                    self._write_batches(batches.items())
                except StoreError as error:
                    _log.warning("the requests to %s environments are not logged: %s", len(batches), reason(error))

    def _write_batches(self, batches: Iterable[tuple[tuple[WorldKeys, str], _Batch]]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for (world, environment_id), batch in batches:
            latest, counts = world.accesses(environment_id), world.statuses(environment_id)
            if batch.latest:
                pipeline.rpush(latest, *map(_encoder.encode, batch.latest))
                pipeline.ltrim(latest, -LATEST, -1)
                pipeline.expire(latest, LASTS)
            for field, count in batch.counts.items():
                pipeline.hincrby(counts, field, count)
            pipeline.expire(counts, LASTS)
        pipeline.execute()
