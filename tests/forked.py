"""Commands of a client that has been imported once: each line is a process of its own, and costs no start.

The code is the client's own, unmodified, behind its own entry point; `forking.py` says what is done around it.
"""

import fcntl
import json
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from beanpole.clock import real_now
from clients_environment import environment

PATIENCE = 30_000  # milliseconds that a command may take
HASTE = 20  # its seconds last so much less
Answers = Sequence[tuple[str, str]]  # what a command asks on its terminal, and what is typed then


class Ran(NamedTuple):
    """The exit status of a command, and all that it has printed."""

    status: int
    printed: str


class Forked:
    """A process that forks for each command: `module:function` is the entry point, found in a folder of packages."""

    def __init__(self, packages: Path, entry: str, name: str, home: Path) -> None:
        module, _, function = entry.partition(":")
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        file = str(Path(__file__).with_name("forking.py"))
        self._process = subprocess.Popen(
            [sys.executable, "-S", file, str(theirs.fileno()), module, function, name, str(HASTE)],
            env=environment(PYTHONPATH=str(packages), HOME=str(home)),
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()
        self._process.wait()

    def start(self, arguments: Sequence[str], folder: Path, variables: Mapping[str, str], terminal: bool) -> "Running":
        """Start a command; its input is a terminal, or a file that `Running.end` writes."""
        command = {"arguments": arguments, "environment": dict(variables), "folder": str(folder)}
        ours, theirs = _terminal() if terminal else _pipes()
        status, write = os.pipe()
        socket.send_fds(self._socket, [json.dumps(command).encode()], [*theirs, write])
        for file in {*theirs, write}:
            os.close(file)
        return Running(ours, status)


class Running:
    """A command that is on its way; `ours` are the files that it reads and writes, from the other side."""

    def __init__(self, ours: tuple[int, int], status: int) -> None:
        self._write, self._read = ours
        self._status = status
        self.printed = ""
        self._seen = 0
        self._deadline = real_now() + PATIENCE

    def end(self, given: str = "", answers: Answers = ()) -> Ran:
        """Write what it is given, answer what it asks, and wait for its end."""
        for asked, typed in answers:
            self.until(asked)
            os.write(self._write, typed.encode() + b"\n")
        if self._write != self._read:
            os.write(self._write, given.encode())
            os.close(self._write)
        while self._more():
            pass
        os.close(self._read)
        status = os.read(self._status, 16)
        os.close(self._status)
        return Ran(int(status), self.printed)

    def until(self, text: str) -> None:
        """Wait until it has printed a text since the last one that was waited for."""
        while text not in self.printed[self._seen :]:
            assert self._more(), f"it ended without {text!r}:\n{self.printed}"
        self._seen = self.printed.index(text, self._seen) + len(text)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._write, keys.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._write, termios.tcgetattr(self._read)[6][termios.VINTR])

    def _more(self) -> bool:
        """Read what it prints next; False if it has ended."""
        left = max(0, self._deadline - real_now()) / 1000
        assert select.select([self._read], [], [], left)[0], f"it goes on and on:\n{self.printed}"
        try:
            read = os.read(self._read, 1 << 16)
        except OSError:  # a terminal that nobody has open any more
            return False
        self.printed += read.decode(errors="replace").replace("\r\n", "\n")
        return bool(read)


def _pipes() -> tuple[tuple[int, int], list[int]]:
    given, write = os.pipe()
    read, printed = os.pipe()
    return (write, read), [given, printed, printed]


def _terminal() -> tuple[tuple[int, int], list[int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 160, 0, 0))
    return (ours, ours), [theirs, theirs, theirs]
