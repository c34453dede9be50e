"""What RQ may call: names and arguments are JSON, and everything else is found by them."""

from collections.abc import Sequence
from functools import lru_cache

from rq import Queue, get_current_job
from rq.serializers import JSONSerializer

from beanpole import catalog
from beanpole.store.connection import Connection
from beanpole.store.store import Store
from beanpole_workers.play import play

QUEUE = "beanpole"
FAILURES_KEPT = 60  # seconds; what failed is in the log, and its lease brings it back


def queue_of(store: Store) -> Queue:
    """The queue of a store's workers."""
    return Queue(QUEUE, connection=store.redis, serializer=JSONSerializer)


def enqueue(queue: Queue, members: Sequence[str]) -> None:
    """Have a worker look at members."""
    queue.enqueue(step, list(members), result_ttl=0, failure_ttl=FAILURES_KEPT, job_timeout=-1)


def step(members: list[str]) -> None:
    """Play all that is due of these members."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("only a worker calls this")
    play.step(_store(job.connection), catalog.load(), members)


@lru_cache(maxsize=4)
def _store(connection: Connection) -> Store:
    """Kept, because a store learns its scripts and keeps copies of what it read."""
    return Store(connection)
