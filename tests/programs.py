"""Processes of `beanpole` that are not imported anew: each is forked from one that has imported the command already.

Such a process is one like any other: it has arguments, an environment, a folder and open files of its own, takes
signals, and has a status in the end. What it lacks is the third of a second in which Python imports. Tests of the
start itself (`house/test_processes.py`, `house/test_blocks_of_pages.py`, `attacks/test_settings.py`) run
`python -m beanpole`.
"""

import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from forked import Forked

USUAL = (0, 1, 2)  # the files of a process that is given no others: those of the tests' own


class Programs:
    """Where processes are forked, from the first that a session needs until its end."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._forked: Forked | None = None

    def begin(
        self, arguments: Sequence[str], folder: str, variables: Mapping[str, str], files: Sequence[int]
    ) -> tuple[int, socket.socket]:
        """Fork one; its id, and the connection by which its status comes."""
        if self._forked is None:
            home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="beanpole-programs-")))
            packages = [Path(entry) for entry in sys.path]
            self._forked = self._stack.enter_context(
                Forked(packages, "beanpole_command:main", "beanpole", home, haste=1)
            )
        return self._forked.begin(arguments, folder, variables, files)

    def end(self) -> None:
        """End those that run."""
        self._stack.close()
        self._forked = None


PROGRAMS = Programs()


class Program(subprocess.Popen[Any]):
    """`beanpole ARGUMENTS`, with the options of `subprocess.Popen`; another process is its parent."""

    def __init__(self, arguments: Sequence[str], **options: Any) -> None:
        self._connection: socket.socket | None = None
        super().__init__(["beanpole", *arguments], **options)

    def _execute_child(self, args: Any, *rest: Any) -> None:
        cwd, env, pipes = rest[4], rest[5], rest[9:15]
        files = [
            usual if pipe == -1 else pipe for pipe, usual in zip((pipes[0], pipes[3], pipes[5]), USUAL, strict=True)
        ]
        variables = dict(os.environ if env is None else env)
        self.pid, self._connection = PROGRAMS.begin(args[1:], str(cwd or os.getcwd()), variables, files)
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
