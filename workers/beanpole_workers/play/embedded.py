"""The engine in the process of a server: threads that play what is due, run commands and call services, without RQ."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

from beanpole import catalog, entropy, log_lines
from beanpole.clock import real_now
from beanpole.files.object_store import ObjectStore
from beanpole.files.services import NONE, Services
from beanpole.store import connection, keys
from beanpole.store.store import Store
from beanpole_workers.play import batch, run_queue, runs
from beanpole_workers.play.notices import Notices
from beanpole_workers.play.retries import LEASE
from beanpole_workers.play.web_processes import WebProcesses
from beanpole_workers.play.worker_tier import WorkerTier

BATCH = 20  # members that are played at once: the server answers little while the store in its process commits them
LONGEST = 1.0  # seconds between two looks at the due set: the delay that a lost nudge costs at most
GATHERING = 20  # milliseconds between two batches: members that fall due in between share one
PAUSE = 0.5  # seconds between two tries to reach Redis
SEEN = 1000  # milliseconds between two signs of life
ENDING = 2.0  # seconds that a run may take to end

log = log_lines.logger(__name__)


class Embedded:
    """One thread that plays what is due, from `start` to `stop`.

    Another one runs commands where they are run, and others live by `services`.
    """

    def __init__(self, store: Store, objects: ObjectStore | None = None, services: Services = NONE) -> None:
        name = f"embedded-{entropy.request_id()}"
        self._player = _Player(store, name)
        running = _Running(store, objects, name) if store.commands == "run" else None
        self._beside = threads_beside(store, objects, services, name, running)

    def start(self) -> None:
        """Start the threads."""
        self._player.start()
        for each in self._beside:
            each.start()

    def stop(self) -> None:
        """End the threads; returns when they have ended, but does not wait for a command that runs."""
        for each in self._beside:
            each.stop()
        self._player.stop()


class Beside(Protocol):
    """A thread that lives beside a worker."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def threads_beside(
    store: Store, objects: ObjectStore | None, services: Services, name: str, running: Beside | None
) -> list[Beside]:
    """What lives beside a worker; the applications of worker environments run where commands do."""
    threads: list[Beside] = [] if running is None else [running]
    tables = catalog.load()
    if services.queues is not None:
        applications = WebProcesses(store, tables, objects) if store.commands == "run" else None
        threads.append(WorkerTier(store, tables, services.queues, applications, name))
    if services.publishing is not None:
        threads.append(Notices(store, tables, services.publishing, name))
    return threads


class _Player:
    """A thread that takes members as they fall due, and plays them."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        self._catalog = catalog.load()
        self._stopped = Event()
        self._seen = 0
        self._thread = Thread(target=_go_on, args=(self._stopped, self._watch), name="engine", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        self._stopped.set()
        _try(lambda: self._store.redis.publish(keys.NUDGE, 0))
        self._thread.join()
        _try(lambda: self._store.due.left(self._name))

    def _watch(self) -> None:
        with self._store.due.nudges() as nudges:
            while not self._stopped.is_set():
                self._show_life()
                members, following = self._store.due.pop(real_now(), BATCH, LEASE)
                if members:
                    self._play(members)
                    self._stopped.wait(GATHERING / 1000)
                else:
                    wait = LONGEST if following is None else (following - real_now()) / 1000
                    nudges.wait(min(LONGEST, max(0.001, wait)))

    def _show_life(self) -> None:
        now = real_now()
        if now - self._seen >= SEEN:
            self._store.due.seen(self._name, now)
            self._store.counters.write_at_times(now)
            self._seen = now

    def _play(self, members: list[str]) -> None:
        """Play members; what fails is due again when its lease ends."""
        try:
            batch.play(self._store, self._catalog, members, self._others_wait)
        except connection.StoreError:
            raise
        except Exception:
            log.exception("these could not be played: %s", members)

    def _others_wait(self) -> bool:
        return self._stopped.is_set() or self._store.due.has_waiting(real_now())


class _Running:
    """A thread that runs commands, one after the other."""

    def __init__(self, store: Store, objects: ObjectStore | None, name: str) -> None:
        self._store = store
        self._objects = objects
        self._name = name
        self._catalog = catalog.load()
        self._requests = run_queue.here(store)
        self._stopped = Event()
        self._thread = Thread(target=_go_on, args=(self._stopped, self._run), name="running", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a command that runs ends with the process."""
        self._stopped.set()
        self._requests.put(None)
        self._thread.join(ENDING)

    def _run(self) -> None:
        while not self._stopped.is_set():
            member = self._requests.get()
            if member is not None:
                runs.run(self._store, self._catalog, self._objects, member, self._name)


def _go_on(stopped: Event, work: Callable[[], None]) -> None:
    """Work until it is stopped; what fails is told in a line, and begun again."""
    while not stopped.is_set():
        try:
            work()
        except connection.StoreError as trouble:
            log.warning("nothing happens without Redis; the next try is in %g s: %s", PAUSE, trouble)
        except Exception:
            log.exception("it is begun again in %g s", PAUSE)
        stopped.wait(PAUSE)


def _try(call: Callable[[], object]) -> None:
    """Call something that may fail with Redis, which then is gone."""
    try:
        call()
    except connection.StoreError as trouble:
        log.debug("Redis is gone: %s", trouble)
