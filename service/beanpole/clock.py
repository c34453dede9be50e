"""Real time: the only room that reads it, and the only one that waits for it."""

import time


def real_now() -> int:
    """Milliseconds since the epoch, by the machine's clock."""
    return time.time_ns() // 1_000_000


def sleep(seconds: float) -> None:
    """Wait; a span of nothing or less is over at once."""
    if seconds > 0:
        time.sleep(seconds)
