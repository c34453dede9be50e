"""What the companions cost: at the start nothing, and at the first call of another service once, when moto is read.

Processor seconds of the server, so that a busy machine changes little; with and without in turn, the median of each.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.processes import PATIENCE, Server, free_port, serving
from bench.row import Row

ACCOUNTS = 40
OBJECTS = 1000
_ACCOUNT = "123456789012"
_QUARTER = 1 << 18  # a quarter of a megabyte
_ROUNDS = 15
_TICKS = os.sysconf("SC_CLK_TCK")
_S3 = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
_HIDDEN = "sys.modules.update(moto=None, flask_cors=None);"  # as where the extra is not installed
_START = "import runpy, sys; {hiding} sys.argv[0] = 'beanpole'; runpy.run_module('beanpole', run_name='__main__')"


def start_with_companions() -> Iterator[Row]:
    """From the start to the first answer of Elastic Beanstalk, with the extra `companions` installed and without."""
    spent: dict[str, list[float]] = {"": [], _HIDDEN: []}
    for _ in range(_ROUNDS + 1):
        for hiding, seconds in spent.items():
            with _beanpole(hiding) as server:
                seconds.append(_processor_seconds(server))
    there, hidden = (median(seconds[1:]) for seconds in spent.values())  # the first fills the caches of the disk
    work = "cold start with companions, processor"
    yield Row(work, f"{there:.3f} s", f"{hidden:.3f} s without", there / hidden, 1.05, "x", most=True)


def first_call_of_s3() -> Iterator[Row]:
    """The first call of S3, which reads moto, and the second."""
    first, second, memory = [], [], []
    for _ in range(5):
        with _beanpole() as server:
            before = server.resident()
            first.append(_list_buckets(server))
            second.append(_list_buckets(server))
            memory.append(server.resident() - before)
    yield Row(
        "first call of S3",
        f"{median(first):.2f} s",
        f"{median(second) * 1000:.1f} ms the second",
        median(first),
        5,
        "s",
        most=True,
    )
    yield Row("memory of moto, once read", f"{median(memory):.0f} MiB", "", median(memory), 150, "MiB", most=True)


def kept_objects() -> Iterator[Row]:
    """Objects of a megabyte in a directory: what it costs to write one, and the first call of S3 after a restart."""
    with TemporaryDirectory(prefix="beanpole-bench-") as folder:
        data = ("--data", folder)
        with _beanpole(arguments=data) as server:
            _call(server, "PUT", "/bench", _ACCOUNT, "s3")
            before = _processor_seconds(server)
            for number in range(OBJECTS):
                _call(server, "PUT", f"/bench/{number}", _ACCOUNT, "s3", number.to_bytes(4) * _QUARTER)
            cost = (_processor_seconds(server) - before) / OBJECTS * 1000
        with _beanpole(arguments=data) as server:
            before = _processor_seconds(server)
            _call(server, "GET", "/bench?list-type=2", _ACCOUNT, "s3")
            first = _processor_seconds(server) - before
    yield Row("an object of 1 MB that is kept, processor", f"{cost:.1f} ms", "", cost, 30, "ms", most=True)
    work = f"first call of S3 with {OBJECTS:,} kept objects, processor"
    yield Row(work, f"{first:.2f} s", "", first, 5, "s", most=True)


def accounts_of_moto() -> Iterator[Row]:
    """What a crowd of accounts takes in moto, and whether it takes more once they were reset."""
    with _beanpole() as server:
        resident = [server.resident()]
        for _ in range(3):
            for number in range(ACCOUNTS):
                _call(server, "POST", "/", f"{number:012d}", "ec2", b"Action=DescribeSubnets&Version=2016-11-15")
            resident.append(server.resident())
            for number in range(ACCOUNTS):
                _call(server, "POST", "/_beanpole/reset", f"{number:012d}", "elasticbeanstalk")
    growth = (resident[1] - resident[0]) / ACCOUNTS
    figure, beside = f"{resident[-1]:,.0f} MiB", f"{resident[1]:,.0f} MiB at first, {growth:.1f} MiB each"
    work = f"memory of {ACCOUNTS} accounts in moto, reset and made a third time"
    yield Row(work, figure, beside, resident[-1] / resident[1], 1.1, "x", most=True)


def _call(server: Server, method: str, path: str, account: str, service: str, body: bytes | None = None) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    kind = "application/json" if body is None else "application/x-www-form-urlencoded"
    scope = _S3.replace("123456789012", account).replace("/s3/", f"/{service}/")
    connection.request(method, path, body, {"Authorization": scope, "Content-Type": kind})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {answer[:300]!r}")


def _list_buckets(server: Server) -> float:
    connection, began = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE), perf_counter()
    connection.request("GET", "/", headers={"Authorization": _S3})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {answer[:300]!r}")
    return perf_counter() - began


def _processor_seconds(server: Server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def _beanpole(hiding: str = "", arguments: Sequence[str] = ()) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-c", _START.format(hiding=hiding), "serve", "--port", str(port), *arguments]
    with serving("beanpole", port, command) as server:
        yield server
