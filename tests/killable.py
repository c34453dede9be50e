"""A Redis that tests kill, freeze and start again."""

import signal
import subprocess
from pathlib import Path

from redis import Redis
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError

from beanpole.machine.clock import real_now, sleep
from servers import binary

BOUND = 60_000  # milliseconds until it answers
IN_MEMORY = next((folder for folder in ["/dev/shm"] if Path(folder).is_dir()), None)  # no disk that others keep busy


class Server:
    """A Redis of a test's own, which keeps what it acknowledged, and can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self._command = [binary(), "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", str(folder)]
        self._command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--logfile", "log"]
        self.client = Redis.from_url(self.url)
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, restore_signals=False)  # a full disk is an error, no signal
        begun = real_now()
        while real_now() - begun < BOUND:
            try:
                self.client.ping()
                return
            except (ConnectionError, BusyLoadingError, TimeoutError):
                sleep(0.01)
        raise AssertionError("Redis does not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def ended(self) -> bool:
        """Whether it ended by itself, as it does when it cannot write any more."""
        sleep(0.05)
        return self.process.poll() is not None

    def written(self) -> int:
        """Bytes of its longest file, beyond which it cannot write where no file may be longer."""
        return max(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.kill()
        self.client.close()
