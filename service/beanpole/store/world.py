"""A world: one account in one region, with all entities that an operation may read and write."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from beanpole.catalog import catalog
from beanpole.model.applications.application import Application, ApplicationVersion, version_id, version_sort_key
from beanpole.model.applications.template import ConfigurationTemplate, template_id
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.change import Change, Entity, environment_name_claim
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo, info_id
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Sighting
from beanpole.model.environment.listing import sort_key
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.model.names.ids import Ids
from beanpole.model.time.clock import Clock
from beanpole.store import codec, event_log
from beanpole.store.backend import Backend
from beanpole.store.bundle_cache import BundleCache
from beanpole.store.clocks import Clocks
from beanpole.store.commit import Conflict, commit_all
from beanpole.store.connection import together
from beanpole.store.event_log import EventFilter
from beanpole.store.fleet_cache import ReadFleetCache
from beanpole.store.instance_files import InstanceFiles
from beanpole.store.keys import WorldKeys
from beanpole.store.keys import clock as clock_key
from beanpole.store.mirror import Mirror

E = TypeVar("E", bound=Entity)

_DAY = 86_400_000  # milliseconds

# The sort key by which each kind is listed.
ORDERS: Mapping[type[Entity], Callable[[Any], Any]] = {
    Application: lambda application: (-application.date_created, application.application_name),
    ApplicationVersion: version_sort_key,
    ConfigurationTemplate: lambda template: template.id,
    CustomPlatform: lambda platform: (-platform.date_created, platform.id),
    Environment: sort_key,
    EnvironmentInfo: lambda sample: sample.id,
    Fault: lambda fault: fault.number,
    ManagedActionRecord: lambda record: (-record.finished_at, record.id),
}
NAMES: Mapping[type[Entity], Callable[[Any], str]] = {Environment: lambda environment: environment.environment_name}


class World:
    """Entities to read by kind or by name, and one method that writes."""

    def __init__(
        self,
        backend: Backend,
        clocks: Clocks,
        account_id: str,
        region: str,
        bundles: BundleCache | None = None,
        fleets: ReadFleetCache | None = None,
    ) -> None:
        self._backend = backend
        self._clocks = clocks
        self.account_id = account_id
        self.region = region
        self.keys = WorldKeys(account_id, region)
        self.files = InstanceFiles(backend, self.keys)
        self._last_trim = 0  # the day on which old events were last removed
        self._bundles = BundleCache() if bundles is None else bundles
        self._fleets = ReadFleetCache() if fleets is None else fleets
        self._mirrors: dict[Any, Mirror[Any]] = {
            kind: Mirror(backend.redis, self.keys, codec.KINDS[kind], order, NAMES.get(kind))
            for kind, order in ORDERS.items()
        }

    def mirror(self, kind: type[E]) -> Mirror[E]:
        """This process's copy of a kind, for reads of many worlds in one round trip."""
        return self._mirrors[kind]

    def all(self, kind: type[E]) -> tuple[E, ...]:
        """Every entity of a kind, in the order of its listing."""
        return self._mirrors[kind].all()

    def count(self, kind: type[Entity]) -> int:
        """The number of entities of a kind, without reading them."""
        return int(self._backend.redis.hlen(self.keys.entities(codec.KINDS[kind])))

    def find(self, kind: type[E], id_: str) -> E | None:
        """One entity of a kind that seldom changes; the copy of the whole kind is brought up to date."""
        return self._mirrors[kind].settled(id_)

    def applications(self) -> tuple[Application, ...]:
        """Every application, newest first."""
        return self.all(Application)

    def application(self, name: str) -> Application | None:
        """The application of that name."""
        return self.find(Application, name)

    def application_versions(self) -> tuple[ApplicationVersion, ...]:
        """Every version of every application, newest first."""
        return self.all(ApplicationVersion)

    def application_version(self, application_name: str, version_label: str) -> ApplicationVersion | None:
        """The version of that label."""
        return self.find(ApplicationVersion, version_id(application_name, version_label))

    def bundle(self, digest: str) -> Bundle | None:
        """The source bundle of that digest, as long as a version or an instance may use it."""
        cached = self._bundles.get(digest)
        if cached is not None:
            return cached
        blob = self._backend.redis.hget(self.keys.bundles, digest)
        if blob is None:
            return None
        bundle = codec.decode_bundle(blob)
        self._bundles.keep(bundle)
        return bundle

    def bundle_digests(self) -> frozenset[str]:
        """The digests of all stored source bundles."""
        return frozenset(digest.decode() for digest in self._backend.redis.hkeys(self.keys.bundles))

    def templates(self) -> tuple[ConfigurationTemplate, ...]:
        """Every saved configuration of every application, by name."""
        return self.all(ConfigurationTemplate)

    def template(self, application_name: str, template_name: str) -> ConfigurationTemplate | None:
        """The saved configuration of that name."""
        return self.find(ConfigurationTemplate, template_id(application_name, template_name))

    def inside(self, application_name: str) -> list[ApplicationVersion | ConfigurationTemplate]:
        """The versions and the saved configurations of an application."""
        versions, templates = self.application_versions(), self.templates()
        inside = [version for version in versions if version.application_name == application_name]
        return [*inside, *(template for template in templates if template.application_name == application_name)]

    def custom_platforms(self) -> tuple[CustomPlatform, ...]:
        """Every version of every custom platform, newest first."""
        return self.all(CustomPlatform)

    def custom_platform(self, arn: str) -> CustomPlatform | None:
        """The version of a custom platform that has that ARN."""
        return self.find(CustomPlatform, arn)

    def managed_action_records(self, environment_id: str) -> tuple[ManagedActionRecord, ...]:
        """The managed actions of an environment that have ended, the last one first."""
        records = self.all(ManagedActionRecord)
        return tuple(record for record in records if record.environment_id == environment_id)

    def environment_info(self, environment_id: str, info_type: str) -> EnvironmentInfo | None:
        """The latest log sample of a type of an environment."""
        return self.find(EnvironmentInfo, info_id(environment_id, info_type))

    def environments(self) -> tuple[Environment, ...]:
        """Every environment: live ones first, then newest first."""
        return self.all(Environment)

    def environments_called(self, names: Collection[str]) -> list[Environment]:
        """The environments of some names, in that order; a terminated one keeps its name."""
        return self._mirrors[Environment].named(names)

    def environment(self, environment_id: str) -> Environment | None:
        """The environment of that id, terminated or not."""
        return self._mirrors[Environment].get(environment_id)

    def environments_of(self, ids: Sequence[str]) -> list[Environment | None]:
        """Environments by their ids, read at one moment; None for an id that does not exist."""
        return self._mirrors[Environment].several(tuple(ids))

    def environment_named(self, name: str) -> Environment | None:
        """The live environment of that name."""
        holder = self.holder(environment_name_claim(name))
        return self.environment(holder) if holder else None

    def faults(self) -> tuple[Fault, ...]:
        """The armed faults, in the order of arming."""
        return self.all(Fault)

    def fired(self) -> dict[str, int]:
        """The number of hits of each fault without a limit, by its id."""
        counts = self._backend.redis.hgetall(self.keys.fired)
        return {id_.decode(): int(count) for id_, count in counts.items()}

    def fault(self, fault_id: str) -> Fault | None:
        """The armed fault of that id."""
        return self.find(Fault, fault_id)

    def version(self, kind: str) -> str:
        """The version of a kind's listing; read before the listing, it guards a change that follows from it."""
        version = self._backend.redis.hget(self.keys.versions, kind)
        return "" if version is None else version.decode()

    def versions(self) -> dict[str, str]:
        """The version of each kind's listing, which changes whenever an entity of the kind does."""
        return self._strings(self.keys.versions)

    def claims(self) -> dict[str, str]:
        """The holder of each unique name."""
        return self._strings(self.keys.claims)

    def holders(self, claims: Sequence[str]) -> list[str | None]:
        """The holder of each unique name, or None."""
        holders = self._backend.redis.hmget(self.keys.claims, list(claims))
        return [None if holder is None else holder.decode() for holder in holders]

    def holder(self, claim: str) -> str | None:
        """The holder of a unique name, or None."""
        holder = self._backend.redis.hget(self.keys.claims, claim)
        return None if holder is None else holder.decode()

    def fleet(self, environment_id: str) -> dict[str, Instance]:
        """An environment's instances by id, in the order of their launch."""
        return codec.decode_fleet(self._backend.redis.hvals(self.keys.fleet(environment_id)))

    def live_environments(self) -> list[tuple[Environment, tuple[Instance, ...]]]:
        """The environments that are not terminated, each with its instances, at one moment.

        Raises Conflict if an environment has changed since the listing was read.
        """
        from beanpole.store import live_fleets  # other services alone describe instances

        live = [environment for environment in self.environments() if environment.live]
        return live_fleets.read(self._backend.redis, self.keys, self._fleets, live)

    def sightings(self, environment_id: str) -> tuple[Sighting, ...]:
        """The sightings of an environment's instances, the oldest first."""
        return tuple(map(codec.decode_sighting, self._backend.redis.lrange(self.keys.sightings(environment_id), 0, -1)))

    def plan(self, environment_id: str) -> tuple[bytes, ...]:
        """All steps of an environment's latest plan."""
        steps = self._backend.redis.hgetall(self.keys.plan(environment_id))
        return tuple(steps[index] for index in sorted(steps, key=int))

    def plan_steps(self, environment_id: str, first: int, count: int) -> tuple[bytes, ...]:
        """At most `count` steps of the plan, from index `first` on."""
        indexes = [str(index) for index in range(first, first + count)]
        steps = self._backend.redis.hmget(self.keys.plan(environment_id), indexes)
        return tuple(step for step in steps if step is not None)

    def events(self, event_filter: EventFilter) -> tuple[tuple[Event, ...], str | None]:
        """The newest events that pass a filter, and the token of the page after them."""
        return event_log.read(self._backend.redis, self.keys, event_filter)

    def past(self, committed: Change) -> int | None:
        """The end of what is to be forgotten, if a change is the first of a day of the world's clock."""
        day = committed.events[-1].at // _DAY if committed.events else 0
        if day <= self._last_trim:
            return None
        self._last_trim = day
        return day * _DAY - catalog.load().quotas.event_retention

    def forget(self, before: int) -> None:
        """Remove events and managed actions that are older than an instant."""
        event_log.forget(self._backend, self.keys, before)
        past = tuple(record for record in self.all(ManagedActionRecord) if record.finished_at < before)
        if past:  # if another process removes them at the same time, there is nothing left to do
            commit_all(self._backend, [(self.keys, Change(deletes=past))])

    def answer_to(self, call: str) -> bytes | None:
        """The answer to a recent call of that name that changed something here; None without such a call."""
        answer: bytes | None = self._backend.redis.get(self.keys.answer(call))
        return answer

    def clock(self) -> Clock:
        """The clock of the world's account, as it is now."""
        return self._clocks.get(self.account_id)

    def standing(self) -> tuple[Clock, dict[str, bytes | None]]:
        """The clock as it is now, and the versions of all listings by their kinds, in one round trip."""
        kinds = list(codec.KINDS.values())
        read_clock = "HGET", clock_key(self.account_id), "clock"
        clock, versions = together(self._backend.redis, read_clock, ("HMGET", self.keys.versions, *kinds))
        return self._clocks.decoded(self.account_id, clock), dict(zip(kinds, versions, strict=True))

    def ids(self, seed: int) -> Ids:
        """A fresh stream of ids, for one call that changes something; the seed is the clock's."""
        return self._clocks.draw(self.account_id, self.region, seed)

    def _strings(self, key: str) -> dict[str, str]:
        return {field.decode(): value.decode() for field, value in self._backend.redis.hgetall(key).items()}

    def commit(self, change: Change) -> None:
        """Write all of a change or none of it; raises Conflict if an entity that it depends on has changed since."""
        if not commit_all(self._backend, [(self.keys, change)])[0]:
            raise Conflict
        before = self.past(change)
        if before is not None:
            self.forget(before)
