"""Who is to be looked at, and when: the due set, the leases, and the nudge that ends a wait early.

A member is `account|region|kind|id`. On a wall clock its score is real time; a manual account keeps its own set, scored
by its own clock. What a worker takes is leased; a commit ends the lease, and a lease that runs out is due again.
"""

from collections.abc import Sequence
from typing import Self

from beanpole.store import keys
from beanpole.store.backend import Backend
from beanpole.store.connection import Connection

_ROW = 3600  # seconds
_REMEMBERED = 60_000  # milliseconds after which a worker that was not seen is forgotten


def member(account_id: str, region: str, kind: str, id_: str) -> str:
    """The name of an entity in the due sets."""
    return f"{account_id}|{region}|{kind}|{id_}"


def parts(name: str) -> tuple[str, str, str, str]:
    """Account, region, kind and id of a member."""
    account_id, region, kind, id_ = name.split("|", 3)
    return account_id, region, kind, id_


class Nudges:
    """A subscription to the nudges; a lost one costs no more than the wait that it would have ended."""

    def __init__(self, redis: Connection) -> None:
        self._pubsub = redis.pubsub(ignore_subscribe_messages=True)

    def __enter__(self) -> Self:
        self._pubsub.subscribe(keys.NUDGE)
        self._pubsub.get_message(timeout=0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._pubsub.close()

    def wait(self, seconds: float) -> None:
        """Return when something is due earlier than anything was, or after `seconds`."""
        self._pubsub.get_message(timeout=max(seconds, 0.001))


class Due:
    """The due sets of a store; every instant here is real time in milliseconds unless said otherwise."""

    def __init__(self, backend: Backend) -> None:
        self._redis, self._scripts = backend

    def pop(self, real_now: int, limit: int, lease: int) -> tuple[list[str], int | None]:
        """Lease at most `limit` due members for `lease` milliseconds; and when there is something to do next."""
        members, following = self._scripts.pop(keys=[keys.DUE, keys.LEASED], args=[real_now, limit, real_now + lease])
        return [it.decode() for it in members], int(float(following)) if following else None

    def renew(self, members: Sequence[str], real_now: int, lease: int) -> None:
        """Keep leases that still stand."""
        self._scripts.renew(keys=[keys.LEASED], args=[real_now + lease, *members])

    def release(self, name: str, due: int | None = None) -> None:
        """Nothing was to be done for a member now; at the real instant `due` there will be, unless sooner."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zrem(keys.LEASED, name)
        if due is not None:
            pipeline.zadd(keys.DUE, {name: due}, lt=True)
        pipeline.execute()

    def count_retry(self, name: str) -> int:
        """How often in a row a member could not be played, this time included; an hour without ends the row."""
        key = keys.retries(parts(name)[0])
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hincrby(key, name, 1)
        pipeline.expire(key, _ROW)
        return int(pipeline.execute()[0])

    def next_manual(self, account_id: str, until: int) -> tuple[str, int] | None:
        """The earliest member of a manual account at or before `until`, both on its clock; the commit re-sets it."""
        found = self._redis.zrangebyscore(keys.manual_due(account_id), "-inf", until, 0, 1, withscores=True)
        return (found[0][0].decode(), int(found[0][1])) if found else None

    def forget_manual(self, account_id: str, name: str, at: int, due: int | None = None) -> None:
        """Drop an entry found at an instant, behind which nothing stood, or what is due later; not one set anew."""
        self._scripts.forget(keys=[keys.manual_due(account_id)], args=[name, at, "" if due is None else due])

    def seen(self, worker: str, real_now: int) -> None:
        """Note that a worker process is there, and forget those that were not seen for a while."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zadd(keys.WORKERS, {worker: real_now})
        pipeline.zremrangebyscore(keys.WORKERS, "-inf", real_now - _REMEMBERED)
        pipeline.execute()

    def left(self, worker: str) -> None:
        """Forget a worker process that ends."""
        self._redis.zrem(keys.WORKERS, worker)

    def workers(self, since: int) -> int:
        """How many worker processes were seen since an instant."""
        return int(self._redis.zcount(keys.WORKERS, since, "+inf"))

    def oldest(self) -> int | None:
        """The earliest instant at which a member is due on a wall clock, or its lease ends."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zrange(keys.DUE, 0, 0, withscores=True)
        pipeline.zrange(keys.LEASED, 0, 0, withscores=True)
        return min((int(found[0][1]) for found in pipeline.execute() if found), default=None)

    def nudges(self) -> Nudges:
        """To wait with."""
        return Nudges(self._redis)
