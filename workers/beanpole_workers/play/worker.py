"""Workers: a separate process with `run`, or a thread of the service's process with `Embedded`."""

import gc
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import Protocol

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested

from beanpole.catalog import catalog
from beanpole.files.object_store import ObjectStore
from beanpole.model.bundles.configuration_file import CommandMode
from beanpole.other_services.services import NONE, Services
from beanpole.store import state_format
from beanpole.store.connection import Connection, connect
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole_workers.play import jobs, rq_workers, run_queue
from beanpole_workers.play.notices import Notices
from beanpole_workers.play.rq_workers import ProcessWorker, ThreadWorker
from beanpole_workers.play.timekeeper import Timekeeper, no_client_calls
from beanpole_workers.play.tries import Tries
from beanpole_workers.play.web_processes import WebProcesses
from beanpole_workers.play.worker_tier import WorkerTier

LOGGED = "WARNING"  # the lowest level at which RQ logs
BATCH = 20  # members of one job in a server's process, which cannot answer while its store commits a batch
SWITCH = (
    0.001  # seconds for which a job holds the interpreter; the timekeeper takes it a few times to hand over the next
)
ENDING = 2.0  # seconds that a run may take to end

log = log_lines.logger(__name__)


def run(
    redis_url: str, commands: CommandMode = "enact", objects: ObjectStore | None = None, services: Services = NONE
) -> None:
    """Run a worker and a timekeeper until a signal ends the process; without Redis try again and again.

    With the commands `run` a thread runs the commands of bundles, which it reads from `objects`. With an SQS another
    thread empties the queues of worker environments, and with an SNS or an EventBridge one sends notices. Raises
    state_format.Newer for a state in a newer format.
    """
    sys.setswitchinterval(SWITCH)
    ended, tries = Event(), Tries(log, "the worker cannot reach Redis")
    _end_on_signal(ended)
    _keep_what_is_read()
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


def _keep_what_is_read() -> None:
    """Read the catalogue, and look for no garbage in it and in the modules: each later search takes less time."""
    tables = catalog.load()
    for name in ("options", "platforms", "timings"):
        getattr(tables, name)
    gc.freeze()


def _work(redis_url: str, ended: Event, commands: CommandMode, objects: ObjectStore | None, services: Services) -> None:
    """Work until Redis fails, which raises RedisError, or a signal ends the worker, which sets `ended`."""
    store = Store(connect(redis_url), commands=commands)
    state_format.settle(store.redis)
    store.must_answer()
    worker = rq_workers.make(ProcessWorker, store, connect(redis_url))
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
        is_calling: Callable[[], bool] = no_client_calls,
    ) -> None:
        connect_ = connection or (lambda: store.redis)
        self._queue = jobs.queue_of(store)
        self._worker = rq_workers.make(ThreadWorker, store, connect_())
        self._timekeeper = Timekeeper(store, self._queue, self._worker.name, BATCH, BATCH, is_calling)
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
        self._make = partial(rq_workers.make, ThreadWorker, store, connection, self._queue, objects)
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
        with suppress(RedisError):  # then the worker wakes when its own wait fails
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
