"""Workers: a process of its own with `run`, or a thread of the service's process with `Embedded`."""

from threading import Thread

from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from beanpole.store.connection import connect
from beanpole.store.store import Store
from beanpole_workers.play import jobs
from beanpole_workers.play.timekeeper import Timekeeper

LOGGED = "WARNING"  # the lowest level at which RQ logs


def run(redis_url: str) -> None:
    """Run a worker and a timekeeper until the process gets a signal to end."""
    store = Store(connect(redis_url))
    worker = _worker(SimpleWorker, store)
    timekeeper = Timekeeper(store, jobs.queue_of(store))
    timekeeper.start()
    try:
        worker.work(logging_level=LOGGED)
    finally:
        timekeeper.stop()


class Embedded:
    """A worker and a timekeeper as threads of this process."""

    def __init__(self, store: Store) -> None:
        self._queue = jobs.queue_of(store)
        self._timekeeper = Timekeeper(store, self._queue)
        self._worker = _worker(_ThreadWorker, store)
        self._thread = Thread(target=self._worker.work, args=(), kwargs={"logging_level": LOGGED}, daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self._thread.start()
        self._timekeeper.start()

    def stop(self) -> None:
        """End both threads; returns when they have ended."""
        self._timekeeper.stop()
        self._worker._stop_requested = True
        jobs.enqueue(self._queue, [])
        self._thread.join()


class _NoDeathPenalty(BaseDeathPenalty):
    """Jobs take milliseconds, and only a main thread could be interrupted."""

    def setup_death_penalty(self) -> None:
        """Sets nothing."""

    def cancel_death_penalty(self) -> None:
        """Cancels nothing."""


class _ThreadWorker(SimpleWorker):
    """A worker outside the main thread, where Python allows no signal handler."""

    death_penalty_class = _NoDeathPenalty

    def _install_signal_handlers(self) -> None:
        """Installs nothing: the process handles its signals itself."""


def _worker(kind: type[SimpleWorker], store: Store) -> SimpleWorker:
    worker = kind([jobs.queue_of(store)], connection=store.redis, serializer=JSONSerializer, log_job_description=False)
    worker.log_result_lifespan = False
    return worker
