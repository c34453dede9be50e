"""An account's whole world as one value, to be kept, handed on and brought back, on either back end.

Everything is in the terms of the model, so a world kept by one back end comes back on the other. Generations are not in
it: they belong to the server, and what comes back gets new ones. Wishes to move the clock are not in it either.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.structs import replace

from beanpole.clock import real_now
from beanpole.model.application import Application, ApplicationVersion
from beanpole.model.change import (
    Change,
    Claim,
    Entity,
    FleetChange,
    PlanChange,
    Wake,
    cname_claim,
    environment_name_claim,
)
from beanpole.model.clock import LATEST, Clock
from beanpole.model.custom_platform import CustomPlatform
from beanpole.model.environment import Environment
from beanpole.model.environment_info import EnvironmentInfo
from beanpole.model.event import Event
from beanpole.model.faults import Fault
from beanpole.model.instance import Instance
from beanpole.model.managed_action import ManagedActionRecord
from beanpole.model.template import ConfigurationTemplate
from beanpole.store import due, keys
from beanpole.store.commit import Conflict, commit_all
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole.store.world import World

E = TypeVar("E", bound=Entity)

WAKEFUL = {"application", "environment", "platform", "version"}  # the kinds that can be due
INSTANTS = (  # the members of entities that are milliseconds
    "date_created",
    "date_updated",
    "due",
    "executed_at",
    "finished_at",
    "sampled_at",
    "settings_updated",
    "terminated_at",
    "until",
)

_READS = 50  # attempts to read a world that changes meanwhile
_EVENTS = 1000  # of one commit


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """One region of an account; lists as the store lists them, events oldest first, `wakes` all that is due."""

    applications: tuple[Application, ...] = ()
    versions: tuple[ApplicationVersion, ...] = ()
    templates: tuple[ConfigurationTemplate, ...] = ()
    platforms: tuple[CustomPlatform, ...] = ()
    environments: tuple[Environment, ...] = ()
    infos: tuple[EnvironmentInfo, ...] = ()
    faults: tuple[Fault, ...] = ()
    managed_actions: tuple[ManagedActionRecord, ...] = ()
    fleets: dict[str, tuple[Instance, ...]] = {}
    plans: dict[str, tuple[Raw, ...]] = {}
    claims: dict[str, str] = {}
    events: tuple[Event, ...] = ()
    wakes: tuple[Wake, ...] = ()

    @property
    def beside_environments(self) -> tuple[Entity, ...]:
        """Every entity that has neither a fleet nor a plan."""
        return (
            *self.applications,
            *self.versions,
            *self.templates,
            *self.platforms,
            *self.infos,
            *self.faults,
            *self.managed_actions,
        )


class Snapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole account; `draws` is how many streams of ids were drawn, so that the next one is the same too."""

    format: Literal[1]
    account_id: str
    clock: Clock
    draws: int
    regions: dict[Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}\\Z")], Region]


class Unusable(Exception):
    """A document that is no world, and why."""


def encode(snapshot: Snapshot) -> bytes:
    """As JSON."""
    return msgspec.json.encode(snapshot)


def decode(blob: bytes, account_id: str) -> Snapshot:
    """A world of that account from JSON; raises Unusable with the place and the reason."""
    try:
        snapshot = msgspec.json.decode(blob, type=Snapshot)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(str(error)) from None
    if snapshot.account_id != account_id:
        raise Unusable(f"it is the world of account {snapshot.account_id}, not of {account_id}")
    if any(not 0 <= it <= LATEST for it in _instants(snapshot)):
        raise Unusable("an instant lies before 1970 or after 2999")
    for name, region in snapshot.regions.items():
        _must_fit_together(account_id, name, region)
    return snapshot


def regions(store: Store, account_id: str) -> tuple[str, ...]:
    """The regions in which an account ever had anything."""
    prefix = keys.account(account_id)
    found = set()
    for key in store.redis.scan_iter(match=f"{prefix}*", count=1000):
        region, _, rest = key.decode().removeprefix(prefix).partition(":")
        if rest in ("versions", "events"):
            found.add(region)
    return tuple(sorted(found))


def take(store: Store, account_id: str) -> Snapshot:
    """The account as it is at one moment; raises Conflict if it never holds still."""
    for _ in range(_READS):
        names = regions(store, account_id)
        worlds = [store.world(account_id, name) for name in names]
        before = [_versions(world) for world in worlds]
        clock = store.clocks.get(account_id)
        taken = {name: _take_region(world, clock) for name, world in zip(names, worlds, strict=True)}
        draws = int(store.redis.hget(keys.clock(account_id), "draws") or 0)
        if before == [_versions(world) for world in worlds] and clock == store.clocks.get(account_id):
            return Snapshot(1, account_id, clock, draws, taken)
    raise Conflict


def restore(store: Store, snapshot: Snapshot) -> None:
    """Put this world in the place of whatever the account had; raises Conflict if somebody builds there meanwhile.

    The log comes back before anything that could add to it, and a region's entities in one commit. A wall clock is set
    ahead where the log is ahead of real time, so that no event ever lies in the future.
    """
    account_id = snapshot.account_id
    store.reset(account_id)
    _restore_clock(store, snapshot)
    for name, region in snapshot.regions.items():
        world = store.world(account_id, name)
        for start in range(0, len(region.events), _EVENTS):
            world.commit(Change(events=region.events[start : start + _EVENTS]))
        if not all(commit_all(store, [(world, change) for change in _changes(region)])):
            raise Conflict


def _take_region(world: World, clock: Clock) -> Region:
    environments = world.environments()
    fleets = {it.id: tuple(world.fleet(it.id).values()) for it in environments}
    plans = {it.id: tuple(map(Raw, world.plan(it.id))) for it in environments}
    claims = world.store.redis.hgetall(world.keys.claims)
    return Region(
        applications=_all(world, Application),
        versions=_all(world, ApplicationVersion),
        templates=_all(world, ConfigurationTemplate),
        platforms=_all(world, CustomPlatform),
        environments=_all(world, Environment),
        infos=_all(world, EnvironmentInfo),
        faults=_all(world, Fault),
        managed_actions=_all(world, ManagedActionRecord),
        fleets={id_: fleet for id_, fleet in fleets.items() if fleet},
        plans={id_: plan for id_, plan in plans.items() if plan},
        claims={name.decode(): holder.decode() for name, holder in sorted(claims.items())},
        events=tuple(reversed(list(_events(world)))),
        wakes=tuple(sorted(_wakes(world, clock), key=lambda it: (it.at, it.kind, it.id))),
    )


def _all(world: World, kind: type[E]) -> tuple[E, ...]:
    return tuple(replace(it, generation=0) for it in world.all(kind))


def _events(world: World) -> Iterator[Event]:
    token: str | None = None
    while True:
        page, token = world.events(EventFilter(next_token=token))
        yield from page
        if token is None:
            return


def _wakes(world: World, clock: Clock) -> Iterator[Wake]:
    """What is due, on the account's clock; what a worker has in hand is due now, for it may never finish."""
    redis, manual = world.store.redis, keys.manual_due(world.account_id)
    sources = [(keys.DUE, clock.offset), (keys.LEASED, None)] if clock.mode == "wall" else [(manual, 0)]
    for key, offset in sources:
        for name, score in redis.zrange(key, 0, -1, withscores=True):
            account_id, region, kind, id_ = due.parts(name.decode())
            if (account_id, region) == (world.account_id, world.region):
                yield Wake(kind, id_, clock.now(real_now()) if offset is None else int(score) + offset)


def _versions(world: World) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = world.store.redis.hgetall(world.keys.versions)
    return found


def _restore_clock(store: Store, snapshot: Snapshot) -> None:
    """Written past `Clocks.set`, which refuses to go back: here the whole world goes back with it."""
    clock = snapshot.clock
    if clock.mode == "wall":
        latest = max((it.at for region in snapshot.regions.values() for it in region.events), default=0)
        clock = replace(clock, offset=max(0, clock.offset, latest - real_now()))
    fields = {"clock": msgspec.json.encode(clock), "mode": clock.mode, "offset": clock.offset, "draws": snapshot.draws}
    store.redis.sadd(keys.ACCOUNTS, snapshot.account_id)
    store.redis.hset(keys.clock(snapshot.account_id), mapping=fields)


def _changes(region: Region) -> Iterator[Change]:
    claims = tuple(Claim(name, None, holder) for name, holder in region.claims.items())
    yield Change(puts=tuple(replace(it, generation=0) for it in region.beside_environments), claims=claims)
    for environment in region.environments:
        id_ = environment.id
        yield Change(
            puts=(replace(environment, generation=0),),
            fleet=FleetChange(id_, region.fleets.get(id_, ())),
            plan=PlanChange(id_, tuple(map(bytes, region.plans.get(id_, ())))),
        )
    yield Change(wakes=region.wakes)


def _instants(snapshot: Snapshot) -> Iterator[int]:
    yield from (snapshot.clock.reading, snapshot.clock.offset, snapshot.draws)
    for region in snapshot.regions.values():
        for entity in (*region.beside_environments, *region.environments):
            yield from (getattr(entity, name, None) or 0 for name in INSTANTS)
        for environment in region.environments:
            yield environment.due or 0
            yield from (it.due for it in environment.errands)
            if (run := environment.managed_run) is not None:
                yield from (run.executed_at, run.window_start, run.until or 0)
            if environment.activity is not None:
                yield from (environment.activity.started, environment.activity.began)
        fleets = (*region.fleets.values(), *(it.instances for it in region.infos))
        for instance in (it for fleet in fleets for it in fleet):
            yield from (instance.launched_at, instance.deployed_at or 0, instance.began_at or 0)
            yield from (it.at for it in instance.history)
        yield from (it.at for it in region.events)
        yield from (it.at for it in region.wakes)


def _must_fit_together(account_id: str, name: str, region: Region) -> None:
    places = {(it.account_id, it.region) for it in region.environments}
    if not places <= {(account_id, name)}:
        raise Unusable(f"an environment in {name} says that it is elsewhere")
    known = {it.id for it in region.environments}
    woken = {it.id for it in region.wakes if it.kind == "environment"}
    strays = (region.fleets.keys() | region.plans.keys() | woken) - known
    if strays:
        raise Unusable(f"{name} has no environment {min(strays)}, to which a fleet, a plan or a due instant belongs")
    if stranger := {it.kind for it in region.wakes} - WAKEFUL:
        raise Unusable(f"a {min(stranger)} is due in {name}, which is nothing that anything happens to by itself")
    if lost := {it.id for it in region.versions if it.is_busy != (it.due is not None)}:
        raise Unusable(f"version {min(lost)} must be due if, and only if, it is built or processed")
    _names_must_have_holders(name, region)
    _plans_must_be_whole(region)


def _names_must_have_holders(name: str, region: Region) -> None:
    """Each live environment holds its name and its CNAME, and nobody holds anything else."""
    held = {}
    for it in (it for it in region.environments if it.live):
        for claim in (environment_name_claim(it.environment_name), *([cname_claim(it.cname)] if it.cname else [])):
            if region.claims.get(claim) != it.id:
                raise Unusable(f"environment {it.id} is live, but does not hold the claim {claim}")
            held[claim] = it.id
    if spare := region.claims.keys() - held.keys():
        raise Unusable(
            f"no live environment in {name} has the claim {min(spare)}, which {region.claims[min(spare)]} holds"
        )


def _plans_must_be_whole(region: Region) -> None:
    """Whoever plays a plan finds the step at which the environment stands, and every step after it."""
    for it in region.environments:
        if it.activity is None or it.activity.steps == 0:
            continue
        step, steps, planned = it.activity.step, it.activity.steps, len(region.plans.get(it.id, ()))
        if steps != planned:
            raise Unusable(f"environment {it.id} has a plan of {planned} steps, but its activity counts {steps}")
        if not 0 <= step < steps:
            raise Unusable(f"environment {it.id} stands at step {step} of a plan of {steps}, counted from 0")
