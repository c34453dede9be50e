"""The one door through which everything is written: changes become the words of one Lua call."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from beanpole.machine.clock import real_now, sleep
from beanpole.model.changes.change import Change, Entity, Timed
from beanpole.model.environment.environment import Environment
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.store import codec, due, event_log, keys
from beanpole.store.backend import Backend
from beanpole.store.keys import WorldKeys
from beanpole.tables import limits

_MOST_REMEMBERED = limits.most("remembered_seconds")
_MOST_SIGHTINGS = limits.most("sightings")
_FUTURE = 5_000  # milliseconds: no event of a step or a call is as far ahead of its clock
_ARGUMENTS = 200  # of one command: Lua unpacks them onto its stack

Row = tuple[Any, ...]


class Conflict(Exception):
    """Another writer was first: load again, check again, commit again."""


def commit_all(
    backend: Backend, changes: Sequence[tuple[WorldKeys, Change]], meanwhile: Callable[[], None] | None = None
) -> list[int]:
    """Write each change that still holds, in one call: the generation of its first put, 1 without one, else 0.

    While Redis writes, `meanwhile` is called, if it is given; if that raises, the changes are written nevertheless.

    On a wall clock it waits once, for some milliseconds, until real time has reached the latest event: the events of
    one step are a millisecond apart, and none may lie in the future. A chain of events that is late does not wait; its
    events may share a millisecond. An event that lies far in the future was made by the clock of a world that another
    one has replaced since, so nothing is written then.
    """
    if any(change.objects for _, change in changes):
        raise ValueError("objects are carried out by the door of operations, not by the store")
    packed = _packed(_words(changes))
    waited = ""
    under = [keys.DUE, keys.LEASED, keys.GENERATION, *backend.remembered()]
    accounts = " ".join(sorted({world.account_id for world, _ in changes}))
    while True:
        words = [keys.NUDGE, real_now(), waited, *packed, _FUTURE, keys.CHANGES, accounts, keys.WORLDS]
        if meanwhile is None:
            answer = backend.scripts.commit(keys=under, args=words)
        else:
            from beanpole.store import sent_call  # workers alone do something meanwhile

            answer = sent_call.call(backend.redis, backend.scripts.commit, meanwhile, keys=under, args=words)
            meanwhile = None
        if answer[0] == b"done":
            return _counted(backend, changes, [int(generation) for generation in answer[1:]])
        if int(answer[1]) > _FUTURE:
            return _counted(backend, changes, [0] * len(changes))
        sleep(int(answer[1]) / 1000)
        waited = "waited"


def _counted(backend: Backend, changes: Sequence[tuple[WorldKeys, Change]], generations: list[int]) -> list[int]:
    """Count what was written and what was not; returns the generations."""
    for (_, change), generation in zip(changes, generations, strict=True):
        backend.counters.add("commits" if generation else "conflicts")
        backend.counters.add("steps", by=change.instants if generation else 0)
    return generations


def _packed(words: list[Any]) -> tuple[str, bytes]:
    """The numbers among the words, with the lengths of the texts in their places, and the texts joined."""
    numbers, texts = [], []
    for word in words:
        if type(word) is int:
            numbers.append(word)
        else:
            text = word if type(word) is bytes else word.encode()
            numbers.append(len(text))
            texts.append(text)
    return " ".join(map(str, numbers)), b"".join(texts)


class _Places:
    """The worlds and the kinds of a call, each listed once with its keys; other words name them by their numbers.

    So are the places of events in the log, which nearly all events of an activity share.
    """

    def __init__(self) -> None:
        self.worlds: list[Row] = []
        self.kinds: list[Row] = []
        self.logs: list[Row] = []
        self._numbers: dict[tuple[str | None, ...], int] = {}

    def world(self, world: WorldKeys) -> int:
        """The number of a world."""
        number = self._numbers.get((world.prefix,))
        if number is None:
            clock, manual = keys.clock(world.account_id), keys.manual_due(world.account_id)
            self.worlds.append((clock, manual, world.versions, world.claims, world.chains, world.requests))
            number = self._numbers[world.prefix,] = len(self.worlds)
        return number

    def kind(self, world: WorldKeys, kind: str) -> int:
        """The number of a kind of a world."""
        number = self._numbers.get((world.prefix, kind))
        if number is None:
            self.kinds.append((self.world(world), kind, world.entities(kind), world.generations(kind)))
            number = self._numbers[world.prefix, kind] = len(self.kinds)
        return number

    def log(self, world: WorldKeys, event: Event) -> int:
        """The number of an event's place in the log: its chain, its request and its streams."""
        about = event.application_name, event.environment_name, event.template_name, event.platform_arn
        place = world.prefix, event.severity, event.request_id, *about
        number = self._numbers.get(place)
        if number is None:
            streams = event_log.streams(world, event)
            requested = event.request_id or "", event_log.stream_of_request(world, event)
            self.logs.append((self.world(world), event.chain, *requested, len(streams), *streams))
            number = self._numbers[place] = len(self.logs)
        return number


def _words(changes: Sequence[tuple[WorldKeys, Change]]) -> list[Any]:
    """Counted sections, in the order in which the script takes them: counts and instants of the script are numbers."""
    places = _Places()
    words: list[Any] = [len(changes)]
    for world, change in changes:
        words.append(places.world(world))
        for section in (
            _guards(places, world, change),
            _holds(world, change),
            _moves(world, change),
            [(claim.name, claim.before or "", claim.after or "") for claim in change.claims],
            _puts(places, world, change),
            [(len(command), *map(_text, command)) for command in _commands(world, change)],
            _logs(world, change),
            _dues(world, change),
        ):
            words.append(len(section))
            for row in section:
                words.extend(row)
    events = sorted(
        (at, number, turn, world, event)
        for number, (world, change) in enumerate(changes, 1)
        for turn, (at, event) in enumerate(_spread(change.events))
    )
    words.append(len(events))
    for at, number, _, world, event in events:
        words.extend((number, places.log(world, event), at, codec.encode_event(event)))
    tables = (places.worlds, places.kinds, places.logs)
    return [word for rows in tables for row in ((len(rows),), *rows) for word in row] + words


def _text(word: str | bytes | int) -> str | bytes:
    """A word of which the script makes no number."""
    return str(word) if isinstance(word, int) else word


def _guards(places: _Places, world: WorldKeys, change: Change) -> list[Row]:
    """Number of a kind, id, expected generation ("" where the entity must not exist)."""
    guarded = (*change.puts, *change.deletes, *change.reads)
    return [
        (places.kind(world, codec.KINDS[type(entity)]), entity.id, _text(entity.generation or "")) for entity in guarded
    ]


def _holds(world: WorldKeys, change: Change) -> list[Row]:
    """Key of a hash, field, value that it must have."""
    unchanged: list[Row] = [(world.versions, kind, version) for kind, version in change.unchanged]
    if change.move is None:
        return unchanged
    clock: list[Row] = [(keys.clock(world.account_id), "clock", codec.encode_clock(change.move.clock))]
    if change.move.target is not None:
        clock.append((keys.target(world.account_id, change.move.target), "state", "pending"))
    return unchanged + clock


def _moves(world: WorldKeys, change: Change) -> list[Row]:
    """Clock after, its reading after, member, instant at which it is due, "alone" or not."""
    move = change.move
    if move is None:
        return []
    name = due.member(world.account_id, world.region, move.kind, move.id)
    alone = "alone" if move.to > max(move.at, move.clock.reading) else ""  # only the first instant is shared
    after = codec.encode_clock(replace(move.clock, reading=move.to))
    return [(after, move.to, name, move.at, alone)]


def _puts(places: _Places, world: WorldKeys, change: Change) -> list[Row]:
    """Number of a kind, id, blob ("" deletes)."""

    def row(entity: Entity, blob: bytes) -> Row:
        return places.kind(world, codec.KINDS[type(entity)]), entity.id, blob

    puts = [row(entity, codec.encode_entity(entity)) for entity in (*change.puts, *change.samples)]
    return puts + [row(entity, b"") for entity in change.deletes]


def _commands(world: WorldKeys, change: Change) -> list[list[Any]]:
    """Commands of Redis that are run as they are."""
    commands: list[list[Any]] = []
    if change.fleet is not None:
        key = world.fleet(change.fleet.environment_id)
        pairs: list[Any] = [
            part for instance in change.fleet.puts for part in (instance.id, codec.encode_instance(instance))
        ]
        commands += [["HSET", key, *chunk] for chunk in _chunks(pairs)]
        commands += [["HDEL", key, *chunk] for chunk in _chunks(change.fleet.removals)]
        key = world.files(change.fleet.environment_id)
        commands += [["HSET", key, digest, content] for digest, content in change.fleet.files]
        commands += [["HDEL", key, *chunk] for chunk in _chunks(change.fleet.forgotten)]
    if change.plan is not None:
        key = world.plan(change.plan.environment_id)
        commands.append(["DEL", key])
        pairs = [part for index, step in enumerate(change.plan.steps) for part in (index, step)]
        commands += [["HSET", key, *chunk] for chunk in _chunks(pairs)]
    commands += [["HSETNX", world.bundles, bundle.digest, codec.encode_bundle(bundle)] for bundle in change.bundles]
    commands += [["HDEL", world.bundles, *chunk] for chunk in _chunks(change.unused)]
    if change.hits:
        commands += [["HINCRBY", world.fired, id_, count] for id_, count in Counter(change.hits).items()]
    if change.answer is not None:
        commands.append(["SET", world.answer(change.answer.call), change.answer.answer, "EX", _MOST_REMEMBERED])
    commands += [["HDEL", world.fired, entity.id] for entity in change.deletes if isinstance(entity, Fault)]
    commands += [["DEL", world.sightings(entity.id)] for entity in change.deletes if isinstance(entity, Environment)]
    return commands


def _logs(world: WorldKeys, change: Change) -> list[Row]:
    """Key of a list, most entries that it keeps, entry count, entries."""
    if change.fleet is None or not change.fleet.sightings:
        return []
    entries = [codec.encode_sighting(sighting) for sighting in change.fleet.sightings]
    return [(world.sightings(change.fleet.environment_id), _MOST_SIGHTINGS, len(entries), *entries)]


def _chunks(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[start : start + _ARGUMENTS] for start in range(0, len(items), _ARGUMENTS)]


def _dues(world: WorldKeys, change: Change) -> list[Row]:
    """Member, instant ("" none), "set" or "wake"."""

    def row(kind: str, id_: str, instant: int | None, how: str) -> Row:
        name = due.member(world.account_id, world.region, kind, id_)
        return name, "" if instant is None else str(instant), how

    timed = [(put, put.due) for put in change.puts if isinstance(put, Timed)]
    rows = [
        row(codec.KINDS[type(put)], put.id, instant, "set")
        for put, instant in timed
        if instant is not None or put.generation
    ]
    rows += [row(codec.KINDS[type(entity)], entity.id, None, "set") for entity in change.deletes]
    return rows + [row(wake.kind, wake.id, wake.at, "wake") for wake in change.wakes]


def _spread(events: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """The events of one change in their order, those of one chain a millisecond apart.

    So the chains of many changes at one instant share the same few milliseconds.
    """
    last: dict[str, int] = {}
    latest = 0
    for event in events:
        at, chain = event.at, event.chain
        latest = last[chain] = max(latest, at, last.get(chain, at - 1) + 1)
        yield latest, event
