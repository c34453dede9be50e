"""The cost of open streams and of the journal, for DescribeEnvironments of the same process."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from statistics import median
from threading import Event, Thread

from bench.load import load
from bench.processes import APPLICATION, Server, beanpole, call, form, prepare, settle
from bench.row import Row

_STREAMS = 50
_ROUNDS, _SECONDS = 5, 2.0
_STREAM = b"GET /_beanpole/stream?account=123456789012 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def streams_meanwhile() -> Iterator[Row]:
    """DescribeEnvironments of 1,000, and the same beside 50 open streams and five changes a second."""
    alone: list[float] = []
    beside: list[float] = []
    with beanpole("instant", "--no-journal") as server:
        prepare(server, 1000)
        settle(server, 1000)
        for _ in range(_ROUNDS):
            alone.append(_load(server, 0))
            beside.append(_load(server, _STREAMS))
    before, meanwhile, share = median(alone), median(beside), _share(beside, alone)
    work = f"DescribeEnvironments of 1,000 beside {_STREAMS} open streams"
    yield Row(work, f"{meanwhile:,.0f}/s", f"alone {before:,.0f}/s", share, 0.8, "x alone")


def journal() -> Iterator[Row]:
    """DescribeEnvironments of 100 with the journal, and without it."""
    rates: list[list[float]] = [[], []]
    with beanpole("instant") as on, beanpole("instant", "--no-journal") as off:
        for server in (on, off):
            prepare(server, 100)
            settle(server, 100)
        for _ in range(2 * _ROUNDS):
            for server, found in zip((on, off), rates, strict=True):
                found.append(load(server, form("DescribeEnvironments"), _SECONDS))
    reached, without = (median(found) for found in rates)
    share = _share(*rates)
    work = "DescribeEnvironments of 100 with the journal"
    yield Row(work, f"{reached:,.0f}/s", f"without {without:,.0f}/s", share, 0.95, "x without")


def _share(rates: list[float], others: list[float]) -> float:
    """The median of the ratios round by round: a machine that has other work has it for both."""
    return median(rate / other for rate, other in zip(rates, others, strict=True))


def _load(server: Server, streams: int) -> float:
    """Calls per second while so many streams are open; the same changes are made without any."""
    with ExitStack() as stack:
        for _ in range(streams):
            page = stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port))))
            stack.callback(page.shutdown, socket.SHUT_RDWR)
            page.sendall(_STREAM)
            Thread(target=_read, args=[page], daemon=True).start()
        over = Event()
        changes = Thread(target=_change, args=[server, over])
        changes.start()
        rate = load(server, form("DescribeEnvironments"), _SECONDS)
        over.set()
        changes.join()
    return rate


def _read(page: socket.socket) -> None:
    with suppress(OSError):
        while page.recv(65536):
            pass


def _change(server: Server, over: Event) -> None:
    with closing(server.connection()) as connection:
        while not over.is_set():
            call(connection, form("UpdateApplication", ApplicationName=APPLICATION, Description=str(time.time())))
            over.wait(0.2)
