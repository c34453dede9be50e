"""How workers scale: launches that wait in Redis, of one account or of a thousand, played by one, two and four."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from rq import Worker

from beanpole.api.app import create_app
from beanpole.model.time.clock import Clock
from beanpole.store import state_format
from beanpole.store.connection import connect
from beanpole.store.store import Store
from bench import fleets
from bench.processes import APPLICATION, HEADERS, form
from bench.row import Row
from servers import redis_server, worker_processes

ENVIRONMENTS, ACCOUNTS = 2_000, 1_000
CREWS = (1, 2, 4)
_LOOP = """
import json, time
rows = [{"name": f"env-{number}", "number": number} for number in range(2000)]
began = time.process_time()
for _ in range(200):
    rows = json.loads(json.dumps(rows))
print(time.process_time() - began)
"""
BEGUN = 0.9  # the stopwatch starts at the last look before less than this share of launches is left


class Pace(NamedTuple):
    """Launches a second, and seconds of the processor that the workers and Redis take for each."""

    rate: float
    cost: float


class Look(NamedTuple):
    """How many launches are left, and what the workers and Redis have taken until then."""

    at: float
    left: int
    processor: float


def crews() -> Iterator[Row]:
    """Launches a second, of each crew beside a single worker; no crew may be slower than it.

    More workers than cores share them, and wait for each other; the processor time of a launch says how much each takes
    beside that. Beside it is how much more as many bare processes take for the same loop, where cores share caches.
    """
    bare = {workers: _bare(workers) for workers in CREWS}
    for accounts in (1, ACCOUNTS):
        alone: Pace | None = None
        for workers in CREWS:
            pace = _pace(accounts, workers)
            alone = alone or pace
            who = f"of {accounts:,} accounts by {workers} workers on {os.cpu_count()} cores"
            ours, beside = f"{pace.rate:,.0f}/s", f"{alone.rate:,.0f}/s by one"
            yield Row(f"launches {who}", ours, beside, pace.rate / alone.rate, 0.9, "x")
            stretch = f"a bare loop takes {bare[workers] / bare[1]:.2f} x"
            ours, beside = f"{pace.cost * 1000:.2f} ms", f"{alone.cost * 1000:.2f} ms by one; {stretch}"
            yield Row(f"processor for launches {who}", ours, beside, pace.cost / alone.cost, 1.5, "x", most=True)


def _bare(processes: int) -> float:
    """Seconds of the processor that each of so many processes takes for a loop, at once."""
    command = [sys.executable, "-c", _LOOP]
    crew = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(processes)]
    return sum(float(process.communicate()[0]) for process in crew) / processes


def _pace(accounts: int, workers: int) -> Pace:
    with redis_server() as url:
        store = Store(connect(url), Clock(speed="instant"))
        state_format.settle(store.redis)
        _ask(store, accounts)
        due_count = store.due.count()
        with worker_processes(url, workers, forked=False) as pids:
            looks = [_look(store, pids)]

            def is_working() -> bool:
                look = _look(store, pids)
                if Worker.count(connection=store.redis) == workers and look.left < BEGUN * due_count:
                    return True
                looks.append(look)
                return False

            fleets._wait(is_working)
            fleets._wait(lambda: store.due.count() == 0)
            first, last = looks[-1], _look(store, pids)
            return Pace(first.left / (last.at - first.at), (last.processor - first.processor) / first.left)


def _look(store: Store, pids: Sequence[int]) -> Look:
    of_redis = store.redis.info("cpu")
    processor = of_redis["used_cpu_user"] + of_redis["used_cpu_sys"] + sum(map(_processor, pids))
    return Look(perf_counter(), store.due.count(), processor)


def _processor(pid: int) -> float:
    """Seconds of the processor that a process has taken."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _ask(store: Store, accounts: int) -> None:
    http = create_app(store, fleets.ROOMY).test_client()
    stack = next(stack.name for stack in fleets.ROOMY.platforms.stacks if "Python 3" in stack.name)
    for number in range(ENVIRONMENTS):
        account = f"{number % accounts + 1:012d}"
        headers = HEADERS | {"Authorization": HEADERS["Authorization"].replace(fleets.ACCOUNT, account)}
        calls = [form("CreateApplication", ApplicationName=APPLICATION)] if number < accounts else []
        named = {"ApplicationName": APPLICATION, "EnvironmentName": f"env-{number:05}", "SolutionStackName": stack}
        for body in (*calls, form("CreateEnvironment", **named)):
            answer = http.post("/", data=body, headers=headers)
            assert answer.status_code == 200, answer.text
