"""Snapshots: the whole state of an account as one value, to be exported, and restored on either back end.

A snapshot has only values of the model, so a state exported from one back end can be restored on the other. Generations
are left out: they belong to the server, and restored entities get new ones. Targets of the clock are left out as well.
"""

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.change import Entity, Wake
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Sighting
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.model.time.clock import Clock
from beanpole.store import moment, replacement
from beanpole.store.commit import Conflict
from beanpole.store.moment import RegionMoment
from beanpole.store.store import Store

FORMAT: Literal[2] = 2  # of the document; raised when members get other names or meanings
_READS = 50  # attempts to read an account that keeps changing


RegionName = Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}\\Z")]


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """One region of an account, in the order of the store's listings; the oldest event first; `wakes` are the due
    instants.

    `files` are the disks and reports of each environment's instances, encoded, by their digests; `sightings` are those
    of its instances over time, the oldest first.
    """

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
    files: dict[str, dict[str, bytes]] = {}
    sightings: dict[str, tuple[Sighting, ...]] = {}
    claims: dict[str, str] = {}
    events: tuple[Event, ...] = ()
    bundles: tuple[Bundle, ...] = ()
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
    """A whole account; `draws` is the number of id streams that were drawn, so that the next one is the same, too."""

    format: Literal[2]
    account_id: str
    clock: Clock
    draws: int
    regions: dict[RegionName, Region]


def take(store: Store, account_id: str) -> Snapshot:
    """The account at one moment; raises Conflict if it keeps changing."""
    store.clocks.get(account_id)
    for _ in range(_READS):
        names = replacement.regions(store.redis, account_id)
        account = moment.read(store.redis, account_id, names, store.clocks.default)
        if account is not None and replacement.regions(store.redis, account_id) == names:
            regions = {name: _region(region) for name, region in account.regions.items()}
            return Snapshot(FORMAT, account_id, account.clock, account.draws, regions)
    raise Conflict


def _region(read: RegionMoment) -> Region:
    entities = read.entities
    return Region(
        applications=entities["application"],
        versions=entities["version"],
        templates=entities["template"],
        platforms=entities["platform"],
        environments=entities["environment"],
        infos=entities["info"],
        faults=moment.with_hits(entities["fault"], read.fired),
        managed_actions=entities["managed-action"],
        fleets=read.fleets,
        plans=read.plans,
        files=read.files,
        sightings=read.sightings,
        claims=read.claims,
        events=read.events,
        bundles=read.bundles,
        wakes=read.wakes,
    )
