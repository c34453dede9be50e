"""The one door through which everything is written: changes become the words of one Lua call."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from beanpole.clock import real_now, sleep
from beanpole.model.changes.change import Change, Entity, Timed
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.store import codec, due, event_log, keys
from beanpole.store.backend import Backend
from beanpole.store.keys import WorldKeys

_ARGUMENTS = 200  # of one command: Lua unpacks them onto its stack


class Conflict(Exception):
    """Somebody else wrote first: load again, check again, commit again."""


def commit_all(backend: Backend, changes: Sequence[tuple[WorldKeys, Change]]) -> list[int]:
    """Write each change that still holds, in one call, and say which did.

    On a wall clock it waits once, for some milliseconds, until real time has reached the latest event: many events of
    one step are a millisecond apart, and none may stand in the future. What is late behind its log does not wait; its
    events may be told at one millisecond.
    """
    words = [it if isinstance(it, bytes) else str(it).encode() for it in _words(changes)]
    packed = " ".join(map(str, map(len, words))), b"".join(words)
    waited = ""
    while True:
        answer = backend.scripts.commit(
            keys=[keys.DUE, keys.LEASED, keys.GENERATION], args=[keys.NUDGE, real_now(), waited, *packed]
        )
        if answer[0] == b"done":
            return [int(it) for it in answer[1:]]
        sleep(int(answer[1]) / 1000)
        waited = "waited"


def _words(changes: Sequence[tuple[WorldKeys, Change]]) -> list[Any]:
    words: list[Any] = [len(changes)]
    for world, change in changes:
        for section in (
            _guards(world, change),
            [(world.claims, it.name, it.before or "", it.after or "") for it in change.claims],
            _puts(world, change),
            [(len(command), *command) for command in _commands(world, change)],
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
        streams = event_log.streams(world, event)
        words += [number, keys.clock(world.account_id), world.chains, event.chain, at]
        words += [world.requests, event.request_id or "", event_log.place(world, event)]
        words += [codec.encode_event(event), len(streams), *streams]
    return words


def _spread(events: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """The events of one change in their order, those of one chain a millisecond apart.

    So the stories of many changes at one instant share the same few milliseconds.
    """
    last: dict[str, int] = {}
    latest = 0
    for event in events:
        latest = last[event.chain] = max(latest, event.at, last.get(event.chain, event.at - 1) + 1)
        yield latest, event


def _guards(world: WorldKeys, change: Change) -> list[tuple[Any, ...]]:
    guarded = (*change.puts, *change.deletes, *change.reads)
    rows: list[tuple[Any, ...]] = [
        (world.generations(codec.KINDS[type(it)]), it.id, it.generation or "") for it in guarded
    ]
    return rows + [(world.versions, kind, version) for kind, version in change.unchanged]


def _puts(world: WorldKeys, change: Change) -> list[tuple[Any, ...]]:
    def row(entity: Entity, blob: bytes) -> tuple[Any, ...]:
        kind = codec.KINDS[type(entity)]
        return world.entities(kind), world.generations(kind), world.versions, kind, entity.id, blob

    puts = [row(it, codec.encode_entity(it)) for it in (*change.puts, *change.samples)]
    return puts + [row(it, b"") for it in change.deletes]


def _commands(world: WorldKeys, change: Change) -> list[list[Any]]:
    commands: list[list[Any]] = []
    if change.fleet is not None:
        key = world.fleet(change.fleet.environment_id)
        pairs: list[Any] = [part for it in change.fleet.puts for part in (it.id, codec.encode_instance(it))]
        commands += [["HSET", key, *chunk] for chunk in _chunks(pairs)]
        commands += [["HDEL", key, *chunk] for chunk in _chunks(change.fleet.removals)]
    if change.plan is not None:
        key = world.plan(change.plan.environment_id)
        commands.append(["DEL", key])
        pairs = [part for index, step in enumerate(change.plan.steps) for part in (index, step)]
        commands += [["HSET", key, *chunk] for chunk in _chunks(pairs)]
    commands += [["HINCRBY", world.fired, id_, count] for id_, count in Counter(change.hits).items()]
    commands += [["HDEL", world.fired, it.id] for it in change.deletes if isinstance(it, Fault)]
    return commands


def _chunks(items: Sequence[Any]) -> list[list[Any]]:
    left = iter(items)
    return list(iter(lambda: list(islice(left, _ARGUMENTS)), []))


def _dues(world: WorldKeys, change: Change) -> list[tuple[Any, ...]]:
    clock, manual = keys.clock(world.account_id), keys.manual_due(world.account_id)

    def row(kind: str, id_: str, instant: int | None, how: str) -> tuple[Any, ...]:
        name = due.member(world.account_id, world.region, kind, id_)
        return clock, manual, name, "" if instant is None else instant, how

    timed = [it for it in change.puts if isinstance(it, Timed) and (it.due is not None or it.generation)]
    rows = [row(codec.KINDS[type(it)], it.id, it.due, "set") for it in timed]
    rows += [row(codec.KINDS[type(it)], it.id, None, "set") for it in change.deletes]
    return rows + [row(it.kind, it.id, it.at, "wake") for it in change.wakes]
