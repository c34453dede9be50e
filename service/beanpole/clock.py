"""Real time; no other module reads it or waits for it."""

import time


def real_now() -> int:
    """Milliseconds since the epoch, by the machine's clock."""
    return time.time_ns() // 1_000_000


def sleep(seconds: float) -> None:
    """Wait; 0 seconds or less are over at once."""
    if seconds > 0:
        time.sleep(seconds)
