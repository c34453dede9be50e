"""A worker class for gunicorn, whose processes answer by waitress: `-k beanpole.command.gunicorn_worker.Worker`.

gunicorn's own threaded worker gives a thread to a client as soon as it has sent a byte, so a few slow clients hold all
the threads. Here gunicorn starts, watches and stops the processes, and in each of them our bounds for connections hold.
"""

from os import getppid
from types import FrameType

from gunicorn.workers.base import Worker as Base  # type: ignore[import-untyped]  # it has no types

from beanpole.command.server import THREADS, Server


class Worker(Base):  # type: ignore[misc]  # a class without types
    """One process; `--threads` is the number of requests that it answers at once."""

    server: Server | None = None

    def run(self) -> None:
        """Answer until the worker stops, and notify the arbiter in each round of the loop."""
        self.server = Server(
            self.wsgi, max(self.cfg.threads, THREADS), sockets=[socket.sock for socket in self.sockets]
        )
        self.server.answer(self._goes_on)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: stop once what has arrived is answered."""
        self.alive = False
        if self.server:
            self.server.stop()

    handle_quit = handle_exit

    def _goes_on(self) -> bool:
        self.notify()
        return bool(self.alive) and self.ppid == getppid()
