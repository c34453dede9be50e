"""The calls that wait in a process: each holds a thread, so only so many may wait that others are still answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import BoundedSemaphore

from flask import Flask, current_app

from beanpole.control.problems import Problem
from beanpole.tables import limits

_NAME = "beanpole.waiting"


def bound(app: Flask, most: int) -> None:
    """Let at most so many calls of an app wait at once."""
    app.extensions[_NAME] = BoundedSemaphore(most)


@contextmanager
def seat() -> Iterator[bool]:
    """Tell whether the present call may wait, within the context."""
    seats: BoundedSemaphore = current_app.extensions[_NAME]
    has_seat = seats.acquire(blocking=False)
    try:
        yield has_seat
    finally:
        if has_seat:
            seats.release()


def too_many() -> Problem:
    """The problem of a call that may not wait, because as many calls wait as may."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{limits.most('waiting_calls')} calls wait already: try again.")
