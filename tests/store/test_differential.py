"""The embedded store and a real Redis are one store: the same commits leave the same world, byte for byte.

Drawn changes are committed in batches to both, members fall due and are taken in between, and what either keeps is
compared: the answers, the world as a snapshot, and every key with what it holds. Only a server remembers answers to
calls that a client may send again, since no connection to the embedded store can break.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.time.clock import Clock
from beanpole.store import clocks, commit, keys, moment, snapshot
from beanpole.store.connection import Connection, connect, embedded
from beanpole.store.store import Store
from beanpole.store.world import ORDERS
from examples import examples
from store.drawn import SCOPES, START, Drawn, changes

ACCOUNTS = sorted({account_id for account_id, _ in SCOPES})
MODES = {"111111111111": "manual", "222222222222": "wall"}
LEASE = 2000  # milliseconds


class Time:
    """Real time that passes only while a commit waits for it."""

    def __init__(self) -> None:
        self.now = START

    def real_now(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


class Outcome(NamedTuple):
    """Everything by which two stores could differ."""

    answers: list[Any]
    worlds: dict[str, snapshot.Snapshot]
    read_anew: dict[str, snapshot.Snapshot]
    keys: dict[bytes, Any]
    waited: int


@pytest.fixture(scope="module")
def server(redis_of_the_process: str) -> Iterator[Connection]:
    """A client of a real server, emptied for each example."""
    client = connect(redis_of_the_process)
    yield client
    client.close()


@examples(ci=80, one_world=True)
@given(
    batches=st.lists(st.lists(changes, min_size=1, max_size=3), min_size=1, max_size=5),
    ahead=st.sampled_from([0, 3, 3_600_000]),
    most_due=st.integers(0, 3),
)
def test_the_same_commits_leave_the_same_world(
    server: Connection, batches: list[list[Drawn]], ahead: int, most_due: int
) -> None:
    server.flushall()
    in_process, on_a_server = outcome(embedded(), batches, ahead, most_due), outcome(server, batches, ahead, most_due)
    assert in_process == on_a_server._replace(keys=without_answers(on_a_server.keys))
    assert in_process.worlds == in_process.read_anew


def outcome(redis: Connection, batches: list[list[Drawn]], ahead: int, most_due: int) -> Outcome:
    """What a store keeps of batches; clocks stand `ahead` of real time, and after each some members are taken."""
    time = Time()
    with pytest.MonkeyPatch.context() as patch:
        for module in (clocks, commit, moment):
            patch.setattr(module, "real_now", time.real_now)
        patch.setattr(commit, "sleep", time.sleep)
        store = Store(redis, Clock("manual", reading=START + ahead))
        for account_id in ACCOUNTS:
            store.clocks.set(account_id, Clock(MODES[account_id], reading=START + ahead))
        answers: list[Any] = []
        for batch in batches:
            worlds = [store.world(*drawn.scope) for drawn in batch]
            batch_changes = [(world, drawn.change(world)) for world, drawn in zip(worlds, batch, strict=True)]
            answers.append(store.commit_all(batch_changes))
            answers.append(store.due.pop(time.now, most_due, LEASE))
        worlds_kept = {account_id: snapshot.take(store, account_id) for account_id in ACCOUNTS}
        anew = {account_id: snapshot.take(Store(redis), account_id) for account_id in ACCOUNTS}
        for account_id, world_kept in worlds_kept.items():
            for region in world_kept.regions:
                known, read = store.world(account_id, region), Store(redis).world(account_id, region)
                assert [known.all(kind) for kind in ORDERS] == [read.all(kind) for kind in ORDERS]
        return Outcome(answers, worlds_kept, anew, dump(redis), time.now - START)


def without_answers(dumped: dict[bytes, Any]) -> dict[bytes, Any]:
    """The keys of a server without its answers to calls that may be sent again."""
    return {key: value for key, value in dumped.items() if not key.startswith(keys.SENT.encode())}


def dump(redis: Connection) -> dict[bytes, Any]:
    """Every key with all that it holds, streams with the ids of their entries."""
    read = {
        b"hash": redis.hgetall,
        b"stream": redis.xrange,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"set": redis.smembers,
        b"string": redis.get,
    }
    return {key: read[redis.type(key)](key) for key in redis.scan_iter(count=1000)}
