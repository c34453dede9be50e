"""The calls that wait in a process: each holds a thread, so only so many may wait that others are still answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from flask import Flask, current_app

_NAME = "beanpole.waiting"


def bound(app: Flask, most: int) -> None:
    """Let at most so many calls of an app wait at once."""
    app.extensions[_NAME] = BoundedSemaphore(most)


@contextmanager
def seat() -> Iterator[bool]:
    """Whether the present call may wait, within the context."""
    seats: BoundedSemaphore = current_app.extensions[_NAME]
    has_seat = seats.acquire(blocking=False)
    try:
        yield has_seat
    finally:
        if has_seat:
            seats.release()
