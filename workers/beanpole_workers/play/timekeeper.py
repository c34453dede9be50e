"""The timekeeper: leases members that are due and enqueues them for the workers, a batch at a time.

There may be one in every worker process; leasing is atomic, so they share the work. It leases nothing while jobs wait
in the queue, so that members are played before their lease runs out.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from redis.exceptions import RedisError
from rq import Queue

from beanpole.machine.clock import real_now
from beanpole.store import keys
from beanpole.store.due import Nudges
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole_workers.play import jobs
from beanpole_workers.play.retries import LEASE
from beanpole_workers.play.tries import Tries

BATCH = 30  # members of one job: a member waits for all of its batch, and for the batches before it
LARGEST = 120  # members of one job while more is due than jobs take: each job costs RQ as much as a few members do
QUEUED = 2  # jobs that may wait for a worker
LONGEST = 1.0  # seconds between two looks at the due set: the delay that a lost nudge costs at most
CROWDED = 0.05  # seconds until the next look at a full queue, unless the worker of this process takes a job before
GATHERING = 20  # milliseconds between two batches of all timekeepers: members that fall due in between share one
PATIENCE = 100  # milliseconds for which members wait at most while clients call the server in this process
GIVING_WAY = 0.005  # seconds until it is looked again whether they still do
HEARTBEAT = 1000  # milliseconds between two signs of life

log = log_lines.logger(__name__)


def no_client_calls() -> bool:
    """Tell that no client calls, for a process without a server."""
    return False


class Timekeeper:
    """The thread of the timekeeper, from `start` to `stop`.

    A job has at most `batch` members. While more is due, each has up to twice as many as the one before, up to
    `largest`, so a worker that is behind does more of its own work and less of RQ's.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        worker: str,
        batch: int = BATCH,
        largest: int = LARGEST,
        is_calling: Callable[[], bool] = no_client_calls,
    ) -> None:
        self._smallest, self._largest = batch, largest
        self._batch = batch
        self._is_calling = is_calling
        self._store = store
        self._queue = queue
        self._stopped = Event()
        self._has_room = Event()
        self._worker = worker
        self._handed_over = 0
        self._timekeepers = 1  # of all worker processes
        self._recorded_at = 0
        self._is_crowded = False  # more may be due than the last batch could hold
        self._thread = Thread(target=self._run, name="timekeeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; returns when it has ended."""
        self._stopped.set()
        self.make_room()
        with suppress(RedisError):  # then the thread wakes when its own wait fails
            self._store.redis.publish(keys.NUDGE, 0)
        self._thread.join()

    def make_room(self) -> None:
        """Look at a full queue again, because a job was taken from it."""
        self._has_room.set()

    def _run(self) -> None:
        tries = Tries(log, "the timekeeper cannot reach Redis")
        while not self._stopped.is_set():
            try:
                self._watch()
            except RedisError as trouble:
                self._stopped.wait(tries.failed(trouble))
        with suppress(RedisError):  # the rows of a process that is gone are dropped after a minute
            self._store.due.forget_worker(self._worker)
            self._store.counters.forget_process()

    def _watch(self) -> None:
        with self._store.due.nudges() as nudges:
            while not self._stopped.is_set():
                if real_now() - self._recorded_at >= HEARTBEAT:
                    self._recorded_at = real_now()
                    self._timekeepers = self._store.due.record_worker(self._worker, self._recorded_at)
                    self._store.counters.write_at_times(self._recorded_at)
                wait = self._hand_over()
                if wait is None:
                    self._has_room.wait(CROWDED)
                elif wait > 0:
                    self._sleep(nudges, real_now() + round(wait * 1000))

    def _sleep(self, nudges: Nudges, until: int) -> None:
        """Wait for an instant; a nudge with an earlier one brings that forward, without another look at the due set."""
        while not self._stopped.is_set() and (left := until - real_now()) > 0:
            instant = nudges.wait(left / 1000)
            if instant is not None:
                until = min(until, instant)

    def _hand_over(self) -> float | None:
        """Enqueue a batch; returns the seconds until the next look, None if the queue is full."""
        self._has_room.clear()
        if self._queue.count >= QUEUED:
            return None
        if not self._is_crowded:
            self._gather()
        now = real_now()
        members, following = self._store.due.pop(now, self._batch, LEASE)
        self._is_crowded = len(members) == self._batch
        self._batch = min(self._largest, self._batch * 2) if self._is_crowded else self._smallest
        if members:
            jobs.enqueue(self._queue, members, now)
            self._handed_over = now
            return 0.0
        return LONGEST if following is None else min(LONGEST, max(0.001, (following - now) / 1000))

    def _gather(self) -> None:
        """Wait for members that share a batch, and for clients, whose answers a job delays by more than its share."""
        pause = self._handed_over + GATHERING * self._timekeepers - real_now()
        if pause > 0:
            self._stopped.wait(pause / 1000)
        until = real_now() + PATIENCE
        while self._is_calling() and real_now() < until:
            if self._stopped.wait(GIVING_WAY):
                return
