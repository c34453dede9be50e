"""Snapshots: an account's whole world as one value, to be exported, and restored on either back end.

Everything is in the terms of the model, so a world exported from one back end can be restored on the other. Generations
are left out: they belong to the server, and restored entities get new ones. Targets of the clock are left out as well.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.structs import replace

from beanpole.clock import real_now
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.changes.change import Entity, Wake
from beanpole.model.clock import Clock
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.store import due, keys, replacement
from beanpole.store.commit import Conflict
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole.store.world import World

E = TypeVar("E", bound=Entity)

_READS = 50  # attempts to read a world that changes meanwhile


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
        """Every entity but the environments, which have a fleet and a plan."""
        return (
            *self.applications,
            *self.versions,
            *self.templates,
            *self.platforms,
            *self.infos,
            *self.faults,
            *self.managed_actions,
        )

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Every entity."""
        return (*self.beside_environments, *self.environments)


class Snapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole account; `draws` is how many streams of ids were drawn, so that the next one is the same too."""

    format: Literal[2]
    account_id: str
    clock: Clock
    draws: int
    regions: dict[Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}\\Z")], Region]


def encode(snapshot: Snapshot) -> bytes:
    """As JSON."""
    return msgspec.json.encode(snapshot)


def take(store: Store, account_id: str) -> Snapshot:
    """The account as it is at one moment; raises Conflict if it changes all the time."""
    for _ in range(_READS):
        names = replacement.regions(store.redis, account_id)
        worlds = [store.world(account_id, name) for name in names]
        before = [world.versions() for world in worlds]
        clock = store.clocks.get(account_id)
        taken = {name: _take_region(store, world, clock) for name, world in zip(names, worlds, strict=True)}
        draws = int(store.redis.hget(keys.clock(account_id), "draws") or 0)
        if before == [world.versions() for world in worlds] and clock == store.clocks.get(account_id):
            return Snapshot(2, account_id, clock, draws, taken)
    raise Conflict


def _take_region(store: Store, world: World, clock: Clock) -> Region:
    environments = world.environments()
    fleets = {each.id: tuple(world.fleet(each.id).values()) for each in environments}
    plans = {each.id: tuple(map(Raw, world.plan(each.id))) for each in environments}
    fired = world.fired()
    return Region(
        applications=_all(world, Application),
        versions=_all(world, ApplicationVersion),
        templates=_all(world, ConfigurationTemplate),
        platforms=_all(world, CustomPlatform),
        environments=_all(world, Environment),
        infos=_all(world, EnvironmentInfo),
        faults=tuple(replace(fault, fired=fault.fired + fired.get(fault.id, 0)) for fault in _all(world, Fault)),
        managed_actions=_all(world, ManagedActionRecord),
        fleets={id_: fleet for id_, fleet in fleets.items() if fleet},
        plans={id_: plan for id_, plan in plans.items() if plan},
        claims=dict(sorted(world.claims().items())),
        events=tuple(reversed(list(_events(world)))),
        wakes=tuple(sorted(_wakes(store, world, clock), key=lambda wake: (wake.at, wake.kind, wake.id))),
    )


def _all(world: World, kind: type[E]) -> tuple[E, ...]:
    return tuple(replace(entity, generation=0) for entity in world.all(kind))


def _events(world: World) -> Iterator[Event]:
    token: str | None = None
    while True:
        page, token = world.events(EventFilter(next_token=token))
        yield from page
        if token is None:
            return


def _wakes(store: Store, world: World, clock: Clock) -> Iterator[Wake]:
    """What is due, on the account's clock; a leased member is due now, for its worker may never finish."""
    manual = keys.manual_due(world.account_id)
    sources = [(keys.DUE, clock.offset), (keys.LEASED, None)] if clock.mode == "wall" else [(manual, 0)]
    for key, offset in sources:
        for name, score in store.redis.zrange(key, 0, -1, withscores=True):
            account_id, region, kind, id_ = due.parts(name.decode())
            if (account_id, region) == (world.account_id, world.region):
                yield Wake(kind, id_, clock.now(real_now()) if offset is None else int(score) + offset)
