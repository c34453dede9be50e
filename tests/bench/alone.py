"""What has no like in moto: the log at a million events."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from beanpole.machine.clock import real_now
from beanpole.model.events.event import Event
from beanpole.store import codec
from beanpole.store.connection import Connection, connect, embedded
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.wire import spec, xml
from bench.processes import APPLICATION
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
