"""The steps of a worker, beside the floor below it: its commits alone.

The floor sends the very commits that the worker has sent, byte for byte and one after the other, by the same client to
a copy of the same Redis, which does the same work and gives the same answers. So what the worker takes longer is its
own: to lease, to load, to play, and, through RQ, RQ's jobs. What holds the rest: Python, on one core. The worker plays
on while Redis writes, so of a job's time Redis has no more than its reads and the last portion of its commits. Of the
processor time, three quarters are the plans and their interpreter, an eighth makes the words of the commits, and the
rest loads members and calls Redis. A step of a launch takes about a hundred calls of functions, and no one of them
stands out. What makes the commits smaller lowers the floor as well. A commit holds the steps of many environments; in
one of its own for each, as a worker without batches sends them, they take three times as long.
"""

import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now
from beanpole.model.time.clock import Clock
from beanpole.store import keys
from beanpole.store.commit_script import COMMIT
from beanpole.store.connection import Connection, connect
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.testing import Beanstalk
from beanpole_workers.play import jobs
from beanpole_workers.play.timekeeper import LARGEST
from bench.processes import APPLICATION, HEADERS, UNLIMITED, form
from bench.recorded_worker import Recorder, ScriptCall
from bench.row import Row
from servers import redis_server

_ACCOUNT = "123456789012"
_ENVIRONMENTS = 2000
_SHARE = 0.5  # of the floor's steps


def steps_of_a_worker() -> Iterator[Row]:
    """Launches played by one process, without and with RQ between, each beside its floor.

    A worker commits the steps of many environments at once. Its steps are shown beside commits of one environment, too.
    """
    ours, floor = _measured(_played)
    yield _row("jobs.play", ours, floor, "its commits alone")
    ours, floor = _measured(_worked)
    yield _row("through RQ", ours, floor, "its commits alone")
    _, floor = _measured(_played_one_by_one)
    yield _row("through RQ", ours, floor, "commits of one environment")


def _row(how: str, ours: float, floor: float, bare: str) -> Row:
    beside = f"{floor:,.0f}/s by {bare}"
    return Row(f"steps per worker, {how}", f"{ours:,.0f}/s", beside, ours / floor, _SHARE, f"x {bare}")


def _measured(work: Callable[[Store, str], tuple[float, list[ScriptCall]]]) -> tuple[float, float]:
    """Steps per second of some work, and of the commits alone that it sends."""
    with redis_server() as url, redis_server() as copy:
        store = Store(connect(url), Clock(speed="instant"))
        world = store.world(_ACCOUNT, "us-east-1")
        _ask(store, _ENVIRONMENTS)
        _copy(store.redis, connect(copy))
        spent, calls = work(store, url)
        steps = _steps(world)
        return steps / spent, steps / _replayed(connect(copy), calls)


def _copy(redis: Connection, other: Connection) -> None:
    """Copy all keys, with the time that each has left."""
    names = list(redis.scan_iter(count=1000))
    pipeline = redis.pipeline(transaction=False)
    for name in names:
        pipeline.dump(name)
        pipeline.pttl(name)
    answers = iter(pipeline.execute())
    pipeline = other.pipeline(transaction=False)
    for name in names:
        blob, left = next(answers), next(answers)
        pipeline.restore(name, max(0, left), blob)
    pipeline.execute()


def _played_one_by_one(store: Store, url: str) -> tuple[float, list[ScriptCall]]:
    """Seconds in which this process plays all that is due, an environment after the other."""
    return _played(store, url, 1)


def _played(store: Store, _: str, most: int = LARGEST) -> tuple[float, list[ScriptCall]]:
    """Seconds in which this process plays all that is due, a batch after the other."""
    tables = catalog.load()
    with Recorder() as recorder:
        began = perf_counter()
        while members := store.due.pop(real_now(), most, 60_000)[0]:
            jobs.play(store, tables, members)
        return perf_counter() - began, recorder.calls


def _worked(store: Store, url: str) -> tuple[float, list[ScriptCall]]:
    """Seconds in which a worker process plays all.

    They count from the moment at which the first are done, so that the start of the process is no part of it.
    """
    due_count = _left(store)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "calls"
        with _worker(url, file):
            _wait(lambda: _left(store) < due_count)
            began, before = perf_counter(), _left(store)
            _wait(lambda: _left(store) == 0)
            spent = perf_counter() - began
        return spent * due_count / before, pickle.loads(file.read_bytes())


def _replayed(redis: Connection, calls: Sequence[ScriptCall]) -> float:
    """Seconds in which the commits among some calls are sent once more, with the same effect."""
    commit = redis.register_script(COMMIT)
    commits = [(under, words) for digest, under, words in calls if digest == commit.sha]
    redis.script_load(COMMIT)
    began = perf_counter()
    answers = [commit(keys=under, args=words) for under, words in commits]
    spent = perf_counter() - began
    assert commits
    assert all(answer[0] == b"done" and 0 not in answer for answer in answers)
    return spent


def _ask(store: Store, environments: int) -> None:
    """Request environments, more than the service would allow; nobody has launched any of them yet."""
    catalog.lay_over(UNLIMITED)
    client, numbers = create_app(store, catalog.load()).test_client(), count()
    stack = next(stack.name for stack in catalog.load().platforms.stacks if "Python 3" in stack.name)
    calls = [form("CreateApplication", ApplicationName=APPLICATION)]
    calls += [
        form(
            "CreateEnvironment",
            ApplicationName=APPLICATION,
            EnvironmentName=f"env-{next(numbers):05}",
            SolutionStackName=stack,
        )
        for _ in range(environments)
    ]
    for body in calls:
        answer = client.post("/", data=body, headers=HEADERS)
        assert answer.status_code == 200, answer.text


def _left(store: Store) -> int:
    return int(store.redis.zcard(keys.DUE)) + int(store.redis.zcard(keys.LEASED))


def _steps(world: World) -> int:
    """All that were played: every environment has lived through its launch."""
    environments = world.environments()
    assert all(environment.status == "Ready" for environment in environments)
    return len(environments) * _steps_of_a_launch()


@cache
def _steps_of_a_launch() -> int:
    """Read from a launch that has just begun, since what is over keeps no plan."""
    watched = Beanstalk()
    _ask(watched.store, 1)
    watched.advance(1)
    world = watched.store.world(_ACCOUNT, "us-east-1")
    return len(world.plan(world.environments()[0].id))


@contextmanager
def _worker(url: str, file: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.recorded_worker", url, str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker does not come to an end")
        time.sleep(0.005)
