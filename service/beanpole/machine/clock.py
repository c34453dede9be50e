"""Real time; no other module reads it or waits for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate

_wait = time.sleep
_latest_date = (0, "")  # a second, and its text in a header


def real_now() -> int:
    """Milliseconds since the epoch, by the machine's clock."""
    return time.time_ns() // 1_000_000


def http_date() -> str:
    """The present second as the header Date has it; it is written once for all answers of a second."""
    global _latest_date
    second, text = _latest_date
    now = time.time_ns() // 1_000_000_000
    if now != second:
        text = formatdate(now, usegmt=True)
        _latest_date = now, text
    return text


def elapsed() -> float:
    """Milliseconds since some instant of the process; the difference of two readings is how long something took."""
    return time.perf_counter_ns() / 1e6


def processor_time() -> float:
    """Milliseconds that a processor has worked for this thread, whatever else the machine does."""
    return time.thread_time_ns() / 1e6


def sleep(seconds: float) -> None:
    """Wait; 0 seconds or less are over at once."""
    if seconds > 0:
        _wait(seconds)


@contextmanager
def sleeping_by(instead: Callable[[float], None]) -> Iterator[None]:
    """Inside, `time.sleep` of the whole process is another function; `sleep` of this module waits as before."""
    before = time.sleep
    time.sleep = instead  # type: ignore[assignment]  # of the same use, if not of the same signature
    try:
        yield
    finally:
        time.sleep = before
