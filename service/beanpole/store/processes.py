"""The processes on one Redis, by what each says of itself: its memory, its processor time and its worlds.

Any process of a server may answer Prometheus, and none can look into another one, so each writes its own row with its
counts.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from beanpole.store import keys
from beanpole.store.connection import Connection
from beanpole.threads.decoders import JsonDecoder

_LIFETIME = 60_000  # milliseconds for which a row stands for a process


class Process(Struct, frozen=True):
    """A process at a real instant: bytes of memory, None where the system does not say, seconds of the processor."""

    at: int
    resident: int | None
    processor: float
    worlds: int


_decoder = JsonDecoder[Process](Process)


def name() -> str:
    """The name of this process; a fork has another one."""
    return f"{os.uname().nodename}-{os.getpid()}"


def present(now: int, worlds: int) -> Process:
    """This process, which has copies of so many worlds."""
    return Process(now, _resident(), sum(os.times()[:2]), worlds)


def _resident() -> int | None:
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def record(pipeline: Connection, process: Process) -> None:
    """Add the writing of this process's row to a pipeline."""
    pipeline.hset(keys.PROCESSES, name(), msgspec.json.encode(process))


def forget(redis: Connection) -> None:
    """Delete this process's row, as it ends."""
    redis.hdel(keys.PROCESSES, name())


def read(redis: Connection, now: int) -> Mapping[str, Process]:
    """The processes that have written their row lately; the rows of others are deleted."""
    rows = {field.decode(): _decoder.decode(row) for field, row in redis.hgetall(keys.PROCESSES).items()}
    lost = [field for field, process in rows.items() if now - process.at > _LIFETIME]
    if lost:
        redis.hdel(keys.PROCESSES, *lost)
    return {field: process for field, process in sorted(rows.items()) if field not in lost}
