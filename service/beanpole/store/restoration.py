"""The restoration of a snapshot: it replaces an account in one change.

It is written aside, under keys that expire, and then replaces the old state in one call. If the process is killed or
Redis fails on the way, either the old state or the new one is complete.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from beanpole.machine import entropy
from beanpole.machine.clock import real_now
from beanpole.model.changes.change import Entity, Timed
from beanpole.model.time.clock import Clock
from beanpole.store import codec, due, event_log, keys, replacement
from beanpole.store.backend import Backend
from beanpole.store.commit import Conflict
from beanpole.store.connection import Connection, StoreError
from beanpole.store.keys import WorldKeys
from beanpole.store.snapshot import Region, Snapshot
from beanpole.store.store import Store
from beanpole.tables import limits

_MOST_SECONDS = limits.most("import_seconds")
_MOST_SIGHTINGS = limits.most("sightings")  # the oldest are forgotten
_BATCH = 200  # commands, pairs of one command, or events, sent at once

T = TypeVar("T")
Command = tuple[str, str, list[Any]]  # "HSET" with fields and values, "ZADD" or "RPUSH"


def restore(store: Store, snapshot: Snapshot) -> None:
    """Replace an account by a snapshot; raises Conflict if the account keeps changing.

    A wall clock is set ahead if the log is ahead of real time, so that no event lies in the future.
    """
    account_id = snapshot.account_id
    aside = keys.aside(account_id, entropy.request_id())
    clock = _clock(snapshot)
    new: dict[str, str] = {}
    try:
        written = (_write(store.redis, commands) for commands in _batches(_commands(store, snapshot, clock, aside)))
        for names in chain(written, _write_logs(store.backend, snapshot, aside)):
            new |= {key: keys.account(account_id) + key.removeprefix(keys.account(aside)) for key in names}
        dues = _dues(snapshot) if clock.mode == "wall" else {}
        real = {member: instant - clock.offset for member, instant in dues.items()}
        replacement.replace(store.backend, account_id, new, real)
    except Conflict:
        with suppress(StoreError):  # then the keys expire
            store.redis.delete(*new)
        raise
    store.forget_copies(account_id)


def _write(redis: Connection, commands: Iterable[Command]) -> set[str]:
    """Send commands, and return the keys that they have written, which expire."""
    names = {key for _, key, _ in commands}
    pipeline = redis.pipeline(transaction=True)
    for name, key, words in commands:
        pipeline.execute_command(name, key, *words)
    for key in names:
        pipeline.expire(key, _MOST_SECONDS)
    pipeline.execute()
    return names


def _write_logs(backend: Backend, snapshot: Snapshot, aside: str) -> Iterator[set[str]]:
    """Append the events of all regions to the streams of their logs, and yield those of each call.

    An event is sent once for all its streams: events are nearly all of a great state.
    """
    for name, region in snapshot.regions.items():
        world = WorldKeys(aside, name)
        for events in _batches(sorted(region.events, key=lambda event: event.at)):
            streams: dict[str, int] = {}
            words: list[Any] = []
            for event in events:
                numbers = (streams.setdefault(key, len(streams) + 1) for key in event_log.streams(world, event))
                words += [f"{event.at}-*", codec.encode_event(event), " ".join(map(str, numbers))]
            names = list(streams)
            backend.scripts.append_events(keys=names + backend.remembered(), args=[_MOST_SECONDS, len(names), *words])
            yield set(names)


def _clock(snapshot: Snapshot) -> Clock:
    clock = snapshot.clock
    if clock.mode == "wall":
        latest = max((event.at for region in snapshot.regions.values() for event in region.events), default=0)
        return replace(clock, offset=max(0, clock.offset, latest - real_now()))
    return clock


def _commands(store: Store, snapshot: Snapshot, clock: Clock, aside: str) -> Iterator[Command]:
    """The commands that write a snapshot. Unlike `Clocks.set` they may set the clock back, with the whole world."""
    fields = {"clock": msgspec.json.encode(clock), "mode": clock.mode, "offset": clock.offset, "draws": snapshot.draws}
    yield from _hash(keys.clock(aside), fields.items())
    if clock.mode == "manual":
        scores = [(instant, member) for member, instant in _dues(snapshot).items()]
        yield from _pairs("ZADD", keys.manual_due(aside), scores)
    count = sum(len(region.entities) for region in snapshot.regions.values())
    generation = int(store.backend.scripts.reserve(keys=[keys.GENERATION], args=[real_now(), count]))
    for name, region in snapshot.regions.items():
        yield from _region(region, WorldKeys(aside, name), WorldKeys(snapshot.account_id, name), generation)
        generation += len(region.entities)


def _region(region: Region, world: WorldKeys, final: WorldKeys, first: int) -> Iterator[Command]:
    """The commands for a region: `world` are the keys to write, `final` their final names, `first` a generation."""
    versions: dict[str, int] = {}
    for generation, entity in enumerate(region.entities, first):
        kind = _kind(entity)
        versions[kind] = generation
        yield "HSET", world.entities(kind), [entity.id, codec.encode_entity(entity)]
        yield "HSET", world.generations(kind), [entity.id, generation]
    yield from _hash(world.versions, versions.items())
    yield from _hash(world.claims, region.claims.items())
    yield from _hash(world.bundles, ((bundle.digest, codec.encode_bundle(bundle)) for bundle in region.bundles))
    for id_, fleet in region.fleets.items():
        yield from _hash(world.fleet(id_), ((instance.id, codec.encode_instance(instance)) for instance in fleet))
    for id_, plan in region.plans.items():
        yield from _hash(world.plan(id_), ((str(index), bytes(step)) for index, step in enumerate(plan)))
    for id_, files in region.files.items():
        yield from _hash(world.files(id_), files.items())
    for id_, sightings in region.sightings.items():
        for batch in _batches(sightings[-_MOST_SIGHTINGS:]):
            yield "RPUSH", world.sightings(id_), list(map(codec.encode_sighting, batch))
    yield from _about_log(region, world, final)


def _about_log(region: Region, world: WorldKeys, final: WorldKeys) -> Iterator[Command]:
    """The commands that write the ends of chains, the spans of requests, and how far notices have been sent."""
    chains: dict[str, int] = {}
    spans: dict[str, tuple[int, int, str]] = {}
    for event in sorted(region.events, key=lambda event: event.at):
        chains[event.chain] = chains[""] = event.at
        if event.request_id is not None:
            stream = event_log.stream_of_request(final, event)
            begun, _, before = spans.get(event.request_id, (event.at, event.at, stream))
            spans[event.request_id] = begun, event.at, stream if stream == before else final.events
    yield from _hash(world.chains, chains.items())
    if region.events:  # no notice is sent of earlier events
        latest = chains[""]
        last = f"{latest}-{sum(event.at == latest for event in region.events) - 1}"
        yield from _hash(world.notices, ((field, last) for field in keys.NOTICED))
    yield from _hash(world.requests, ((id_, " ".join(map(str, span))) for id_, span in spans.items()))


def _dues(snapshot: Snapshot) -> dict[str, int]:
    """The due instants of members, on the account's clock; a wake overrides the instant of its entity."""
    dues = {}
    for name, region in snapshot.regions.items():
        for entity in region.entities:
            if isinstance(entity, Timed) and entity.due is not None:
                dues[due.member(snapshot.account_id, name, _kind(entity), entity.id)] = entity.due
        for wake in region.wakes:
            dues[due.member(snapshot.account_id, name, wake.kind, wake.id)] = wake.at
    return dues


def _kind(entity: Entity) -> str:
    return codec.KINDS[type(entity)]


def _hash(key: str, pairs: Iterable[tuple[str, Any]]) -> Iterator[Command]:
    return _pairs("HSET", key, pairs)


def _pairs(command: str, key: str, pairs: Iterable[tuple[Any, Any]]) -> Iterator[Command]:
    for batch in _batches(pairs):
        yield command, key, [word for pair in batch for word in pair]


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    return iter(lambda: list(islice(left, _BATCH)), [])
