"""A state as large as it may be is read and written while others are answered, in a small multiple of its memory."""

import gc
import http.client
import re
import subprocess
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import msgspec
import pytest

from beanpole.machine.clock import real_now, sleep
from beanpole.model.events.event import Event
from beanpole.model.time.clock import MANUAL_EPOCH, Clock
from beanpole.store import world_check, world_document
from beanpole.store.snapshot import Region, Snapshot
from beanpole.tables import limits
from beanpole.testing import ACCOUNT
from clients_environment import environment
from programs import Program
from promptness import longest_pause, shortest, slowness
from servers import redis_server
from settings_of_processes import free_port

BOUND = 250  # milliseconds for which others wait
PATIENCE = 120_000  # milliseconds for an import
MULTIPLE = 6  # of the document, that reading it may take


def great_state(length: int) -> bytes:
    """A document of nearly that length, full of events, which are the most numerous part of a state."""
    one = Event(
        MANUAL_EPOCH, "Environment health has transitioned from Ok to Info. " + "x" * 100, "INFO", "shop", "web-1"
    )
    count = length // (len(msgspec.json.encode(one)) + 1)
    region = Region(events=(one,) * (count - 10))
    return world_document.encode(Snapshot(2, ACCOUNT, Clock("manual", reading=MANUAL_EPOCH), 0, {"us-east-1": region}))


def test_others_have_their_turn_while_a_great_state_is_read_and_written() -> None:
    document = great_state(limits.most("state_body") // 4)
    read: list[Snapshot] = []
    reading = partial(longest_pause, lambda: read.append(world_check.decode(document, ACCOUNT)))
    assert shortest(reading, BOUND) < BOUND
    written: list[bytes] = []
    assert shortest(partial(longest_pause, lambda: written.append(world_document.encode(read[0]))), BOUND) < BOUND
    assert set(written) == {document}


def test_reading_a_great_state_takes_a_small_multiple_of_its_memory() -> None:
    document = great_state(1 << 20)
    gc.collect()
    tracemalloc.start()
    world_check.decode(document, ACCOUNT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MULTIPLE * len(document)


@pytest.fixture
def served() -> Iterator[tuple[int, int]]:
    """The port and the process of `beanpole serve` on a Redis of its own."""
    with redis_server() as url:
        port = free_port()
        command = ["serve", "--port", str(port), "--redis", url]
        process = Program(command, env=environment(), stdout=subprocess.DEVNULL)
        try:
            begun = real_now()
            while not answers(port):
                assert real_now() - begun < PATIENCE
                sleep(0.02)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


def answers(port: int) -> bool:
    try:
        return send(port, "GET", "/?Action=DescribeApplications")[0] == 200
    except OSError:
        return False


def send(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE / 1000)) as connection:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def memory(process: int) -> int:
    """The bytes that a process had in memory at most."""
    status = Path(f"/proc/{process}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak
    return int(peak[1]) << 10


@pytest.mark.slow
@pytest.mark.merge
def test_calls_are_answered_while_the_greatest_state_is_imported_and_exported(served: tuple[int, int]) -> None:
    """The slowest answers of a busy machine are left out: one of a hundred."""
    port, process = served
    document, before = great_state(limits.most("state_body")), memory(process)
    where, ended, times = f"/_beanpole/state?account={ACCOUNT}", Flag(), []

    def ask() -> None:
        while not ended.is_set():
            begun = real_now()
            assert answers(port)
            times.append(real_now() - begun)
            sleep(0.01)

    asking = Thread(target=ask)
    asking.start()
    try:
        assert send(port, "PUT", where, document)[0] == 200
        assert memory(process) - before < MULTIPLE * len(document)
        assert send(port, "GET", where) == (200, document)
    finally:
        ended.set()
        asking.join()
    assert len(times) > 100
    assert sorted(times)[len(times) * 99 // 100] < BOUND * slowness()
