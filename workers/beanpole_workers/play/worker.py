"""Workers: a separate process with `run`, or a thread of the service's process with `Embedded`."""

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from types import FrameType
from typing import Any, Protocol, TypeVar

from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import InvalidJobOperation, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from beanpole.catalog import catalog
from beanpole.files.object_store import ObjectStore
from beanpole.machine.clock import real_now
from beanpole.model.instance.commands import Commands
from beanpole.other_services.services import NONE, Services
from beanpole.store import state_format
from beanpole.store.connection import Connection, connect, reason
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole_workers.play import jobs, run_queue
from beanpole_workers.play.notices import Notices
from beanpole_workers.play.rq_log import OneLine
from beanpole_workers.play.timekeeper import Timekeeper, nobody_calls
from beanpole_workers.play.tries import LONGEST, Tries
from beanpole_workers.play.web_processes import WebProcesses
from beanpole_workers.play.worker_tier import WorkerTier

LOGGED = "WARNING"  # the lowest level at which RQ logs
BATCH = 20  # members of one job in a server's process, which cannot answer while its store commits a batch
HEARTBEAT = 1000  # milliseconds between two signs of life for RQ
TTL = 20  # seconds: RQ waits for a job for 15 less, and for an answer of Redis for 5 less
SWITCH = (
    0.001  # seconds for which a job holds the interpreter; the timekeeper takes it a few times to hand over the next
)
MAINTENANCE = 60  # seconds between RQ's looks for the jobs of killed workers
ENDING = 2.0  # seconds that a run may take to end

log = log_lines.logger(__name__)
W = TypeVar("W", bound=SimpleWorker)

log_lines.logger("rq.worker").addFilter(OneLine())


def run(
    redis_url: str, commands: Commands = "enact", objects: ObjectStore | None = None, services: Services = NONE
) -> None:
    """Run a worker and a timekeeper until a signal ends the process; without Redis try again and again.

    With the commands `run` a thread runs the commands of bundles, which it reads from `objects`. With an SQS another
    thread empties the queues of worker environments, and with an SNS or an EventBridge one sends notices. Raises
    state_format.Newer for a state in a newer format.
    """
    sys.setswitchinterval(SWITCH)
    ended, tries = Event(), Tries(log, "the worker cannot reach Redis")
    while not ended.is_set():
        _end_on_signal(ended)
        try:
            _work(redis_url, ended, commands, objects, services)
        except RedisError as trouble:
            ended.wait(tries.failed(trouble))
        except StopRequested:  # RQ was already about to end
            continue
        else:  # RQ has logged why it ended
            ended.wait(tries.failed())


def _work(redis_url: str, ended: Event, commands: Commands, objects: ObjectStore | None, services: Services) -> None:
    """Work until Redis fails, which raises RedisError, or a signal ends the worker, which sets `ended`."""
    store = Store(connect(redis_url), commands=commands)
    state_format.settle(store.redis)
    store.must_answer()
    worker = _worker(_ProcessWorker, store, connect(redis_url))
    worker.ended_by_signal = ended
    timekeeper = Timekeeper(store, jobs.queue_of(store), worker.name)
    worker.take = timekeeper.make_room
    running = _Running(store, connect(redis_url), objects) if commands == "run" else None
    threads = _threads(store, objects, services, worker.name, running)
    timekeeper.start()
    for thread in threads:
        thread.start()
    try:
        worker.work(logging_level=LOGGED)
    finally:
        timekeeper.stop()
        for thread in threads:
            thread.stop()
        _end_on_signal(ended)  # RQ's own handlers raise, which is for its loop only


def _end_on_signal(ended: Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())


class Embedded:
    """A worker and a timekeeper as threads of this process, with a thread that runs commands if they are run.

    `services` may need further threads. `connection` makes a separate connection for a worker; without it Redis is in
    this process, and all share its connection. While clients are `is_calling`, what is due waits a little.
    """

    def __init__(
        self,
        store: Store,
        objects: ObjectStore | None = None,
        services: Services = NONE,
        connection: Callable[[], Connection] | None = None,
        is_calling: Callable[[], bool] = nobody_calls,
    ) -> None:
        connect_ = connection or (lambda: store.redis)
        self._queue = jobs.queue_of(store)
        self._worker = _worker(_ThreadWorker, store, connect_())
        self._timekeeper = Timekeeper(store, self._queue, self._worker.name, BATCH, is_calling)
        self._worker.take = self._timekeeper.make_room
        self._thread = Thread(target=self._worker.work, args=(), kwargs={"logging_level": LOGGED}, daemon=True)
        running = _Running(store, connect_(), objects) if store.commands == "run" else None
        self._beside = _threads(store, objects, services, self._worker.name, running)

    def start(self) -> None:
        """Start the threads."""
        self._thread.start()
        self._timekeeper.start()
        for thread in self._beside:
            thread.start()

    def stop(self) -> None:
        """End the threads; returns when they have ended, but does not wait for a command that runs."""
        for thread in self._beside:
            thread.stop()
        self._timekeeper.stop()
        self._worker._stop_requested = True
        jobs.enqueue(self._queue, [])
        self._thread.join()


class _Thread(Protocol):
    """A thread beside a worker."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def _threads(
    store: Store, objects: ObjectStore | None, services: Services, name: str, running: "_Running | None"
) -> list[_Thread]:
    """The threads beside a worker; applications of worker environments run if commands are run."""
    threads: list[_Thread] = [] if running is None else [running]
    tables = catalog.load()
    if services.queues is not None:
        applications = WebProcesses(store, tables, objects) if store.commands == "run" else None
        threads.append(WorkerTier(store, tables, services.queues, applications, name))
    if services.publishing is not None:
        threads.append(Notices(store, tables, services.publishing, name))
    return threads


class _Running:
    """A thread that runs commands; when Redis fails, it logs a line and tries again, as `run` does."""

    def __init__(self, store: Store, connection: Connection, objects: ObjectStore | None) -> None:
        self._queue = run_queue.queue_of(store)
        self._make = partial(_worker, _ThreadWorker, store, connection, self._queue, objects)
        self._worker: SimpleWorker | None = None
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="running", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a command that runs ends with the process."""
        self._stopped.set()
        if self._worker is not None:
            self._worker._stop_requested = True
        with suppress(RedisError):
            run_queue.wake(self._queue)
        self._thread.join(ENDING)

    def _run(self) -> None:
        tries = Tries(log, "the thread that runs commands cannot reach Redis")
        while not self._stopped.is_set():
            try:
                self._worker = self._make()
                self._worker._stop_requested = self._stopped.is_set()
                self._worker.work(logging_level=LOGGED)
            except RedisError as trouble:
                self._stopped.wait(tries.failed(trouble))
            else:
                self._stopped.wait(tries.failed())


class _NoDeathPenalty(BaseDeathPenalty):
    """A time-out of jobs that never comes: they take milliseconds, and only a main thread could be interrupted."""

    def setup_death_penalty(self) -> None:
        """Set nothing."""

    def cancel_death_penalty(self) -> None:
        """Cancel nothing."""


class _Worker(SimpleWorker):
    """A worker that logs the loss of Redis during a job in one line, and other failures with their traceback."""

    _last_heartbeat = 0
    _last_look = 0
    take: Callable[[], None] | None = None  # called when a job is taken from the queue

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Execute a job, once the timekeeper has heard of the room in the queue."""
        if self.take is not None:
            self.take()
        super().execute_job(job, queue)

    def check_for_suspension(self, burst: bool) -> None:
        """Stop while `rq suspend` says so; that is looked for once a second at most, not before each job."""
        if real_now() - self._last_look >= HEARTBEAT:
            self._last_look = real_now()
            super().check_for_suspension(burst)

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Write the state, if it is another one: RQ says twice after each job that the worker is idle."""
        if pipeline is not None or state != self._state:
            super().set_state(state, pipeline)

    def subscribe(self) -> None:
        """Take no commands through Redis: the thread that would wait for them may end when a connection breaks."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that the worker lives, once a second at most: RQ says so three times for each job, which takes less."""
        if real_now() - self._last_heartbeat >= HEARTBEAT:
            self._last_heartbeat = real_now()
            super().heartbeat(timeout, pipeline)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log the failure of a job; its members are due again when their lease ends."""
        if isinstance(exc_info[1], RedisError | InvalidJobOperation):
            log.warning("the worker lost Redis at a job: %s", reason(exc_info[1]))
        else:
            super().handle_exception(job, *exc_info)


class _ProcessWorker(_Worker):
    """A worker that remembers a signal, however Redis fails while it ends."""

    ended_by_signal: Event
    max_connection_wait_time = LONGEST

    def _install_signal_handlers(self) -> None:
        """Let signals call `request_stop` from now on; an earlier signal counts, too."""
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]  # RQ has no types here
        self._stop_requested = self.ended_by_signal.is_set()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End after the present job, because of a signal."""
        self.ended_by_signal.set()
        with suppress(RedisError):  # RQ writes down when it was requested
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ has no types here


class _ThreadWorker(_Worker):
    """A worker outside the main thread, where Python allows no signal handler."""

    death_penalty_class = _NoDeathPenalty

    def _install_signal_handlers(self) -> None:
        """Install nothing: the process handles its signals itself."""


def _worker(
    kind: type[W],
    store: Store,
    connection: Connection,
    queue: Queue | None = None,
    objects: ObjectStore | None = None,
) -> W:
    """A worker that waits for jobs on a separate connection, because RQ changes its time-outs."""
    jobs.serve(connection, store, objects)
    worker = kind(
        [queue or jobs.queue_of(store)],
        connection=connection,
        serializer=JSONSerializer,
        job_class=jobs.OwnJob,
        log_job_description=False,
        worker_ttl=TTL,
        maintenance_interval=MAINTENANCE,
    )
    worker.log_result_lifespan = False
    return worker
