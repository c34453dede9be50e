"""RQ's workers as beanpole needs them: with few calls of Redis for each job, and one line for the loss of Redis."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event
from types import FrameType
from typing import Any, TypeVar

from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import InvalidJobOperation, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from beanpole.files.object_store import ObjectStore
from beanpole.machine.clock import real_now
from beanpole.store.connection import Connection, reason
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole_workers.play import jobs
from beanpole_workers.play.rq_log import OneLine
from beanpole_workers.play.tries import LONGEST

HEARTBEAT = 1000  # milliseconds between two signs of life for RQ
TTL = 20  # seconds: RQ waits for a job for 15 less, and for an answer of Redis for 5 less
MAINTENANCE = 60  # seconds between RQ's looks for the jobs of killed workers

log = log_lines.logger(__name__)
W = TypeVar("W", bound=SimpleWorker)

log_lines.logger("rq.worker").addFilter(OneLine())


def make(
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


class ProcessWorker(_Worker):
    """A worker that remembers a signal, however Redis fails while it ends."""

    ended_by_signal: Event
    max_connection_wait_time = LONGEST

    def _install_signal_handlers(self) -> None:
        """Let signals call `request_stop` from now on; an earlier signal counts, too."""
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]  # RQ has no types here
        self._stop_requested = self.ended_by_signal.is_set()

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a job, and look between two waits for a signal: what it raised may have been caught on its way.

        redis-py catches everything that is raised while it counts a command. Without a time-out, as in a burst, it
        waits once. Raises StopRequested after a signal.
        """
        while not self.ended_by_signal.is_set():
            dequeued = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time=timeout)
            if dequeued or timeout is None:
                return dequeued
        raise StopRequested

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End after the present job, because of a signal."""
        self.ended_by_signal.set()
        with suppress(RedisError):  # RQ writes down when it was requested
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ has no types here


class ThreadWorker(_Worker):
    """A worker outside the main thread, where Python allows no signal handler."""

    death_penalty_class = _NoDeathPenalty

    def _install_signal_handlers(self) -> None:
        """Install nothing: the process handles its signals itself."""
