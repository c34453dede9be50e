"""The queue of runs: commands that are run take real time, so jobs of their own run them, on a queue of their own.

Where a thread of this process runs them, the queue is in this process, too, and RQ is not read.
"""

from queue import SimpleQueue
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from beanpole.store import keys
from beanpole.store.connection import Connection, is_embedded
from beanpole.store.due import parts
from beanpole.store.store import Store

if TYPE_CHECKING:
    from rq import Queue

QUEUE = "beanpole-runs"
RUN = "beanpole_workers.play.jobs.run"  # what a worker calls
PAUSE = 100  # real milliseconds until somebody looks again whether a run has ended
LEASE = 10_000  # real milliseconds after which the run of a worker that was killed is done again
FAILURES_KEPT = 60  # seconds

_HERE: WeakKeyDictionary[Connection, "SimpleQueue[str | None]"] = WeakKeyDictionary()


def queue_of(store: Store) -> "Queue":
    """The queue of a store's runs in Redis."""
    from rq import Queue
    from rq.serializers import JSONSerializer

    return Queue(QUEUE, connection=store.redis, serializer=JSONSerializer)


def here(store: Store) -> "SimpleQueue[str | None]":
    """The queue of a store's runs in this process, in which they are from now on; None ends who takes from it."""
    return _HERE.setdefault(store.redis, SimpleQueue())


def request(store: Store, member: str) -> None:
    """Have the commands of a member run, unless that is requested already."""
    key = keys.requested_runs(parts(member)[0], member)
    if not store.redis.set(key, 1, nx=True, px=LEASE):
        return
    if is_embedded(store.redis) or store.redis in _HERE:
        here(store).put(member)
    else:
        _enqueue(queue_of(store), [member])


def wake(queue: "Queue") -> None:
    """Have a worker look whether it is to end."""
    _enqueue(queue, [])


def _enqueue(queue: "Queue", members: list[str]) -> None:
    queue.enqueue(RUN, members, result_ttl=0, failure_ttl=FAILURES_KEPT, job_timeout=-1)
