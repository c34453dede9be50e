"""A worker that is told to end before it works, and once more afterwards."""

import os
import signal
import sys
from threading import Event

from beanpole.other_services import services
from beanpole_workers.play import worker


def main() -> None:
    """Be the worker, on the Redis of the argument."""
    ended = Event()
    ended.set()
    worker._work(sys.argv[1], ended, "enact", None, services.NONE)
    ended.clear()
    os.kill(os.getpid(), signal.SIGTERM)
    assert ended.is_set()
