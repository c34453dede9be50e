"""Between the store and the interpreter: load, advance, commit.

`step` serves accounts on a wall clock: a batch of members that are due, in one commit. `advance` moves a manual clock:
whatever is due before its target, one member after the other, each at its own instant.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache, partial
from os import getpid
from socket import gethostname
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from redis.exceptions import RedisError

from beanpole.catalog import Catalog
from beanpole.clock import real_now
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.changes.change import Change, Timed
from beanpole.model.changes.links import link
from beanpole.model.clock import Clock, Target
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.events import messages
from beanpole.model.events.event import told
from beanpole.model.health.counted_fleet import CountedFleet
from beanpole.model.plan.plan import Scheduled, decode
from beanpole.model.plan.rules import Rules, Timings
from beanpole.store.commit import Conflict
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole_workers.engine import platform_builds, version_processing
from beanpole_workers.engine.advance import advance as advance_environment
from beanpole_workers.play import retries
from beanpole_workers.play.planner import planner

LEASE = 2000  # milliseconds until somebody else may take what a worker does not finish
RENEWED = 1000  # milliseconds after which a long piece of work renews its lease
ATTEMPTS = 20  # at a change that somebody else was faster with
CHUNK = 8  # steps of a plan read at once

DRAINER = f"{gethostname()}-{getpid()}"  # one thread of a process works, so it is one drainer

Playable = Application | ApplicationVersion | CustomPlatform

log = logging.getLogger(__name__)


class _Steps:
    """A stored plan, read a chunk at a time from where it stands; the chunk that is read already comes along."""

    def __init__(self, world: World, environment: Environment, blobs: Sequence[bytes]) -> None:
        self._world = world
        self._environment_id = environment.id
        first = environment.activity.step if environment.activity else 0
        self._known: dict[int, Scheduled] = dict(enumerate(map(decode, blobs), first))

    def __getitem__(self, index: int) -> Scheduled:
        if index not in self._known:
            blobs = self._world.plan_steps(self._environment_id, index, CHUNK)
            if not blobs:
                raise IndexError(f"the plan of {self._environment_id} has no step {index}")
            self._known.update(enumerate(map(decode, blobs), index))
        return self._known[index]


class _Aggregate(NamedTuple):
    """An environment with what belongs to it."""

    environment: Environment
    fleet: CountedFleet
    steps: _Steps


def step(store: Store, catalog: Catalog, members: Sequence[str]) -> None:
    """Play all that is due of these members; one that fails is set back, and stops no other."""
    clocks = [member for member in members if parts(member)[2] == "clock"]
    waiting = [member for member in members if member not in clocks]
    for _ in range(ATTEMPTS):
        waiting = retries.play_separately(store, partial(_step_once, store, catalog), waiting)
        if not waiting:
            break
    for member in clocks:
        _drain(store, catalog, member)


def advance(store: Store, catalog: Catalog, account_id: str, target: Target, member: str | None = None) -> None:
    """Move a manual clock to its target, or until an environment has a status; `member` is a lease to keep.

    Members due at one instant are played in the order of their names, so every back end tells the same story. It ends
    before its time if the wish is withdrawn, and with Conflict if a member can never be committed.
    """
    target = target.from_reading(store.clocks.get(account_id).reading)
    renewed, conflicts = real_now(), 0
    while not _reached(store, account_id, target):
        clock = store.clocks.get(account_id)
        if clock.mode != "manual" or (member is not None and not store.clocks.wished(account_id, target)):
            break
        found = store.due.next_manual(account_id, target.to)
        if found is None:
            store.clocks.move(account_id, target.to)
            break
        due, at = found
        store.clocks.move(account_id, at)
        play = partial(_play_at, store, catalog, due, at, clock.reading)
        conflicts = (
            0 if (play() if member is None else retries.play_or_reschedule(store, due, at, play)) else conflicts + 1
        )
        if conflicts == ATTEMPTS:
            raise Conflict(f"{due} cannot be committed")
        if member is not None and real_now() - renewed >= RENEWED:
            renewed = real_now()
            store.due.renew([member], renewed, LEASE)
            store.clocks.keep_draining(account_id, DRAINER, LEASE)
    store.clocks.finish(account_id, target)


def _drain(store: Store, catalog: Catalog, member: str) -> None:
    """Fulfil an account's wishes, unless another worker does; one that fails is given up, and the next has its turn."""
    account_id = parts(member)[3]
    if not store.clocks.begin_draining(account_id, DRAINER, LEASE):
        return
    while (target := store.clocks.target(account_id)) is not None:
        try:
            advance(store, catalog, account_id, target, member)
        except RedisError:
            raise
        except Exception:
            log.exception("the clock of account %s could not be moved", account_id)
            store.clocks.finish(account_id, target, failed=True)
    store.due.release(member)
    store.clocks.end_draining(account_id, DRAINER)


def _play_at(store: Store, catalog: Catalog, member: str, at: int, reading: int) -> bool:
    """One member of a manual account, due at an instant; false if somebody else was faster."""
    account_id, region, kind, id_ = parts(member)
    world, clock = store.world(account_id, region), store.clocks.get(account_id)
    entity = _environments(store, [member]).get(member) if kind == "environment" else _entity(world, kind, id_)
    change = _change(world, entity, _rules(catalog, clock, world), max(at, reading))
    if change is None:
        later = _due(entity)
        if later is not None and later <= at:
            raise ValueError(f"{member} is due at {later}, but nothing happens to it")
        store.due.forget_manual(account_id, member, at, later)
        return True
    committed = store.commit_all([(world, change)])[0]
    _keep(store, entity, change, committed)
    return committed > 0


def _keep(store: Store, entity: _Aggregate | Playable | None, change: Change, generation: int) -> None:
    """The fleet goes on from what was committed; 0 if it was not."""
    if generation and isinstance(entity, _Aggregate):
        store.fleet_cache.keep(entity.environment, generation, entity.fleet.after(change.fleet))


def _reached(store: Store, account_id: str, target: Target) -> bool:
    if target.environment is None:
        return False
    world = store.world(account_id, target.region or "")
    named = (it for it in world.environments() if target.environment in (it.environment_name, it.environment_id))
    latest = max(named, key=lambda it: (it.live, it.date_created), default=None)
    return latest is not None and latest.status == target.status


def _step_once(store: Store, catalog: Catalog, members: Sequence[str]) -> list[str]:
    """Advance and commit members of wall clocks in one call; those that somebody else was faster with come back."""
    real = real_now()
    places = {parts(it)[:2] for it in members}
    clocks = {account_id: store.clocks.get(account_id) for account_id, _ in places}
    rules = {place: _rules(catalog, clocks[place[0]], store.world(*place)) for place in places}
    found = _environments(store, members)
    ready: list[tuple[str, World, Change]] = []
    for member in members:
        prepared = _prepare(store, member, rules[parts(member)[:2]], found.get(member), real)
        if prepared is not None:
            ready.append((member, *prepared))
    if not ready:
        return []
    done = store.commit_all([(world, change) for _, world, change in ready])
    for (member, _, change), committed in zip(ready, done, strict=True):
        _keep(store, found.get(member), change, committed)
    return [member for (member, _, _), committed in zip(ready, done, strict=True) if not committed]


def _environments(store: Store, members: Sequence[str]) -> dict[str, _Aggregate]:
    """The environments among members with what belongs to them: a read for each world, and one for all that follows."""
    worlds: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for member in members:
        account_id, region, kind, id_ = parts(member)
        if kind == "environment":
            worlds.setdefault((account_id, region), []).append((member, id_))
    there: list[tuple[str, World, Environment]] = []
    for place, wanted in worlds.items():
        world = store.world(*place)
        environments = world.environments_of([id_ for _, id_ in wanted])
        there += [(name, world, it) for (name, _), it in zip(wanted, environments, strict=True) if it is not None]
    ahead = store.read_ahead([(world, it) for _, world, it in there], CHUNK)
    return {
        name: _Aggregate(it, fleet, _Steps(world, it, blobs))
        for (name, world, it), (fleet, blobs) in zip(there, ahead, strict=True)
    }


def _prepare(
    store: Store, member: str, rules: Rules, found: _Aggregate | None, real: int
) -> tuple[World, Change] | None:
    """The change that a member is due; None, and its lease is over, if it is due none."""
    account_id, region, kind, id_ = parts(member)
    world, clock = store.world(account_id, region), rules.clock
    entity = found if kind == "environment" else _entity(world, kind, id_)
    change = _change(world, entity, rules, clock.now(real)) if clock.mode == "wall" else None
    if change is not None:
        return world, change
    later = _due(entity) if clock.mode == "wall" else None
    store.due.release(member, None if later is None else later - clock.offset)
    return None


def _due(entity: _Aggregate | Playable | None) -> int | None:
    """When something happens to it by itself."""
    timed = entity.environment if isinstance(entity, _Aggregate) else entity
    return timed.due if isinstance(timed, Timed) else None


def _entity(world: World, kind: str, id_: str) -> Playable | None:
    """What is due beside environments."""
    match kind:
        case "application":
            return world.application(id_)
        case "version":
            return world.find(ApplicationVersion, id_)
        case "platform":
            return world.custom_platform(id_)
        case _:
            raise ValueError(f"nothing ever happens to a {kind} by itself")


def _change(world: World, entity: _Aggregate | Playable | None, rules: Rules, horizon: int) -> Change | None:
    match entity:
        case _Aggregate(environment, fleet, steps):
            linked = _link(world, environment)
            change = linked or advance_environment(environment, fleet, steps, rules, planner(world), horizon)
            return None if change is None else world.in_place_of_older(change)
        case Application():
            return _delete(world, entity, horizon)
        case ApplicationVersion():
            return version_processing.advance(entity, rules, horizon)
        case CustomPlatform():
            return _build(world, entity, rules, horizon)
        case None:
            return None


def _link(world: World, environment: Environment) -> Change | None:
    """An environment that waits for others goes on when they are up."""
    if environment.activity is None or not environment.activity.waits_for:
        return None
    targets = world.environments_of(environment.activity.waits_for)
    return link(environment, [it for it in targets if it is not None])


def _delete(world: World, application: Application, at: int) -> Change | None:
    """An application that waits for its end goes with the last of its environments."""
    name, deletion = application.application_name, application.deletion
    if deletion is None or any(it.live and it.application_name == name for it in world.environments()):
        return None
    sentences = (messages.TERMINATIONS_DONE(), messages.APPLICATION_DELETED())
    return Change(
        deletes=(application, *world.inside(name)),
        events=tuple(told(it, at, deletion.request_id, application_name=name) for it in sentences),
    )


def _build(world: World, platform: CustomPlatform, rules: Rules, at: int) -> Change | None:
    """A platform is built by itself; one that is to be deleted stays if an environment has come to run on it."""
    if platform.status != "Deleting":
        return platform_builds.advance(platform, rules, False, at)
    unchanged = ("environment", world.version("environment"))
    in_use = any(platform.runs(it) for it in world.environments())
    change = platform_builds.advance(platform, rules, in_use, at)
    return None if change is None else replace(change, unchanged=(unchanged,))


def _rules(catalog: Catalog, clock: Clock, world: World) -> Rules:
    return Rules(clock, _timings(catalog), catalog.options, catalog.platforms, world.faults())


@lru_cache(maxsize=8)
def _timings(catalog: Catalog) -> Timings:
    return msgspec.convert(catalog.timings, Timings)
