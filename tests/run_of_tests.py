"""Processes that fork for commands, one of each kind for all processes of a run with xdist.

The process that controls the run names a folder; the first test that needs such a process starts it there, so each is
imported once. It ends with the run: its input is a handle of the process that controls the run.
"""

import fcntl
import os
import select
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from forked import Commands, Forked, Kind

FOLDER, CONTROLLER = "TESTS_FOLDER", "TESTS_CONTROLLER"  # variables: of a run, its folder and the id of its process
ENDS = 20_000  # milliseconds


def begin(config: pytest.Config) -> None:
    """Name the folder, where other processes are to run the tests."""
    if config.getoption("numprocesses", default=None) and not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="beanpole-run-")
        os.environ[CONTROLLER] = str(os.getpid())


def end() -> None:
    """End what was started, if this process controls the run."""
    if os.environ.get(CONTROLLER) != str(os.getpid()):
        return
    del os.environ[CONTROLLER]
    folder = Path(os.environ.pop(FOLDER))
    for file in folder.glob("*/process"):
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(int(file.read_text()))
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            select.select([handle], [], [], ENDS / 1000)
            os.close(handle)
    shutil.rmtree(folder)


@contextmanager
def commands(kind: Kind, folder: Path | None = None, many: Sequence[str] = ()) -> Iterator[Commands]:
    """Where commands of a kind are forked; in a run with one process, with `folder` for its socket.

    In any other run there are many commands, for which the modules `many` are imported, too.
    """
    run = os.environ.get(FOLDER)
    if run is not None:
        yield Commands(_started(kind._replace(modules=(*kind.modules, *many)), Path(run) / kind.name))
        return
    with tempfile.TemporaryDirectory(prefix="beanpole-commands-") as home, Forked(kind, folder or Path(home)) as forked:
        yield forked


def _started(kind: Kind, folder: Path) -> str:
    """The path of the socket of a kind, in this run."""
    path = folder / "socket"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "process").exists():
            controller = os.pidfd_open(int(os.environ[CONTROLLER]))
            reader, writer = os.pipe()
            program, variables = kind.program(path), kind.variables(folder)
            files = [(os.POSIX_SPAWN_DUP2, controller, 0), (os.POSIX_SPAWN_DUP2, writer, 1)]
            process = os.posix_spawn(program[0], program, variables, file_actions=files)
            os.close(controller)
            os.close(writer)
            with os.fdopen(reader, "rb") as printed:
                assert printed.readline() == b"listens\n"
            (folder / "process").write_text(str(process))
    return str(path)
