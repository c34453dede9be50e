"""Who looks into the queue as the dashboard of RQ does finds jobs that can be read, and why one failed."""

import json
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from redis.connection import AbstractConnection
from rq import Queue, Worker
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from rq.suspension import suspend

from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import Clock
from beanpole.store.connection import Connection, connect
from beanpole.store.store import Store
from beanpole_workers.play import jobs, rq_workers, worker
from servers import redis_server, worker_processes

MEMBERS = ["123456789012|us-east-1|environment|e-nobodyhasit"]
REASON = "'no member' names no member of the due set"
ROUND_TRIPS = 12  # that RQ makes for a job
BOUND = 60_000  # milliseconds for a state that must come


@pytest.fixture
def redis() -> Iterator[Connection]:
    """A Redis server of the test's own."""
    with redis_server() as url, closing(connect(url)) as client:
        yield client


def test_a_job_that_waits_is_shown_with_its_members_as_json(redis: Connection) -> None:
    jobs.enqueue(jobs.queue_of(Store(redis)), MEMBERS)
    assert [queue.name for queue in Queue.all(connection=redis)] == [jobs.QUEUE]
    (job,) = Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer).jobs
    assert (job.func_name, list(job.args), job.get_status()) == (jobs.STEP, [MEMBERS], "queued")
    data = redis.hget(job.key, "data")
    assert json.loads(zlib.decompress(data)) == [jobs.STEP, None, [MEMBERS], {}]


def test_workers_are_shown_with_their_queue(redis: Connection) -> None:
    url = f"unix://{redis.connection_pool.connection_kwargs['path']}"
    with worker_processes(url, 1):
        _until(lambda: Worker.count(connection=redis) == 1)
        (worker,) = Worker.all(connection=redis)
        assert worker.queue_names() == [jobs.QUEUE]


def test_a_job_that_fails_is_in_the_log_and_in_the_registry_with_its_reason(
    redis: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(redis, Clock())
    queue = jobs.queue_of(store)
    jobs.enqueue(queue, ["no member"])
    with caplog.at_level(logging.ERROR):
        rq_workers.make(rq_workers.ThreadWorker, store, redis).work(burst=True, logging_level=worker.LOGGED)
    (failed,) = FailedJobRegistry(queue=queue).get_job_ids()
    job = queue.fetch_job(failed)
    assert job is not None
    assert list(job.args) == [["no member"]]
    assert REASON in str(job.latest_result().exc_string)
    assert REASON in caplog.text
    assert queue.count == 0


def test_a_job_leaves_nothing_and_takes_few_round_trips(redis: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    store, send = Store(redis), AbstractConnection.send_packed_command
    sent: list[object] = []
    queue = jobs.queue_of(store)
    ours = rq_workers.make(rq_workers.ThreadWorker, store, redis)
    counts = []
    for number in (1, 21):
        for _ in range(number):
            jobs.enqueue(queue, [])
        with monkeypatch.context() as patch:
            patch.setattr(
                AbstractConnection,
                "send_packed_command",
                lambda self, *words, **more: sent.append(send(self, *words, **more)),
            )
            ours.work(burst=True, logging_level=worker.LOGGED)
        counts.append(len(sent))
        sent.clear()
    assert 0 < (counts[1] - counts[0]) / 20 <= ROUND_TRIPS
    assert [key for key in redis.keys("rq:*") if b":job:" in key or b":execution" in key or b":wip" in key] == []


def test_a_suspended_worker_takes_no_job(redis: Connection) -> None:
    store = Store(redis)
    jobs.enqueue(jobs.queue_of(store), [])
    suspend(redis, ttl=60)
    rq_workers.make(rq_workers.ThreadWorker, store, redis).work(burst=True, logging_level=worker.LOGGED)
    assert jobs.queue_of(store).count == 1


def _until(is_so: Callable[[], bool]) -> None:
    begun = real_now()
    while not is_so():
        assert real_now() - begun < BOUND
        sleep(0.02)
