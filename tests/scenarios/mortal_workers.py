"""Worker processes that are killed and replaced."""

import signal
import subprocess
from contextlib import closing

import rq

from beanpole.store.connection import connect
from clients_environment import environment
from programs import Program


class Workers:
    """Worker processes on one Redis, started with some arguments, to be killed and replaced."""

    def __init__(self, url, *arguments):
        self._url = url
        self._arguments = arguments
        self._running = {}

    def start(self):
        command = ["worker", "--redis", self._url, *self._arguments]
        worker = Program(command, env=environment(), stderr=subprocess.DEVNULL)
        self._running[worker.pid] = worker

    def kill(self, pid=None):
        """One dies without a word, the oldest if none is named; another takes its place."""
        victim = self._running.pop(pid or next(iter(self._running)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.start()

    def are_up(self):
        """Whether all of them have come to work; on a busy machine that takes one a while."""
        with closing(connect(self._url)) as client:
            return self._running.keys() <= {worker.pid for worker in rq.Worker.all(client)}

    def stop(self):
        for worker in self._running.values():
            worker.kill()
            worker.wait()
