"""The due instants of entities: the due set, the leases, and the nudge that ends a wait early.

A member is `account|region|kind|id`. On a wall clock its score is real time; each manual account has its own set,
scored by its clock. Members that a worker takes are leased; a commit ends the lease, and a member whose lease runs out
is due again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from beanpole.store import keys, state_format
from beanpole.store.backend import Backend
from beanpole.store.connection import Connection
from beanpole.store.subscription import Subscription

_ROW = 3600  # seconds without a failure after which a member's failures are counted from 1 again
_REMEMBERED = 60_000  # milliseconds after which a worker that was not seen is forgotten
_ALIVE = 3_000  # milliseconds within which a worker that is alive has recorded it
_SEARCHED = 5_000  # members of all accounts that are searched for those of one


def member(account_id: str, region: str, kind: str, id_: str) -> str:
    """The name of an entity in the due sets."""
    return f"{account_id}|{region}|{kind}|{id_}"


def parts(name: str) -> tuple[str, str, str, str]:
    """The account, the region, the kind and the id of a member; raises ValueError for any other name."""
    try:
        account_id, region, kind, id_ = name.split("|", 3)
    except ValueError:
        raise ValueError(f"{name!r} names no member of the due set") from None
    return account_id, region, kind, id_


class Following(NamedTuple):
    """The member of a manual account that is due next, `at` an instant of its clock.

    `others_at` is the due instant of the member after it; None if that lies beyond the end of the search.
    """

    name: str
    at: int
    others_at: int | None


class Nudges(Subscription):
    """A subscription to the nudges."""

    def __init__(self, redis: Connection) -> None:
        super().__init__(redis, keys.NUDGE)

    def wait(self, seconds: float) -> int | None:
        """The real instant of a nudge, at which a member is due earlier than all others; None after `seconds`.

        The instant 0 stands for now.
        """
        message = self.message(max(seconds, 0.001))
        return int(float(message["data"])) if message else None


class Due:
    """The due sets of a store; every instant here is real time in milliseconds unless said otherwise."""

    def __init__(self, backend: Backend) -> None:
        self._redis, self._scripts, *_ = backend

    def pop(self, real_now: int, limit: int, lease: int) -> tuple[list[str], int | None]:
        """Lease at most `limit` due members for `lease` milliseconds; returns also the next due instant."""
        members, following = self._scripts.pop(keys=[keys.DUE, keys.LEASED], args=[real_now, limit, real_now + lease])
        return [member.decode() for member in members], int(float(following)) if following else None

    def renew(self, members: Sequence[str], real_now: int, lease: int) -> None:
        """Renew leases that have not ended."""
        self._scripts.renew(keys=[keys.LEASED], args=[real_now + lease, *members])

    def release(self, name: str, due: int | None = None) -> None:
        """End the lease of a member that needs nothing now; it is due at the real instant `due`, or sooner."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zrem(keys.LEASED, name)
        if due is not None:
            pipeline.zadd(keys.DUE, {name: due}, lt=True)
        pipeline.execute()

    def hasten(self, name: str, real_now: int) -> None:
        """Let a member be due now."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zadd(keys.DUE, {name: real_now}, lt=True)
        pipeline.publish(keys.NUDGE, 0)
        pipeline.execute()

    def give_back(self, names: Sequence[str], real_now: int) -> None:
        """End the leases of members that are due again at once, in this order, after all that are due already."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zrem(keys.LEASED, *names)
        pipeline.zadd(keys.DUE, {name: real_now + index / 1000 for index, name in enumerate(names)})
        pipeline.publish(keys.NUDGE, 0)
        pipeline.execute()

    def count_retry(self, name: str) -> int:
        """Count a failure of a member; returns its failures in a row. An hour without a failure ends the row."""
        key = keys.retries(parts(name)[0])
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hincrby(key, name, 1)
        pipeline.expire(key, _ROW)
        return int(pipeline.execute()[0])

    def next_manual(self, account_id: str, until: int) -> Following | None:
        """The earliest member of a manual account at or before `until`, both on its clock; the commit re-sets it."""
        earliest = self._redis.zrangebyscore(keys.manual_due(account_id), "-inf", until, 0, 2, withscores=True)
        if not earliest:
            return None
        (name, at), *others = earliest
        return Following(name.decode(), int(at), int(others[0][1]) if others else None)

    def forget_manual(self, account_id: str, name: str, at: int, due: int | None = None) -> None:
        """Remove a due entry that turned out to be empty, or move it to `due`; leave it if it was re-set since `at`."""
        self._scripts.forget(keys=[keys.manual_due(account_id)], args=[name, at, "" if due is None else due])

    def record_worker(self, worker: str, real_now: int) -> int:
        """Record that a worker process is alive, and forget processes without a record for a minute.

        Returns the number of processes that are alive, which record that once a second. A state that was emptied
        meanwhile gets its format, too.
        """
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zadd(keys.WORKERS, {worker: real_now})
        pipeline.zremrangebyscore(keys.WORKERS, "-inf", real_now - _REMEMBERED)
        pipeline.set(keys.FORMAT, state_format.PRESENT, nx=True)
        pipeline.zcount(keys.WORKERS, real_now - _ALIVE, "+inf")
        return int(pipeline.execute()[-1])

    def forget_worker(self, worker: str) -> None:
        """Forget a worker process, as it ends."""
        self._redis.zrem(keys.WORKERS, worker)

    def workers(self, since: int) -> int:
        """The number of worker processes with a record since an instant."""
        return int(self._redis.zcount(keys.WORKERS, since, "+inf"))

    def count(self) -> int:
        """The number of members that are due on wall clocks, now or later, or leased."""
        return int(self._redis.zcard(keys.DUE)) + int(self._redis.zcard(keys.LEASED))

    def lateness(self, now: int) -> int:
        """The milliseconds for which the oldest member on a wall clock has been due, or its lease ended; 0 without one.

        When a clock is set or a world replaced, members may be due at instants long past: they are late only from then
        on.
        """
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zrange(keys.DUE, 0, 0, withscores=True)
        pipeline.zrange(keys.LEASED, 0, 0, withscores=True)
        pipeline.get(keys.RESCHEDULED)
        *firsts, rescheduled = pipeline.execute()
        oldest = min((int(first[0][1]) for first in firsts if first), default=now)
        return max(0, now - max(oldest, int(rescheduled or 0)))

    def upcoming(self, account_id: str, manual: bool, most: int) -> list[tuple[str, int]]:
        """The members of an account that are due next, each with its instant: of a manual clock, or of real time.

        On a wall clock only the earliest members of all accounts are searched.
        """
        if manual:
            rows = self._redis.zrange(keys.manual_due(account_id), 0, most - 1, withscores=True)
        else:
            rows = self._redis.zrange(keys.DUE, 0, _SEARCHED - 1, withscores=True)
        named = ((name.decode(), int(instant)) for name, instant in rows)
        return [row for row in named if parts(row[0])[0] == account_id][:most]

    def nudges(self) -> Nudges:
        """A subscription, to be entered as a context."""
        return Nudges(self._redis)
