"""A process that has imported a command once, and forks for each line of it that a test runs.

`python forking.py PATH MODULE:FUNCTION NAME HASTE [MODULE ...]` listens on a socket at the path. Each connection to it
is for one command: JSON, with its input, its output and its errors as open files; what comes back is the id of its
process, in eight digits and blanks, and its exit status in the end. In the fork the function, or the `entry` that the
command names, is called as the command's own script calls it. The other modules are imported for commands that need
them. `time.sleep` lasts a HASTE-th of its time, so a client that looks every five seconds looks sooner. It ends when
its own input does, or the process of which its input is a handle. This file has the standard library alone, so it runs
among any packages.
"""

import atexit
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

SET_BY_IMPORT: dict[str, str] = {}  # variables that the client sets as it is imported
LARGEST = 1 << 17  # bytes of a message


def serve(listener: socket.socket, run: Callable[[], object], name: str) -> None:
    """Fork for each command until the input ends, or this process is to end; what still runs then is ended."""
    running: dict[int, tuple[int, socket.socket]] = {}
    signal.signal(signal.SIGTERM, _leave)
    try:
        _serve(listener, run, name, running)
    finally:
        _end(running)


def _leave(*_: object) -> None:
    sys.exit(1)


def _serve(
    listener: socket.socket, run: Callable[[], object], name: str, running: dict[int, tuple[int, socket.socket]]
) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd in running:
                    selector.unregister(key.fd)
                    _report(key.fd, *running.pop(key.fd))
                elif key.fileobj is listener:
                    connection, _ = listener.accept()
                    command, files = _received(connection)
                    child = _fork()
                    if not child:
                        _become(command, files, run, name)
                    for file in files:
                        os.close(file)
                    watched = os.pidfd_open(child)
                    running[watched] = child, connection
                    connection.sendall(b"%8d" % child)
                    selector.register(watched, selectors.EVENT_READ)
                else:
                    return


def _fork() -> int:
    """Fork; a signal that the child gets at once is one to itself, not to the process that ends all others."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    child = os.fork()
    if not child:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    return child


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A command, up to the line's end, and its files, which come with its first byte."""
    message, files, _, _ = socket.recv_fds(connection, LARGEST, 3)
    while not message.endswith(b"\n"):
        message += connection.recv(LARGEST)
    return json.loads(message), files


def _report(watched: int, child: int, connection: socket.socket) -> None:
    """Send the exit status of a process that has ended; that of one that a signal has ended is negative."""
    _, status = os.waitpid(child, 0)
    with connection, suppress(BrokenPipeError):
        connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os.close(watched)


def _end(running: dict[int, tuple[int, socket.socket]]) -> None:
    for child, _ in running.values():
        os.kill(child, signal.SIGKILL)
        with suppress(ProcessLookupError):  # it leads no group yet
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _become(command: dict[str, Any], files: list[int], run: Callable[[], object], name: str) -> None:
    """Be the process of a command, to its end."""
    status = 1
    try:
        _open(files)
        os.environ.clear()
        os.environ.update(SET_BY_IMPORT | command["environment"])
        os.chdir(command["folder"])
        sys.argv = [name, *command["arguments"]]
        sys.exit(_function(command["entry"])() if command.get("entry") else run())
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - as the interpreter does at the top of any program
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def _open(files: list[int]) -> None:
    """Make the files those of this process, and a terminal its own."""
    if os.isatty(files[0]):
        os.login_tty(os.dup(files[0]))
    else:
        os.setsid()
        for number, file in enumerate(files[:3]):
            os.dup2(file, number)
    os.closerange(3, max(files) + 1)
    sys.__stdin__ = sys.stdin = os.fdopen(0)
    sys.__stdout__ = sys.stdout = os.fdopen(1, "w")
    sys.__stderr__ = sys.stderr = os.fdopen(2, "w", buffering=1)


def _function(entry: str) -> Callable[[], object]:
    module, _, function = entry.partition(":")
    command: Callable[[], object] = getattr(importlib.import_module(module), function)
    return command


def _hurry(haste: float) -> None:
    really = time.sleep
    time.sleep = lambda seconds: really(seconds / haste)


if __name__ == "__main__":
    path, entry, called, haste, *modules = sys.argv[1:]
    _hurry(float(haste))
    before = dict(os.environ)
    run = _function(entry)
    for module in modules:
        importlib.import_module(module)
    SET_BY_IMPORT.update({name: value for name, value in os.environ.items() if before.get(name) != value})
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as socket_of_commands:
        socket_of_commands.bind(path)
        socket_of_commands.listen()
        print("listens", flush=True)
        serve(socket_of_commands, run, called)
