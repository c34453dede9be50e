"""The jobs that RQ calls; their arguments are JSON, so a job takes names of members and loads everything else."""

from collections.abc import Sequence
from functools import lru_cache

from rq import Queue, get_current_job
from rq.serializers import JSONSerializer

from beanpole import catalog
from beanpole.catalog import Catalog
from beanpole.store.connection import Connection
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole_workers.play import manual, wall

QUEUE = "beanpole"
FAILURES_KEPT = 60  # seconds; a failure is in the log, and its members are due again when their lease ends


def queue_of(store: Store) -> Queue:
    """The queue of a store's workers."""
    return Queue(QUEUE, connection=store.redis, serializer=JSONSerializer)


def enqueue(queue: Queue, members: Sequence[str]) -> None:
    """Have a worker play members."""
    queue.enqueue(step, list(members), result_ttl=0, failure_ttl=FAILURES_KEPT, job_timeout=-1)


def step(members: list[str]) -> None:
    """Play all that is due of these members."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("step is called by an RQ worker, and there is no job")
    play(_store(job.connection), catalog.load(), members)


def play(store: Store, catalog: Catalog, members: Sequence[str]) -> None:
    """Play members in this process: entities of accounts on a wall clock, and manual clocks that are to be moved."""
    clocks = [member for member in members if parts(member)[2] == "clock"]
    wall.play(store, catalog, [member for member in members if member not in clocks])
    for member in clocks:
        manual.drain(store, catalog, member)


@lru_cache(maxsize=4)
def _store(connection: Connection) -> Store:
    """One store for all jobs of a connection, because a store registers its scripts and caches what it read."""
    return Store(connection)
