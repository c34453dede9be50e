"""An account at one moment: one transaction of Redis reads it, even while others write.

Events are never changed once they are written, so they are read afterwards, up to the last one of the moment.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Raw
from msgspec.structs import replace

from beanpole.machine.clock import real_now
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.change import Entity, Wake
from beanpole.model.environment.lanes import Sighting
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock
from beanpole.store import codec, due, keys
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys
from beanpole.store.world import ORDERS

DUE_KINDS = ("application", "environment", "platform", "version")  # the kinds that can be due
_EVENTS = 1000  # of one read

Ids = Mapping[str, list[str]]


class RegionMoment(NamedTuple):
    """One region: entities by kind in the order of their listing, without generations; the oldest event first."""

    entities: dict[str, tuple[Any, ...]]
    fleets: dict[str, tuple[Any, ...]]
    plans: dict[str, tuple[Raw, ...]]
    files: dict[str, dict[str, bytes]]
    sightings: dict[str, tuple[Sighting, ...]]
    claims: dict[str, str]
    fired: dict[str, int]
    wakes: tuple[Wake, ...]
    events: tuple[Event, ...]
    bundles: tuple[Bundle, ...]


class Parts(NamedTuple):
    """The parts of environments that are stored beside them, by the ids of the environments."""

    fleets: dict[str, tuple[Any, ...]]
    plans: dict[str, tuple[Raw, ...]]
    files: dict[str, dict[str, bytes]]
    sightings: dict[str, tuple[Sighting, ...]]


class Moment(NamedTuple):
    """An account; `draws` is the number of id streams that were drawn."""

    clock: Clock
    draws: int
    regions: dict[str, RegionMoment]


def read(redis: Connection, account_id: str, regions: tuple[str, ...], default: Clock) -> Moment | None:
    """The account; None if an entity was created or deleted during the reads, so that they are not complete."""
    worlds = {name: WorldKeys(account_id, name) for name in regions}
    ids = {name: _ids(redis, world) for name, world in worlds.items()}
    pipeline = redis.pipeline(transaction=True)
    pipeline.hmget(keys.clock(account_id), "clock", "draws")
    pipeline.zrange(keys.manual_due(account_id), 0, -1, withscores=True)
    for name, world in worlds.items():
        _queue(pipeline, world, ids[name])
    answers = iter(pipeline.execute())
    blob, draws = next(answers)
    clock = default if blob is None else codec.decode_clock(blob)
    manual = next(answers)
    read_regions = {}
    for name, world in worlds.items():
        region = _region(redis, world, ids[name], clock, manual, answers)
        if region is None:
            return None
        read_regions[name] = region
    return Moment(clock, int(draws or 0), read_regions)


def _ids(redis: Connection, world: WorldKeys) -> Ids:
    """The ids of entities by the kinds that can be due; the commands of the transaction need those of environments."""
    pipeline = redis.pipeline(transaction=True)
    for kind in DUE_KINDS:
        pipeline.hkeys(world.entities(kind))
    keys_by_kind = zip(DUE_KINDS, pipeline.execute(), strict=True)
    return {kind: sorted(id_.decode() for id_ in ids) for kind, ids in keys_by_kind}


def _queue(pipeline: Any, world: WorldKeys, ids: Ids) -> None:
    """Add the commands to a pipeline whose answers `_region` takes, in its order."""
    for kind in codec.KINDS.values():
        pipeline.hgetall(world.entities(kind))
    for id_ in ids["environment"]:
        pipeline.hvals(world.fleet(id_))
        pipeline.hgetall(world.plan(id_))
        pipeline.hgetall(world.files(id_))
        pipeline.lrange(world.sightings(id_), 0, -1)
    pipeline.hgetall(world.claims)
    pipeline.hgetall(world.fired)
    pipeline.hgetall(world.bundles)
    pipeline.xrevrange(world.events, count=1)
    members = _members(world, ids)
    for key in (keys.DUE, keys.LEASED):
        if members:
            pipeline.zmscore(key, members)


def _region(
    redis: Connection, world: WorldKeys, ids: Ids, clock: Clock, manual: Any, answers: Iterator[Any]
) -> RegionMoment | None:
    entities = {name: _entities(kind, name, next(answers)) for kind, name in codec.KINDS.items()}
    parts = _parts(ids["environment"], answers)
    claims = {name.decode(): holder.decode() for name, holder in next(answers).items()}
    fired = {id_.decode(): int(count) for id_, count in next(answers).items()}
    bundles = tuple(codec.decode_bundle(blob) for _, blob in sorted(next(answers).items()))
    last = next(answers)
    members = _members(world, ids)
    scores = [next(answers) for _ in range(2)] if members else []
    wakes = _wall_wakes(members, scores, clock) if clock.mode == "wall" else _manual_wakes(world, manual)
    events = _events(redis, world, last[0][0]) if last else ()
    if events is None or any(sorted(entity.id for entity in entities[kind]) != ids[kind] for kind in DUE_KINDS):
        return None
    return RegionMoment(
        entities,
        *parts,
        dict(sorted(claims.items())),
        fired,
        tuple(sorted(wakes, key=lambda wake: (wake.at, wake.kind, wake.id))),
        events,
        bundles,
    )


def _parts(ids: list[str], answers: Iterator[Any]) -> Parts:
    """The parts of environments by id; an environment without a part is left out."""
    fleets, plans, files, sightings = Parts({}, {}, {}, {})
    for id_ in ids:
        if fleet := codec.decode_fleet(next(answers)):
            fleets[id_] = tuple(fleet.values())
        if steps := next(answers):
            plans[id_] = tuple(Raw(steps[index]) for index in sorted(steps, key=int))
        contents = {digest.decode(): content for digest, content in sorted(next(answers).items())}
        if own := {digest: content for digest, content in contents.items() if not digest.startswith(keys.RUN)}:
            files[id_] = own
        if looks := tuple(map(codec.decode_sighting, next(answers))):
            sightings[id_] = looks
    return Parts(fleets, plans, files, sightings)


def _entities(kind: type[Entity], name: str, blobs: Mapping[bytes, bytes]) -> tuple[Entity, ...]:
    return tuple(sorted((codec.decode_entity(name, blob, 0) for blob in blobs.values()), key=ORDERS[kind]))


def _members(world: WorldKeys, ids: Ids) -> list[str]:
    return [due.member(world.account_id, world.region, kind, id_) for kind in DUE_KINDS for id_ in ids[kind]]


def _wall_wakes(members: list[str], scores: Any, clock: Clock) -> Iterator[Wake]:
    """The due instants on the account's clock; a leased member is due now, because its worker may never finish."""
    now = clock.now(real_now())
    for name, due_at, leased in zip(members, *scores, strict=True):
        _, _, kind, id_ = due.parts(name)
        if leased is not None:
            yield Wake(kind, id_, now)
        if due_at is not None:
            yield Wake(kind, id_, int(due_at) + clock.offset)


def _manual_wakes(world: WorldKeys, manual: Any) -> Iterator[Wake]:
    for name, score in manual:
        account_id, region, kind, id_ = due.parts(name.decode())
        if (account_id, region) == (world.account_id, world.region):
            yield Wake(kind, id_, int(score))


def _events(redis: Connection, world: WorldKeys, last: bytes) -> tuple[Event, ...] | None:
    """Every event up to the last one; None if the log was replaced during the reads."""
    events: list[Event] = []
    first, id_ = "-", b""
    while id_ != last:
        entries = redis.xrange(world.events, first, last, _EVENTS)
        if not entries:
            return None
        events += [codec.decode_event(fields[b"e"], int(at.partition(b"-")[0])) for at, fields in entries]
        id_ = entries[-1][0]
        first = f"({id_.decode()}"
    return tuple(events)


def with_hits(faults: tuple[Any, ...], fired: Mapping[str, int]) -> tuple[Any, ...]:
    """Faults with their hits, which are counted in a separate hash."""
    return tuple(replace(fault, fired=fault.fired + fired.get(fault.id, 0)) for fault in faults)
