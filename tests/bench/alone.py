"""What has no like in moto: the log at a million events, and the steps of a worker."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from statistics import median
from time import perf_counter

from beanpole import catalog
from beanpole.api.app import create_app
from beanpole.clock import real_now
from beanpole.model.clock import Clock
from beanpole.model.events.event import Event
from beanpole.store import codec, keys
from beanpole.store.connection import Connection, connect, embedded
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.testing import Beanstalk
from beanpole.wire import spec, xml
from beanpole_workers.play import jobs
from bench.processes import APPLICATION, HEADERS, UNLIMITED, form
from bench.row import Row
from servers import redis_server

_ACCOUNT = "123456789012"
_MANY, _FEW = 1_000_000, 1_000
_PAGE = 100
_BATCH = 200


def events_on_redis() -> Iterator[Row]:
    """The newest page of DescribeEvents, on a Redis server."""
    with redis_server() as url:
        yield _events("Redis", connect(url))


def events_on_fakeredis() -> Iterator[Row]:
    """The newest page of DescribeEvents, embedded."""
    yield _events("fakeredis", embedded())


def _events(name: str, redis: Connection) -> Row:
    store = Store(redis)
    few, many = store.world("000000000001", "us-east-1"), store.world("000000000002", "us-east-1")
    _fill(redis, few, _FEW)
    _fill(redis, many, _MANY)
    operation = spec.load().operation("DescribeEvents")
    assert operation is not None
    spent: dict[World, list[float]] = {few: [], many: []}
    for _ in range(100):
        for world, times in spent.items():
            began = perf_counter()
            events, token = world.events(EventFilter(max_records=_PAGE))
            xml.render(operation, {"events": events, "next_token": token}, "id")
            times.append(perf_counter() - began)
            assert len(events) == _PAGE
    small, great = median(spent[few]), median(spent[many])
    work = f"newest {_PAGE} of {_MANY:,} events, {name}"
    return Row(work, f"{great * 1000:.2f} ms", f"{small * 1000:.2f} ms at {_FEW:,}", great / small, 1.5, "x", most=True)


def _fill(redis: Connection, world: World, events: int) -> None:
    """The whole log, which is what the newest page of everything reads."""
    now = real_now()
    pipeline = redis.pipeline(transaction=False)
    for number in range(events):
        event = Event(
            now + number,
            f"Successfully launched environment: env-{number}",
            application_name=APPLICATION,
            environment_name=f"env-{number}",
        )
        pipeline.xadd(world.keys.events, {"e": codec.encode_event(event)}, id=f"{event.at}-0")
        if number % 1000 == 999:
            pipeline.execute()
    pipeline.execute()


def steps_of_a_worker() -> Iterator[Row]:
    """Launches played by one process, without and with RQ between."""
    with redis_server() as url:
        store = Store(connect(url), Clock(speed="instant"))
        world = store.world(_ACCOUNT, "us-east-1")
        yield _steps_direct(store, world)
        store.reset()
        yield _steps_through_rq(store, world, url)


def _steps_direct(store: Store, world: World) -> Row:
    _ask(store, 1000)
    tables, began = catalog.load(), perf_counter()
    while members := store.due.pop(real_now(), _BATCH, 60_000)[0]:
        jobs.play(store, tables, members)
    spent = perf_counter() - began
    steps = _steps(world)
    return Row("steps per worker, jobs.play", f"{steps / spent:,.0f}/s", "", steps / spent, 5000, "steps/s")


def _steps_through_rq(store: Store, world: World, url: str) -> Row:
    """From the moment the first are done, so that the start of the process is no part of it, to the last."""
    figure = _ask(store, 2000)
    with _worker(url):
        _wait(lambda: _left(store) < figure)
        began, before = perf_counter(), _left(store)
        _wait(lambda: _left(store) == 0)
        spent = perf_counter() - began
    steps = _steps(world) * before / figure
    return Row("steps per worker, through RQ", f"{steps / spent:,.0f}/s", "", steps / spent, 5000, "steps/s")


def _ask(store: Store, environments: int) -> int:
    """Environments that are asked for, more than the service would allow, and that nobody has launched yet."""
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
    return _left(store)


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
def _worker(url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "beanpole", "worker", "--redis", url]
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
