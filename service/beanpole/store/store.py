"""State in Redis: worlds to read, and the one door through which everything is written."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from beanpole.clock import real_now, sleep
from beanpole.model.application import Application, ApplicationVersion, version_id, version_place
from beanpole.model.change import Change, Entity, environment_name_claim
from beanpole.model.clock import Clock
from beanpole.model.environment import Environment
from beanpole.model.event import Event
from beanpole.model.ids import Ids
from beanpole.model.instance import Instance
from beanpole.model.listing import place
from beanpole.store import codec, due, event_log, keys, scripts
from beanpole.store.clocks import Clocks
from beanpole.store.connection import Connection
from beanpole.store.due import Due
from beanpole.store.event_log import EventFilter
from beanpole.store.keys import WorldKeys
from beanpole.store.mirror import Mirror

_ARGUMENTS = 200  # of one command: Lua unpacks them onto its stack


class Conflict(Exception):
    """Somebody else wrote first: load again, check again, commit again."""


class Store:
    """Every account's worlds on one Redis; without a default clock it makes no accounts, and so it is for workers."""

    def __init__(self, redis: Connection, default_clock: Clock | None = None) -> None:
        self.redis = redis
        self.due = Due(redis)
        self.clocks = Clocks(redis, default_clock)
        self.commit_script = redis.register_script(scripts.COMMIT)
        self._worlds: dict[tuple[str, str], World] = {}

    def world(self, account_id: str, region: str) -> "World":
        """One account in one region."""
        known = self._worlds.get((account_id, region))
        return known or self._worlds.setdefault((account_id, region), World(self, account_id, region))

    def ready(self) -> bool:
        """Redis answers."""
        return bool(self.redis.ping())

    def reset(self, account_id: str | None = None) -> None:
        """Forget an account, or every account, with clock and all; generations go on, so no copy is taken for new."""
        if account_id:
            self._forget_dues(account_id)
        pattern = keys.account(account_id) if account_id else f"{keys.PREFIX}:"
        kept = keys.GENERATION.encode()
        doomed = [key for key in self.redis.scan_iter(match=f"{pattern}*", count=1000) if key != kept]
        for start in range(0, len(doomed), 500):
            self.redis.delete(*doomed[start : start + 500])
        if account_id:
            self.redis.srem(keys.ACCOUNTS, account_id)
        for known in [it for it in self._worlds if account_id in (None, it[0])]:
            self._worlds.pop(known, None)

    def _forget_dues(self, account_id: str) -> None:
        """Before anything else goes: a due instant left over is harmless, one lost from what comes next is not."""
        for key in (keys.DUE, keys.LEASED):
            mine = [it for it in self.redis.zrange(key, 0, -1) if it.startswith(f"{account_id}|".encode())]
            for start in range(0, len(mine), 500):
                self.redis.zrem(key, *mine[start : start + 500])


class World:
    """One account in one region: what an operation may see and change."""

    def __init__(self, store: Store, account_id: str, region: str) -> None:
        self.store = store
        self.account_id = account_id
        self.region = region
        self.keys = WorldKeys(account_id, region)
        redis = store.redis
        self._applications: Mirror[Application] = Mirror(
            redis, self.keys, "application", lambda it: (-it.date_created, it.application_name)
        )
        self._versions: Mirror[ApplicationVersion] = Mirror(redis, self.keys, "version", version_place)
        self._environments: Mirror[Environment] = Mirror(redis, self.keys, "environment", place)

    def applications(self) -> tuple[Application, ...]:
        """Every application, newest first."""
        return self._applications.all()

    def application(self, name: str) -> Application | None:
        """The application of that name."""
        return self._applications.settled(name)

    def application_versions(self) -> tuple[ApplicationVersion, ...]:
        """Every version of every application, newest first."""
        return self._versions.all()

    def application_version(self, application_name: str, version_label: str) -> ApplicationVersion | None:
        """The version of that label."""
        return self._versions.settled(version_id(application_name, version_label))

    def environments(self) -> tuple[Environment, ...]:
        """Every environment: live ones first, then newest first."""
        return self._environments.all()

    def environment(self, environment_id: str) -> Environment | None:
        """The environment of that id, terminated or not."""
        return self._environments.get(environment_id)

    def environments_of(self, ids: Sequence[str]) -> list[Environment | None]:
        """Some environments, read at one moment."""
        return self._environments.several(tuple(ids))

    def environment_named(self, name: str) -> Environment | None:
        """The live environment of that name."""
        holder = self.holder(environment_name_claim(name))
        return self.environment(holder) if holder else None

    def version(self, kind: str) -> str:
        """What changes whenever an entity of a kind does: read before a listing, it guards what follows from it."""
        found = self.store.redis.hget(self.keys.versions, kind)
        return "" if found is None else found.decode()

    def holders(self, claims: Sequence[str]) -> list[str | None]:
        """Who holds each of some unique names."""
        found = self.store.redis.hmget(self.keys.claims, list(claims))
        return [None if it is None else it.decode() for it in found]

    def holder(self, claim: str) -> str | None:
        """Who holds a unique name."""
        holder = self.store.redis.hget(self.keys.claims, claim)
        return None if holder is None else holder.decode()

    def fleet(self, environment_id: str) -> dict[str, Instance]:
        """An environment's instances by id, in the order of their launch."""
        return _by_id(self.store.redis.hvals(self.keys.fleet(environment_id)))

    def plan(self, environment_id: str) -> tuple[bytes, ...]:
        """All steps of an environment's latest plan."""
        steps = self.store.redis.hgetall(self.keys.plan(environment_id))
        return tuple(steps[index] for index in sorted(steps, key=int))

    def plan_steps(self, environment_id: str, first: int, count: int) -> tuple[bytes, ...]:
        """Some steps of it, fewer where the plan ends."""
        found = self.store.redis.hmget(self.keys.plan(environment_id), [str(it) for it in range(first, first + count)])
        return tuple(it for it in found if it is not None)

    def events(self, wanted: EventFilter) -> tuple[tuple[Event, ...], str | None]:
        """The newest events wanted, and the token of the page after them."""
        return event_log.read(self.store.redis, self.keys, wanted)

    def ids(self, seed: int) -> Ids:
        """A fresh stream of ids, for one call that changes something; the seed is the clock's."""
        return self.store.clocks.draw(self.account_id, self.region, seed)

    def commit(self, change: Change) -> None:
        """Write all of a change or none of it; raises Conflict if what it was made from is no longer so."""
        if not commit_all(self.store, [(self, change)])[0]:
            raise Conflict


def read_ahead(
    store: Store, environments: Sequence[tuple[World, Environment]], count: int
) -> list[tuple[dict[str, Instance], tuple[bytes, ...]]]:
    """The fleets of some environments, and the next steps of their plans, in one round trip."""
    pipeline = store.redis.pipeline(transaction=False)
    for world, it in environments:
        first = it.activity.step if it.activity else 0
        pipeline.hvals(world.keys.fleet(it.id))
        pipeline.hmget(world.keys.plan(it.id), [str(index) for index in range(first, first + count)])
    read = pipeline.execute()
    return [
        (_by_id(instances), tuple(it for it in steps if it is not None))
        for instances, steps in zip(read[::2], read[1::2], strict=True)
    ]


def commit_all(store: Store, changes: Sequence[tuple[World, Change]]) -> list[bool]:
    """Write each change that still holds, in one call, and say which did.

    On a wall clock it waits, a few milliseconds at most, until real time has reached the latest event: many events of
    one step are a millisecond apart, and none may stand in the future.
    """
    arguments = _arguments(changes)
    while True:
        answer = store.commit_script(
            keys=[keys.DUE, keys.LEASED, keys.GENERATION], args=[keys.NUDGE, real_now(), *arguments]
        )
        if answer[0] == b"done":
            return [bool(it) for it in answer[1:]]
        sleep(int(answer[1]) / 1000)


def _by_id(blobs: Sequence[bytes]) -> dict[str, Instance]:
    instances = map(codec.decode_instance, blobs)
    return {it.id: it for it in sorted(instances, key=lambda it: (it.launched_at, it.id))}


def _arguments(changes: Sequence[tuple[World, Change]]) -> list[Any]:
    arguments: list[Any] = [len(changes)]
    for world, change in changes:
        for section in (
            _guards(world, change),
            [(world.keys.claims, it.name, it.before or "", it.after or "") for it in change.claims],
            _puts(world, change),
            [(len(command), *command) for command in _commands(world, change)],
            _dues(world, change),
        ):
            arguments.append(len(section))
            for row in section:
                arguments.extend(row)
    events = sorted(
        (at, number, turn, world, event)
        for number, (world, change) in enumerate(changes, 1)
        for turn, (at, event) in enumerate(_spread(change.events))
    )
    arguments.append(len(events))
    for at, number, _, world, event in events:
        streams = event_log.streams(world.keys, event)
        arguments += [number, keys.clock(world.account_id), world.keys.chains, event.chain, at]
        arguments += [codec.encode_event(event), len(streams), *streams]
    return arguments


def _spread(events: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """The events of one change in their order, those of one chain a millisecond apart.

    So the stories of many changes at one instant share the same few milliseconds.
    """
    last: dict[str, int] = {}
    latest = 0
    for event in events:
        latest = last[event.chain] = max(latest, event.at, last.get(event.chain, event.at - 1) + 1)
        yield latest, event


def _guards(world: World, change: Change) -> list[tuple[Any, ...]]:
    guarded = (*change.puts, *change.deletes, *change.reads)
    rows: list[tuple[Any, ...]] = [
        (world.keys.generations(codec.KINDS[type(it)]), it.id, it.generation or "") for it in guarded
    ]
    return rows + [(world.keys.versions, kind, version) for kind, version in change.unchanged]


def _puts(world: World, change: Change) -> list[tuple[Any, ...]]:
    def row(entity: Entity, blob: bytes) -> tuple[Any, ...]:
        kind = codec.KINDS[type(entity)]
        own = world.keys
        return own.entities(kind), own.generations(kind), own.versions, kind, entity.id, blob

    puts = [row(it, codec.encode_entity(it)) for it in change.puts]
    return puts + [row(it, b"") for it in change.deletes]


def _commands(world: World, change: Change) -> list[list[Any]]:
    commands: list[list[Any]] = []
    if change.fleet is not None:
        key = world.keys.fleet(change.fleet.environment_id)
        pairs: list[Any] = [part for it in change.fleet.puts for part in (it.id, codec.encode_instance(it))]
        commands += [["HSET", key, *chunk] for chunk in _chunks(pairs)]
        commands += [["HDEL", key, *chunk] for chunk in _chunks(change.fleet.removals)]
    if change.plan is not None:
        key = world.keys.plan(change.plan.environment_id)
        commands.append(["DEL", key])
        pairs = [part for index, step in enumerate(change.plan.steps) for part in (index, step)]
        commands += [["HSET", key, *chunk] for chunk in _chunks(pairs)]
    return commands


def _chunks(items: Sequence[Any]) -> list[list[Any]]:
    left = iter(items)
    return list(iter(lambda: list(islice(left, _ARGUMENTS)), []))


def _dues(world: World, change: Change) -> list[tuple[Any, ...]]:
    clock, manual = keys.clock(world.account_id), keys.manual_due(world.account_id)

    def row(kind: str, id_: str, instant: int | None, how: str) -> tuple[Any, ...]:
        name = due.member(world.account_id, world.region, kind, id_)
        return clock, manual, name, "" if instant is None else instant, how

    rows = [row("environment", it.id, it.due, "set") for it in change.puts if isinstance(it, Environment)]
    rows += [row(codec.KINDS[type(it)], it.id, None, "set") for it in change.deletes]
    return rows + [row(it.kind, it.id, it.at, "wake") for it in change.wakes]
