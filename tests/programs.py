"""Processes of `beanpole` that are not imported anew: each is forked from one that has imported the command already.

Such a process is one like any other: it has arguments, an environment, a folder and open files of its own, takes
signals, and has a status in the end. What it lacks is the third of a second in which Python imports. Tests of the
start itself (`house/test_processes.py`, `house/test_blocks_of_pages.py`, `attacks/test_settings.py`) run
`python -m beanpole`.
"""

import atexit
import os
import select
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from forked import Commands, Kind
from run_of_tests import commands

OF_MANY = ("gunicorn.app.wsgiapp", "moto.server")  # what else is forked
USUAL = (0, 1, 2)  # the files of a process that is given no others: those of the tests' own


class Programs:
    """Where processes are forked, from the first that a session needs until its end."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._commands: Commands | None = None

    def begin(
        self,
        arguments: Sequence[str],
        folder: str,
        variables: Mapping[str, str],
        files: Sequence[int],
        entry: str | None,
    ) -> tuple[int, socket.socket]:
        """Fork one; its id, and the connection by which its status comes."""
        if self._commands is None:
            kind = Kind("beanpole", [Path(entry) for entry in sys.path], "beanpole_command:main", haste=1)
            self._commands = self._stack.enter_context(commands(kind, many=OF_MANY))
            atexit.register(self.end)
        return self._commands.begin(arguments, folder, variables, files, entry)

    def end(self) -> None:
        """End those that run, where no other process forks any."""
        self._stack.close()
        self._commands = None


PROGRAMS = Programs()


class Program(subprocess.Popen[Any]):
    """`beanpole ARGUMENTS`, with the options of `subprocess.Popen`; another process is its parent.

    With an `entry`, `module:function`, it is the program of which that is the entry point.
    """

    def __init__(self, arguments: Sequence[str], entry: str | None = None, **options: Any) -> None:
        self._connection: socket.socket | None = None
        self._entry = entry
        super().__init__(["beanpole", *arguments], **options)

    def _execute_child(self, args: Any, *rest: Any) -> None:
        cwd, env, pipes = rest[4], rest[5], rest[9:15]
        files = [
            usual if pipe == -1 else pipe for pipe, usual in zip((pipes[0], pipes[3], pipes[5]), USUAL, strict=True)
        ]
        variables = dict(os.environ if env is None else env)
        self.pid, self._connection = PROGRAMS.begin(args[1:], str(cwd or os.getcwd()), variables, files, self._entry)
        self._child_created = True
        self._close_pipe_fds(*pipes)

    def _internal_poll(self, *_: Any, **deadstate: Any) -> int | None:
        if self._connection is not None and self._has_ended(0):
            with self._connection as connection:
                self.returncode = int(connection.recv(16))
            self._connection = None
        return self.returncode

    def _wait(self, timeout: float | None) -> int | None:
        if self._connection is not None and not self._has_ended(timeout):
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self._internal_poll()

    def _has_ended(self, seconds: float | None) -> bool:
        return bool(select.select([self._connection], [], [], seconds)[0])


def run(*arguments: str, timeout: float, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """What `beanpole ARGUMENTS` prints, and its status, once it has ended."""
    with Program(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            printed, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, printed, errors)
