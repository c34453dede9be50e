"""The floor of a due instant: a bare timer thread that enqueues a job which does nothing, beside the real workers.

Twenty times a second the thread sleeps until an instant, and enqueues a job to a queue of its own; RQ's worker in the
same process executes it, as in a worker of beanpole. The process writes, for each instant, the milliseconds after which
the thread was awake, and those after which the job was executed, to a file when a signal ends it.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep, time
from typing import NamedTuple

from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer

from beanpole.store.connection import connect

PERIOD = 0.05  # seconds between two instants
QUEUE = "bare"
FOLDER = Path(__file__).parents[1]  # in which programs import this package
PROGRAM = "from bench.bare_worker import main; main()"  # RQ imports the job from this module: it is no program itself

_lags: list[tuple[float, float]] = []


class Floor(NamedTuple):
    """The lags of the timer thread and of the executed jobs, in milliseconds; known once the process has ended."""

    timer: list[float]
    executed: list[float]

    def __str__(self) -> str:
        words = (
            f"{name} {share(lags, 0.5):.1f} ms, 99 % {share(lags, 0.99):.0f} ms"
            for name, lags in (("timer", self.timer), ("with RQ", self.executed))
        )
        return "; ".join(words)


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


@contextmanager
def running(url: str) -> Iterator[Floor]:
    """The process on this Redis, from its first job on."""
    floor = Floor([], [])
    queue = Queue(QUEUE, connection=connect(url), serializer=JSONSerializer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lags"
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, url, str(path)], cwd=FOLDER)
        try:
            while not Worker.count(queue=queue):
                sleep(0.05)
            yield floor
        finally:
            process.terminate()
            process.wait()
        for line in path.read_text().splitlines():
            woken, executed = map(float, line.split())
            floor.timer.append(woken)
            floor.executed.append(executed)


def note(instant: float, woken: float) -> None:
    """The job: note how late it is, and how late the thread was."""
    _lags.append((woken - instant, time() - instant))


def _enqueue(queue: Queue) -> None:
    instant = time()
    while True:
        instant = max(instant + PERIOD, time())
        sleep(max(0.0, instant - time()))
        queue.enqueue(note, instant, time(), result_ttl=0)


def main() -> None:
    """Run until a signal ends the process."""
    url, path = sys.argv[1:]
    queue = Queue(QUEUE, connection=connect(url), serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=connect(url), serializer=JSONSerializer, log_job_description=False)
    worker.log_result_lifespan = False
    Thread(target=_enqueue, args=(queue,), daemon=True).start()
    try:
        worker.work(logging_level="WARNING")
    finally:
        Path(path).write_text("".join(f"{1000 * woken:.1f} {1000 * executed:.1f}\n" for woken, executed in _lags))
