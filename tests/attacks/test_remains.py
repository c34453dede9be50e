"""Nothing stays behind: of accounts that were reset, of workers that were killed, of what is older than six weeks."""

import gc
import re
import signal
from pathlib import Path

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import Clock, Target
from beanpole.store import keys
from beanpole.store import store as store_of_worlds
from beanpole.store.connection import Connection, connect
from beanpole.store.store import Store
from beanpole_workers.play import jobs, manual, rq_workers
from clients_environment import environment
from control.calling import Caller
from programs import Program
from servers import redis_server

SHORT = 600  # seconds between two rounds of RQ's maintenance at most
ROUNDS = 4
CROWD = 6  # worlds that a worker remembers here before it looks for those that are gone
SPARE = 4 << 20  # bytes by which a process may grow, whatever it forgets: what was free in its memory
KILLS = {  # where a worker kills itself: in place of this function
    "in its job": "jobs.play",
    "before its job": "rq_workers.ProcessWorker.prepare_job_execution",
    "between the queue and the job": "rq_workers.ProcessWorker.execute_job",
}

OF_NO_ACCOUNT = {key.encode() for key in (keys.GENERATION, keys.RESCHEDULED, keys.COUNTERS, keys.PROCESSES)}


def pass_time(redis: Connection, seconds: int) -> None:
    """Let that time have passed for all that RQ keeps: its expiries, its scores and its instants."""
    for key in redis.keys("rq:*"):
        kind, left = redis.type(key), redis.ttl(key)
        if kind == b"zset":
            redis.zadd(key, {member: score - seconds for member, score in redis.zrange(key, 0, -1, withscores=True)})
        elif b":first_seen:" in key:
            redis.set(key, float(redis.get(key)) - seconds, keepttl=True)
        if 0 <= left <= seconds:
            redis.delete(key)
        elif left > seconds:
            redis.expire(key, left - seconds)


@pytest.mark.parametrize("where", KILLS)
def test_a_killed_worker_leaves_nothing_in_the_queue_of_the_others(where: str) -> None:
    with redis_server() as url:
        store = Store(connect(url))
        jobs.enqueue(jobs.queue_of(store), ["123456789012||clock|123456789012"])
        with Program([KILLS[where], url], "attacks.killed_worker:main", env=environment()) as killed:
            assert killed.wait(30) == -signal.SIGKILL
        assert len(store.redis.keys("rq:job:*")) == 1
        for _ in range(ROUNDS):
            pass_time(store.redis, SHORT)
            other = rq_workers.make(rq_workers.ProcessWorker, store, store.redis)
            other.register_birth()
            other.run_maintenance_tasks()
            other.register_death()
        pass_time(store.redis, 86_400)
        assert store.redis.keys("rq:*") == [b"rq:queues"]


def test_a_worker_looks_for_remains_every_minute_and_no_job_waits_for_ever(redis: Connection) -> None:
    store = Store(redis)
    assert rq_workers.make(rq_workers.ThreadWorker, store, redis).maintenance_interval <= 60
    jobs.enqueue(jobs.queue_of(store), [])
    (job,) = redis.keys("rq:job:*")
    assert 0 < redis.ttl(job) <= 3600


def use(store: Store, caller: Caller, seconds: int) -> None:
    """A life of an account: an environment is launched and looked at."""
    caller.launch("web-1")
    for action in ("DescribeEnvironments", "DescribeEnvironmentResources"):
        target = Target(action, store.clocks.get(caller.account).reading + seconds * 1000)
        manual.advance(store, catalog.load(), caller.account, target)
        assert "web-1" in caller.call(action, EnvironmentName="web-1")
        caller.call("DescribeEvents")


class Processes:
    """A server and a worker, each with a store of its own; accounts live in them and are reset by the server."""

    def __init__(self, redis: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store_of_worlds, "_CROWD", CROWD)
        self.server, self.worker = Store(redis, Clock("manual")), Store(redis)
        self.client = create_app(self.server, catalog.load()).test_client()
        self._next = 100_000_000_000

    def live(self, accounts: int, seconds: int) -> None:
        for _ in range(accounts):
            self._next += 1
            caller = Caller(self.client, self.worker, str(self._next))
            use(self.worker, caller, seconds)
            assert caller.send("POST", "/_beanpole/reset").status_code == 200

    def must_remember_few(self) -> None:
        """The server gives back what it has at once, a worker when as many accounts have come again."""
        assert len(self.server._worlds) == 0
        assert len(self.worker._worlds) <= CROWD
        assert len({account for account, _, _ in self.worker.fleet_cache._entries}) <= CROWD


def test_accounts_that_were_reset_leave_neither_keys_nor_objects(
    redis: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = Processes(redis, monkeypatch)
    processes.live(CROWD + 1, 60)
    gc.collect()
    begun = len(gc.get_objects())
    processes.live(2 * CROWD, 60)
    gc.collect()
    assert len(gc.get_objects()) - begun < 20 * CROWD
    assert left(redis) <= OF_NO_ACCOUNT
    processes.must_remember_few()


@pytest.mark.slow
@pytest.mark.merge
def test_two_hundred_accounts_take_no_more_memory_than_forty(
    redis: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = Processes(redis, monkeypatch)
    processes.live(40, 60)
    begun = resident()
    processes.live(200, 60)
    assert resident() - begun < SPARE
    assert left(redis) <= OF_NO_ACCOUNT
    processes.must_remember_few()


def left(redis: Connection) -> set[bytes]:
    """The keys that are there, but for answers to calls, which name no account and expire within a minute."""
    answers = [key for key in redis.keys("*") if key.startswith(keys.SENT.encode())]
    assert all(0 < redis.pttl(key) <= 60_000 for key in answers)
    return {key for key in redis.keys("*") if not key.startswith(keys.SENT.encode())}


def resident() -> int:
    """The bytes that this process has in memory."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert match
    return int(match[1]) << 10
