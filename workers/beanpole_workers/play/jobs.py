"""The jobs that RQ calls; their arguments are JSON, so a job takes names of members and loads everything else."""

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from rq import Queue, get_current_job
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.serializers import JSONSerializer

from beanpole.catalog import catalog
from beanpole.catalog.catalog import Catalog
from beanpole.files.object_store import ObjectStore
from beanpole.store.connection import Connection
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole_workers.play import manual, runs, wall
from beanpole_workers.play.run_queue import RUN

QUEUE = "beanpole"
STEP = "beanpole_workers.play.jobs.step"  # the name of the first function below in RQ
WAITS = 3600  # seconds that a job may wait for a worker; its members are due again long before
FAILURES_KEPT = 60  # seconds; a failure is in the log, and its members are due again when their lease ends


class _OneExecution(ExecutionRegistry):
    """The executions of one of our jobs: it is executed once, and its worker removes the execution that it began.

    A killed worker's goes with RQ's look for abandoned jobs, or expires.
    """

    def get_executions(self, start: int = 0, end: int = -1) -> list[Execution]:
        """None beside the one that the worker removes itself; to read it takes six calls of Redis for each job."""
        return []


class OwnJob(Job):
    """A job that can call `step` or `run` and nothing else, whatever its record in Redis says.

    RQ calls any function and any address that a job names, so a client that can write to the queue could run any code
    in a worker, or let it call any host.
    """

    @property
    def func(self) -> Callable[..., None]:
        """`step` or `run`; raises ValueError for a job that names anything else."""
        functions: dict[str | None, Callable[..., None]] = {STEP: step, RUN: run}
        function = functions.get(self.func_name)
        if function is None or self._instance is not None:
            raise ValueError(f"job {self.id!r} is not one of ours: it calls {str(self.func_name)[:100]!r}")
        return function

    @property
    def execution_registry(self) -> ExecutionRegistry:
        """The executions of the job, of which RQ reads no more than of a job that was executed once."""
        return _OneExecution(self.id, self.connection)

    success_callback = failure_callback = stopped_callback = None  # our jobs have none

    def send_webhooks(self, *_: object, **__: object) -> None:
        """Send nothing: our jobs have no webhooks."""


def queue_of(store: Store) -> Queue:
    """The queue of a store's workers."""
    return Queue(QUEUE, connection=store.redis, serializer=JSONSerializer, job_class=OwnJob)


def enqueue(queue: Queue, members: Sequence[str], *leased_at: int) -> None:
    """Enqueue a job that plays members, which were leased at a real instant, if one is given."""
    queue.enqueue(step, list(members), *leased_at, ttl=WAITS, result_ttl=0, failure_ttl=FAILURES_KEPT, job_timeout=-1)


def step(members: list[str], leased_at: int = 0) -> None:
    """Play all that is due of these members, which were leased at a real instant, unless the job does not say when."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("step is called by an RQ worker, and there is no job")
    play(_STORES.get(job.connection) or Store(job.connection), catalog.load(), members, leased_at)


def run(members: list[str]) -> None:
    """Run the commands of these members that are next."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("run is called by an RQ worker, and there is no job")
    store, objects = _STORES.get(job.connection) or Store(job.connection), _OBJECTS.get(job.connection)
    for member in members:
        runs.run(store, catalog.load(), objects, member, str(job.worker_name))


def play(store: Store, catalog: Catalog, members: Sequence[str], leased_at: int = 0) -> None:
    """Play members in this process: entities of accounts on a wall clock, and manual clocks with targets."""
    clocks = [member for member in members if parts(member)[2] == "clock"]
    wall.play(store, catalog, [member for member in members if member not in clocks], leased_at)
    if clocks:
        queue = queue_of(store)
        manual.drain(store, catalog, clocks, others_wait=lambda: queue.count > 0)


_STORES: WeakKeyDictionary[Connection, Store] = WeakKeyDictionary()
_OBJECTS: WeakKeyDictionary[Connection, ObjectStore] = WeakKeyDictionary()


def serve(connection: Connection, store: Store, objects: ObjectStore | None = None) -> None:
    """Let the jobs of a connection work on a store, which has registered its scripts and has its caches.

    Commands that are run read bundles from `objects`.
    """
    _STORES[connection] = store
    if objects is not None:
        _OBJECTS[connection] = objects
