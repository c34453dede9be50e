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

import pytest

from beanpole.machine.clock import real_now
from clients_environment import environment

PATIENCE = 30_000  # milliseconds that a command may take
PROCESS = 8  # digits, with blanks, in which the id of a process comes
HASTE = 20  # its seconds last so much less
Answers = Sequence[tuple[str, str]]  # what a command asks on its terminal, and what is typed then


COMMAND = """\
#!{python} -IS
import json, os, socket, sys
command = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd()}}
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect("{path}")
    socket.send_fds(connection, [json.dumps(command).encode() + b"\\n"], [0, 1, 2])
    connection.recv(8)
    sys.exit(int(connection.recv(16)) % 256)
"""


class Ran(NamedTuple):
    """The exit status of a command, and all that it has printed."""

    status: int
    printed: str


class Kind(NamedTuple):
    """A command: `entry` is its `module:function`, found in folders of packages; its seconds last a `haste`-th.

    The `modules` are imported before the first command, too.
    """

    name: str
    packages: Sequence[Path]
    entry: str
    haste: float = HASTE
    modules: Sequence[str] = ()

    def program(self, path: Path) -> list[str]:
        """The arguments of the process that forks for each command that comes to a socket at a path."""
        file = str(Path(__file__).with_name("forking.py"))
        return [sys.executable, "-S", file, str(path), self.entry, self.name, str(self.haste), *self.modules]

    def variables(self, home: Path) -> dict[str, str]:
        """The environment of that process."""
        return environment(PYTHONPATH=os.pathsep.join(map(str, self.packages)), HOME=str(home))


class Commands:
    """A process that forks for each command which comes to a socket at a path."""

    def __init__(self, path: str) -> None:
        self._path = path

    def start(self, arguments: Sequence[str], folder: Path, variables: Mapping[str, str], terminal: bool) -> "Running":
        """Start a command; its input is a terminal, or a file that `Running.end` writes."""
        ours, theirs = _terminal() if terminal else _pipes()
        _, connection = self.begin(arguments, str(folder), variables, theirs)
        for file in set(theirs):
            os.close(file)
        return Running(ours, connection)

    def begin(
        self,
        arguments: Sequence[str],
        folder: str,
        variables: Mapping[str, str],
        files: Sequence[int],
        entry: str | None = None,
    ) -> tuple[int, socket.socket]:
        """Start a command on files that are open here; its process, and the connection by which its status comes.

        With an `entry` it is another command, of the same packages.
        """
        command = {"arguments": arguments, "environment": dict(variables), "folder": folder, "entry": entry}
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._path)
        socket.send_fds(connection, [json.dumps(command).encode() + b"\n"], files)
        return int(connection.recv(PROCESS)), connection

    def write_command(self, file: Path) -> None:
        """Write an executable that has its line carried out here, as what a shell finds on its path."""
        file.write_text(COMMAND.format(python=sys.executable, path=self._path))
        file.chmod(0o755)


class Forked(Commands):
    """Such a process of this one's own."""

    def __init__(self, kind: Kind, home: Path) -> None:
        super().__init__(str(home / "socket"))
        self._process = subprocess.Popen(
            kind.program(home / "socket"), env=kind.variables(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"listens\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait()


class Running:
    """A command that is on its way; `ours` are the files that it reads and writes, from the other side."""

    def __init__(self, ours: tuple[int, int], connection: socket.socket) -> None:
        self._write, self._read = ours
        self._connection = connection
        self.printed = ""
        self._seen = 0
        self._deadline = real_now() + PATIENCE

    def end(self, stdin: str = "", answers: Answers = ()) -> Ran:
        """Write what it is given, answer what it asks, and wait for its end."""
        for prompt, typed in answers:
            self.until(prompt)
            os.write(self._write, typed.encode() + b"\n")
        if self._write != self._read:
            os.write(self._write, stdin.encode())
            os.close(self._write)
        while self._more():
            pass
        os.close(self._read)
        with self._connection:
            return Ran(int(self._connection.recv(16)), self.printed)

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
        if not select.select([self._read], [], [], left)[0]:
            os.close(self._read)
            self._connection.close()
            pytest.fail(f"it goes on and on:\n{self.printed}")
        try:
            read = os.read(self._read, 1 << 16)
        except OSError:  # a terminal that nobody has open any more
            return False
        self.printed += read.decode(errors="replace").replace("\r\n", "\n")
        return bool(read)


def _pipes() -> tuple[tuple[int, int], list[int]]:
    reader, write = os.pipe()
    read, printed = os.pipe()
    return (write, read), [reader, printed, printed]


def _terminal() -> tuple[tuple[int, int], list[int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 160, 0, 0))
    return (ours, ours), [theirs, theirs, theirs]
