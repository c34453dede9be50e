"""A Redis that tests kill, freeze and start again."""

import signal
import subprocess
from pathlib import Path

from redis import Redis
from redis.exceptions import BusyLoadingError, ConnectionError

from beanpole.clock import real_now, sleep
from servers import binary

BOUND = 60_000  # milliseconds until it answers


class Server:
    """A Redis of a test's own, which keeps what it acknowledged, and can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder}/redis.sock"
        self._command = [binary(), "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", str(folder)]
        self._command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--logfile", "log"]
        self.client = Redis.from_url(self.url)
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command)
        begun = real_now()
        while real_now() - begun < BOUND:
            try:
                self.client.ping()
                return
            except (ConnectionError, BusyLoadingError):
                sleep(0.01)
        raise AssertionError("Redis does not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.kill()
        self.client.close()
