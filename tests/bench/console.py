"""The cost of open streams and of the journal, for DescribeEnvironments of the same process."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from statistics import median
from threading import Event, Thread

from bench.load import load
from bench.processes import APPLICATION, Server, beanpole, call, form, prepare, settle
from bench.row import Row

_STREAMS = 50
_ROUNDS, _SECONDS = 5, 2.0
_STREAM = b"GET /_beanpole/stream?account=123456789012 HTTP/1.1\r\nHost: localhost\r\n\r\n"
_TICKS = os.sysconf("SC_CLK_TCK")


def streams_meanwhile() -> Iterator[Row]:
    """DescribeEnvironments of 1,000, and the same beside 50 open streams and five changes a second."""
    with beanpole("instant", "--no-journal") as server:
        prepare(server, 1000)
        settle(server, 1000)
        costs = [(_cost(server), _cost(server, _STREAMS)) for _ in range(_ROUNDS)]
    work = f"DescribeEnvironments of 1,000 beside {_STREAMS} open streams"
    yield _row(work, "alone", costs, 0.8)


def journal() -> Iterator[Row]:
    """DescribeEnvironments of 100 with the journal, and without it."""
    with beanpole("instant") as on, beanpole("instant", "--no-journal") as off:
        for server in (on, off):
            prepare(server, 100)
            settle(server, 100)
        costs = [(_cost(off), _cost(on)) for _ in range(2 * _ROUNDS)]
    yield _row("DescribeEnvironments of 100 with the journal", "without", costs, 0.95)


def _row(work: str, word: str, costs: list[tuple[float, float]], target: float) -> Row:
    """The median of the ratios round by round, so that other work of the machine counts for both."""
    before, meanwhile = (median(seconds) for seconds in zip(*costs, strict=True))
    share = median(cheap / dear for cheap, dear in costs)
    return Row(work, f"{meanwhile:.2f} ms", f"{word} {before:.2f} ms", share, target, f"x {word}")


def _cost(server: Server, streams: int = 0) -> float:
    """Milliseconds of the server's processor for a call; its rate on a machine that is free is the inverse of that."""
    with _changing(server, streams):
        begun = _spent(server)
        calls = load(server, form("DescribeEnvironments"), _SECONDS) * _SECONDS
        return (_spent(server) - begun) / calls


def _spent(server: Server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS * 1000


@contextmanager
def _changing(server: Server, streams: int) -> Iterator[None]:
    """Some open streams, and changes of which they are told; the same changes are made without any."""
    with ExitStack() as stack:
        for _ in range(streams):
            page = stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port))))
            stack.callback(page.shutdown, socket.SHUT_RDWR)
            page.sendall(_STREAM)
            Thread(target=_read, args=[page], daemon=True).start()
        over = Event()
        changes = Thread(target=_change, args=[server, over])
        changes.start()
        try:
            yield
        finally:
            over.set()
            changes.join()


def _read(page: socket.socket) -> None:
    with suppress(OSError):
        while page.recv(65536):
            pass


def _change(server: Server, over: Event) -> None:
    with closing(server.connection()) as connection:
        while not over.is_set():
            call(connection, form("UpdateApplication", ApplicationName=APPLICATION, Description=str(time.time())))
            over.wait(0.2)
