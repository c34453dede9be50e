"""What is compared with moto_server: each time ours and theirs in turn, and the median of each."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from time import perf_counter

from bench.floor import floor
from bench.load import load
from bench.processes import Server, beanpole, call, create, form, moto, prepare, settle
from bench.row import Row

FLOOR = 0.25  # of the rate at which the same bytes are sent without any work
LIBRARIES = 1.5  # times the import of Flask, redis, fakeredis and waitress, which holds three quarters of a start
_ROUNDS = 5
# The floor of a start: the libraries of the first answer, without those that fakeredis does without.
_LIBRARIES = """
import os, sys
sys.modules.update(valkey=None, jsonpath_ng=None)
import click, fakeredis, flask, msgspec, redis, waitress
os._exit(0)
"""


def cold_start() -> Iterator[Row]:
    """From the start of the process to the first answer, beside moto and beside the import of the libraries."""
    spent: dict[str, list[float]] = {"beanpole": [], "moto": [], "libraries": []}
    for _ in range(_ROUNDS + 1):
        for start in (beanpole, moto):
            with start() as server:
                spent[server.name].append(server.spent)
        began = perf_counter()
        subprocess.run([sys.executable, "-c", _LIBRARIES], check=True)
        spent["libraries"].append(perf_counter() - began)
    # The first fills the caches of the disk.
    ours, theirs, libraries = (median(value[1:]) for value in spent.values())
    yield Row("cold start", f"{ours:.3f} s", f"{theirs:.3f} s", ours / theirs, 0.7, "x moto's", most=True)
    beside = f"{libraries:.3f} s to import its libraries"
    yield Row("cold start", f"{ours:.3f} s", beside, ours / libraries, LIBRARIES, "x its libraries", most=True)
    yield Row("cold start", f"{ours:.3f} s", "", ours, 0.5, "s", most=True)


def describe_100() -> Iterator[Row]:
    """DescribeEnvironments of 100 environments, beside moto_server and beside the same bytes without any work."""
    yield from _describe(100, 40)


def describe_1000() -> Iterator[Row]:
    """DescribeEnvironments of 1,000 environments, beside the same two."""
    yield from _describe(1000, 80)


def _describe(environments: int, target: float) -> Iterator[Row]:
    body, rates = form("DescribeEnvironments"), {"beanpole": [], "moto": [], "floor": []}  # type: ignore[var-annotated]
    with ExitStack() as stack:
        servers = [stack.enter_context(server) for server in (beanpole("instant"), moto())]
        for server in servers:
            prepare(server, environments)
        settle(servers[0], environments)
        connection = servers[0].connection()
        servers.append(stack.enter_context(floor(call(connection, body))))
        connection.close()
        for _ in range(_ROUNDS):
            for server in servers:
                rates[server.name].append(load(server, body, 1.5))
    ours, theirs, bare = (median(value) for value in rates.values())
    work = f"DescribeEnvironments, {environments:,} environments"
    yield Row(work, f"{ours:,.0f}/s", f"{theirs:,.1f}/s", ours / theirs, target, "x moto's")
    yield Row(work, f"{ours:,.0f}/s", f"{bare:,.0f}/s", ours / bare, FLOOR, "x its floor")


def create_environment() -> Iterator[Row]:
    """CreateEnvironment, one after the other: the API alone, as with moto, and while the engine launches them.

    What holds the rest: a third of a call is its commit, 18 commands of the embedded store in one script, of which half
    is Lua itself; a fourth is Flask and the HTTP server, which take as long for a call without any work; a tenth is the
    validation of the options, and a twentieth marshmallow. While environments launch, a call waits for the interpreter
    and for the store's lock, which the commit of a batch holds to its end.
    """
    yield _create_beside("the API alone", 2, "--clock", "manual")
    yield _create_beside("launching at 60x", 1)


def _create_beside(how: str, target: float, *options: str) -> Row:
    spent: dict[str, list[float]] = {"beanpole": [], "moto": []}
    with beanpole("60", *options) as first, moto() as second:
        for server in (first, second):
            prepare(server, 1)
        for number in range(_ROUNDS):
            for server in (first, second):
                spent[server.name].append(_create(server, number, 60))
    ours, theirs = (median(value) for value in spent.values())
    work = f"CreateEnvironment, sequential, {how}"
    return Row(work, f"{1 / ours:,.0f}/s", f"{1 / theirs:,.0f}/s", theirs / ours, target, "x moto's")


def _create(server: Server, round_: int, environments: int) -> float:
    """Seconds for each."""
    connection, began = server.connection(), perf_counter()
    for number in range(environments):
        call(connection, create(server, f"new-{round_}-{number}"))
    spent = (perf_counter() - began) / environments
    connection.close()
    return spent


def resident_memory() -> Iterator[Row]:
    """What the embedded server holds when it has launched and described 1,000 environments."""
    with beanpole("instant") as server:
        prepare(server, 1000)
        settle(server, 1000)
        resident = server.resident()
    yield Row("resident memory, 1,000 environments", f"{resident:.0f} MiB", "", resident, 120, "MiB", most=True)
