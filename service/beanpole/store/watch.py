"""The changes of a world since a position: of its clock, its events, its environments, its faults and its calls.

A position is short enough for the id of a server-sent event. It has the last event's id in the log and a checksum, the
generation of the environments, the state of the faults, a checksum of the clock and the number of the last call. If the
world was reset or restored since, the log has another event of that id, or none.
"""

import re
from typing import NamedTuple
from zlib import crc32

from beanpole.model.environment.environment import Environment
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock
from beanpole.store import codec, journal, keys, summaries
from beanpole.store.journal import Call
from beanpole.store.store import Store
from beanpole.store.summaries import Summary
from beanpole.store.world import World

EVENTS = 500  # of one read
NOTHING = "0-0-0"  # the last event of a log without events

_NUMBER, _SUM = "[0-9]{1,16}", "[0-9a-f]{1,8}"
_TEXT = re.compile(rf"({_NUMBER}-{_NUMBER}-{_SUM})\.({_NUMBER})\.({_NUMBER}-{_NUMBER})\.({_SUM})\.({_NUMBER})")


class Position(NamedTuple):
    """A position; its parts are compared for equality, except `environments`, which is a generation.

    `events` is the id of an entry of the stream, a dash, and the checksum of its event.
    """

    events: str
    environments: int
    faults: str
    clock: str
    calls: int

    def __str__(self) -> str:
        return ".".join(map(str, self))


class News(NamedTuple):
    """The changes; `replaced`: the world is another one; `more`: another read finds more events.

    `forgotten`: environments are no longer listed. `has_seed` is false for the clock of an account that has not yet
    drawn its own seed.
    """

    position: Position
    replaced: bool = False
    clock: Clock | None = None
    has_seed: bool = True
    events: tuple[tuple[str, Event], ...] = ()
    environments: tuple[Summary, ...] = ()
    forgotten: bool = False
    faults: bool = False
    calls: tuple[Call, ...] = ()
    more: bool = False


class _Reading(NamedTuple):
    clock: Clock
    has_seed: bool
    checksum: str
    entries: list[tuple[str, Event]]
    last: str
    environments: int
    faults: str
    calls: int


def position_of(text: str) -> Position:
    """The position of its text; raises ValueError for any other text."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    events, environments, faults, clock, calls = match.groups()
    return Position(events, int(environments), faults, clock, int(calls))


def present(store: Store, world: World) -> Position:
    """The present position of a world."""
    read = _read(store, world, NOTHING, 1)
    return Position(read.last, read.environments, read.faults, read.checksum, read.calls)


def look(store: Store, world: World, position: Position) -> News:
    """The changes since a position, with at most 500 events."""
    read = _read(store, world, position.events, EVENTS + 1)
    if position.events != NOTHING and (not read.entries or read.entries[0][0] != position.events):
        now = present(store, world)
        return News(now, replaced=True, clock=read.clock, has_seed=read.has_seed)
    events = read.entries if position.events == NOTHING else read.entries[1:]
    environments: tuple[Summary, ...] = ()
    if read.environments != position.environments:
        environments = _changed_environments(store, world, position.environments)
    latest = max((summary.environment.generation for summary in environments), default=0)
    generation = max(read.environments, latest)
    after = Position(events[-1][0] if events else position.events, generation, read.faults, read.checksum, read.calls)
    return News(
        after,
        clock=read.clock if read.checksum != position.clock else None,
        has_seed=read.has_seed,
        events=tuple(events),
        environments=environments,
        forgotten=read.environments not in (position.environments, latest) and read.environments > latest,
        faults=read.faults != position.faults,
        calls=_calls(store, world, position.calls, read.calls),
        more=len(read.entries) > EVENTS,
    )


def _changed_environments(store: Store, world: World, since: int) -> tuple[Summary, ...]:
    """The environments after a generation, in the order of their last changes, so that a client may stop at each."""
    changed = [environment for environment in world.environments() if environment.generation > since]
    changed.sort(key=lambda environment: environment.generation)
    return tuple(summaries.read(store.redis, world.keys, changed)) if changed else ()


def _calls(store: Store, world: World, since: int, count: int) -> tuple[Call, ...]:
    """The calls after the number `since` up to `count`; the oldest may already be deleted."""
    if count <= since:
        return ()
    entries = store.redis.lrange(keys.journal(world.account_id), since - count, -1)
    return tuple(call for call in journal.since(entries, since) if call.number <= count)


def _read(store: Store, world: World, since: str, count: int) -> _Reading:
    """Read everything in one round trip; of the log `count` entries, beginning with `since`.

    The unwritten calls of this process are written first, so that they are counted.
    """
    store.journal.write()
    pipeline = store.redis.pipeline(transaction=True)
    pipeline.hget(keys.clock(world.account_id), "clock")
    pipeline.xrange(world.keys.events, since.rpartition("-")[0], "+", count)
    pipeline.xrevrange(world.keys.events, count=1)
    pipeline.hmget(world.keys.versions, codec.KINDS[Environment], "fault")
    pipeline.hvals(world.keys.fired)
    pipeline.get(keys.journal_count(world.account_id))
    blob, entries, last, (environments, faults), fired, calls = pipeline.execute()
    clock = store.clocks.default if blob is None else codec.decode_clock(blob)
    return _Reading(
        clock,
        blob is not None or not store.clocks.seeds_by_chance,
        f"{crc32(codec.encode_clock(clock)):x}",
        [(_place(entry), codec.decode_event(entry[1][b"e"], int(entry[0].partition(b"-")[0]))) for entry in entries],
        _place(last[0]) if last else NOTHING,
        int(environments or 0),
        f"{int(faults or 0)}-{sum(map(int, fired))}",
        int(calls or 0),
    )


def _place(entry: tuple[bytes, dict[bytes, bytes]]) -> str:
    id_, fields = entry
    return f"{id_.decode()}-{crc32(fields[b'e']):x}"
