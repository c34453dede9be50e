"""The threads that answer: of the idle ones, the one that was idle last gets the next request.

waitress wakes the one that was idle first, so that forty threads take turns, and each finds its memory in no cache of
the processor.
"""

from threading import Lock

from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]  # it has no types


def threads(count: int) -> ThreadedTaskDispatcher:
    """So many threads, which wait for the requests of a server."""
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.queue_cv = Idle(dispatcher.lock)
    dispatcher.set_thread_count(count)
    return dispatcher


class Idle:
    """The threads that wait, as a condition of `threading`; all methods are called with the `lock` held."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._waiting: list[Lock] = []

    def wait(self) -> None:
        """Wait until this thread is woken; the lock is not held meanwhile."""
        sleep = Lock()
        sleep.acquire()
        self._waiting.append(sleep)
        self._lock.release()
        try:
            sleep.acquire()
        finally:
            self._lock.acquire()

    def notify(self) -> None:
        """Wake the thread that has waited for the shortest time, if one waits."""
        if self._waiting:
            self._waiting.pop().release()

    def notify_all(self) -> None:
        """Wake all threads that wait."""
        while self._waiting:
            self.notify()
