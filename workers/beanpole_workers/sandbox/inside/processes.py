"""Processes inside a sandbox, and the limits that stop them."""

import os
import resource
import selectors
import signal
import subprocess
import time  # noqa: TID251  # nothing of ours is there
from typing import Any

POLL = 0.02  # seconds between two looks at what a command uses
OUTPUT_BYTES = 65_536  # bytes of an output that are kept
CHUNK = 65_536
IGNORED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE)


def started(frame: dict[str, Any], limits: dict[str, Any]) -> "subprocess.Popen[bytes]":
    """A process in a session of its own; OSError where its program or its folder is missing."""
    return subprocess.Popen(
        ["/bin/sh", "-c", frame["line"]] if isinstance(frame["line"], str) else frame["line"],
        cwd=frame["cwd"],
        env=frame["env"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: _restrain(limits),
        start_new_session=True,
    )


def _restrain(limits: dict[str, Any]) -> None:
    """Limit the process that is about to become a command, and all that it starts; it ignores no signal."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_DFL)
    for name, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_NPROC, limits["processes"]),
    ):
        resource.setrlimit(name, (most, most))


def watch(process: "subprocess.Popen[bytes]", until: float, limits: dict[str, Any]) -> tuple[str | None, bytes]:
    """The limit that stopped a command, if one did, and the first of its output."""
    output, total, limit = b"", 0, None
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while process.poll() is None and limit is None:
            for _ in selector.select(POLL):
                part = process.stdout.read(CHUNK)
                if part == b"":  # it has closed its output and goes on
                    selector.unregister(process.stdout)
                total += len(part or b"")
                output += (part or b"")[: OUTPUT_BYTES - len(output)]
            limit = exceeded(total, until, limits)
        output += (process.stdout.read(OUTPUT_BYTES) or b"")[: OUTPUT_BYTES - len(output)]
    return limit, output


def exceeded(total: int, until: float, limits: dict[str, Any]) -> str | None:
    """The name of the exceeded limit; None if no limit is exceeded."""
    if time.monotonic() > until:
        return "time"
    if total > limits["output"]:
        return "output"
    if sum(_files(mount) for mount in limits["mounts"]) > limits["files"]:
        return "files"
    return "memory" if _memory() > limits["memory"] else None


def _files(mount: str) -> int:
    state = os.statvfs(mount)
    return state.f_files - state.f_ffree


def _memory() -> int:
    """The bytes that all processes but this one and the first have in memory."""
    pages = 0
    for name in os.listdir("/proc"):
        if name.isdigit() and name != "1" and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/statm") as file:
                    pages += int(file.read().split()[1])
            except (OSError, IndexError, ValueError):
                continue
    return pages * resource.getpagesize()


def end_all(process: "subprocess.Popen[bytes]") -> int:
    """End every process but this one and the first, until none is left that could start another; returns its status."""
    while True:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return process.wait()
        process.wait()
        time.sleep(0.001)
