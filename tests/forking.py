"""A process that has imported a command once, and forks for each line of it that a test runs.

`python forking.py DESCRIPTOR MODULE FUNCTION NAME HASTE`: the descriptor is a socket on which each message is a
command as JSON, with four open files: its input, its output, its errors, and where its exit status goes. In the fork
the function is called as the command's own script calls it. `time.sleep` lasts a HASTE-th of its time, so a client that
looks every five seconds looks sooner. This file has the standard library alone, so it runs among any packages.
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
from typing import Any

LARGEST = 1 << 17  # bytes of a message


def serve(connection: socket.socket, run: Callable[[], object], name: str) -> None:
    """Fork for each message until nobody sends any more; what still runs then is ended."""
    running: dict[int, tuple[int, int]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd in running:
                    selector.unregister(key.fd)
                    _report(key.fd, *running.pop(key.fd))
                    continue
                message, files, _, _ = socket.recv_fds(connection, LARGEST, 4)
                if not message:
                    _end(running)
                    return
                child = os.fork()
                if not child:
                    _become(json.loads(message), files, run, name)
                for file in files[:3]:
                    os.close(file)
                watched = os.pidfd_open(child)
                running[watched] = child, files[3]
                selector.register(watched, selectors.EVENT_READ)


def _report(watched: int, child: int, status_file: int) -> None:
    """Write the exit status of a process that has ended; that of one that a signal has ended is negative."""
    _, status = os.waitpid(child, 0)
    os.write(status_file, str(os.waitstatus_to_exitcode(status)).encode())
    os.close(status_file)
    os.close(watched)


def _end(running: dict[int, tuple[int, int]]) -> None:
    for child, _ in running.values():
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _become(command: dict[str, Any], files: list[int], run: Callable[[], object], name: str) -> None:
    """Be the process of a command, to its end."""
    status = 1
    try:
        _open(files)
        os.environ.clear()
        os.environ.update(command["environment"])
        os.chdir(command["folder"])
        sys.argv = [name, *command["arguments"]]
        run()
        status = 0
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


def _hurry(haste: float) -> None:
    really = time.sleep
    time.sleep = lambda seconds: really(seconds / haste)


if __name__ == "__main__":
    descriptor, module, function, called, haste = sys.argv[1:]
    _hurry(float(haste))
    entry = getattr(importlib.import_module(module), function)
    gc.freeze()
    serve(socket.socket(fileno=int(descriptor)), entry, called)
