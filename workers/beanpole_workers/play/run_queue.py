"""The queue of runs: running commands takes real time, so separate jobs on a separate queue do that."""

from rq import Queue
from rq.serializers import JSONSerializer

from beanpole.store import keys
from beanpole.store.due import parts
from beanpole.store.store import Store

QUEUE = "beanpole-runs"
RUN = "beanpole_workers.play.jobs.run"  # the name of the function in RQ
PAUSE = 100  # real milliseconds between two looks whether a run has ended
LEASE = 10_000  # real milliseconds after which the run of a worker that was killed is done again
FAILURES_KEPT = 60  # seconds


def queue_of(store: Store) -> Queue:
    """The queue of a store's runs."""
    return Queue(QUEUE, connection=store.redis, serializer=JSONSerializer)


def request(store: Store, member: str) -> None:
    """Enqueue a job that runs the commands of a member, unless there is one."""
    key = keys.requested_runs(parts(member)[0], member)
    if store.redis.set(key, 1, nx=True, px=LEASE):
        _enqueue(queue_of(store), [member])


def wake(queue: Queue) -> None:
    """Wake a worker, so that it looks whether it must end."""
    _enqueue(queue, [])


def _enqueue(queue: Queue, members: list[str]) -> None:
    queue.enqueue(RUN, members, result_ttl=0, failure_ttl=FAILURES_KEPT, job_timeout=-1)
