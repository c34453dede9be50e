"""One account in one region: what an operation may see and change."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from beanpole import catalog
from beanpole.model.applications.application import Application, ApplicationVersion, version_id, version_place
from beanpole.model.applications.template import ConfigurationTemplate, template_id
from beanpole.model.changes.change import Change, Entity, environment_name_claim
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo, info_id
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.listing import place
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.model.health.counted_fleet import CountedFleet
from beanpole.model.names.ids import Ids
from beanpole.store import codec, event_log
from beanpole.store.commit import Conflict, commit_all
from beanpole.store.event_log import EventFilter
from beanpole.store.keys import WorldKeys
from beanpole.store.mirror import Mirror

if TYPE_CHECKING:
    from beanpole.store.store import Store

E = TypeVar("E", bound=Entity)

_DAY = 86_400_000  # milliseconds

# The order in which each kind is listed.
ORDERS: Mapping[type[Entity], Callable[[Any], Any]] = {
    Application: lambda it: (-it.date_created, it.application_name),
    ApplicationVersion: version_place,
    ConfigurationTemplate: lambda it: it.id,
    CustomPlatform: lambda it: (-it.date_created, it.id),
    Environment: place,
    EnvironmentInfo: lambda it: it.id,
    Fault: lambda it: it.number,
    ManagedActionRecord: lambda it: (-it.finished_at, it.id),
}


class World:
    """Entities to read by kind or by name, and one method that writes."""

    def __init__(self, store: "Store", account_id: str, region: str) -> None:
        self.store = store
        self.account_id = account_id
        self.region = region
        self.keys = WorldKeys(account_id, region)
        self._forgot = 0
        self._mirrors: dict[Any, Mirror[Any]] = {
            kind: Mirror(store.redis, self.keys, codec.KINDS[kind], order) for kind, order in ORDERS.items()
        }

    def all(self, kind: type[E]) -> tuple[E, ...]:
        """Every entity of a kind, in the order of its listing."""
        return self._mirrors[kind].all()

    def count(self, kind: type[Entity]) -> int:
        """How many entities of a kind there are, without reading them."""
        return int(self.store.redis.hlen(self.keys.entities(codec.KINDS[kind])))

    def find(self, kind: type[E], id_: str) -> E | None:
        """One entity of a kind that seldom changes."""
        found: E | None = self._mirrors[kind].settled(id_)
        return found

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

    def templates(self) -> tuple[ConfigurationTemplate, ...]:
        """Every saved configuration of every application, by name."""
        return self.all(ConfigurationTemplate)

    def template(self, application_name: str, template_name: str) -> ConfigurationTemplate | None:
        """The saved configuration of that name."""
        return self.find(ConfigurationTemplate, template_id(application_name, template_name))

    def inside(self, application_name: str) -> list[ApplicationVersion | ConfigurationTemplate]:
        """What goes with an application."""
        versions = [it for it in self.application_versions() if it.application_name == application_name]
        return [*versions, *(it for it in self.templates() if it.application_name == application_name)]

    def custom_platforms(self) -> tuple[CustomPlatform, ...]:
        """Every version of every custom platform, newest first."""
        return self.all(CustomPlatform)

    def custom_platform(self, arn: str) -> CustomPlatform | None:
        """The version of a custom platform that has that ARN."""
        return self.find(CustomPlatform, arn)

    def managed_action_records(self, environment_id: str) -> tuple[ManagedActionRecord, ...]:
        """The managed actions of an environment that have ended, the last one first."""
        return tuple(it for it in self.all(ManagedActionRecord) if it.environment_id == environment_id)

    def environment_info(self, environment_id: str, info_type: str) -> EnvironmentInfo | None:
        """The latest logs of a type that were asked of an environment."""
        return self.find(EnvironmentInfo, info_id(environment_id, info_type))

    def environments(self) -> tuple[Environment, ...]:
        """Every environment: live ones first, then newest first."""
        return self.all(Environment)

    def environment(self, environment_id: str) -> Environment | None:
        """The environment of that id, terminated or not."""
        found: Environment | None = self._mirrors[Environment].get(environment_id)
        return found

    def environments_of(self, ids: Sequence[str]) -> list[Environment | None]:
        """Some environments, read at one moment."""
        return self._mirrors[Environment].several(tuple(ids))

    def environment_named(self, name: str) -> Environment | None:
        """The live environment of that name."""
        holder = self.holder(environment_name_claim(name))
        return self.environment(holder) if holder else None

    def faults(self) -> tuple[Fault, ...]:
        """The failures that are armed, in the order they were."""
        return self.all(Fault)

    def fired(self) -> dict[str, int]:
        """How often each fault struck of which it need not be known before it strikes again."""
        found = self.store.redis.hgetall(self.keys.fired)
        return {id_.decode(): int(count) for id_, count in found.items()}

    def fault(self, fault_id: str) -> Fault | None:
        """The failure of that id."""
        return self.find(Fault, fault_id)

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

    def forget_events(self, now: int) -> None:
        """Let go of the events that nobody is told of any more; once a day of the world's clock is often enough."""
        day = now // _DAY
        if day > self._forgot:
            self._forgot = day
            before = day * _DAY - catalog.load().quotas.event_retention
            event_log.forget(self.store.redis, self.store.trim_script, self.keys, before)

    def ids(self, seed: int) -> Ids:
        """A fresh stream of ids, for one call that changes something; the seed is the clock's."""
        return self.store.clocks.draw(self.account_id, self.region, seed)

    def in_place_of_older(self, change: Change) -> Change:
        """The change, whose samples of logs take the place of those before; who took them cannot know of any."""
        if not any(isinstance(it, EnvironmentInfo) for it in change.puts):
            return change

        def placed(entity: Entity) -> Entity:
            older = self.find(EnvironmentInfo, entity.id) if isinstance(entity, EnvironmentInfo) else None
            return entity if older is None else replace(entity, generation=older.generation)

        return replace(change, puts=tuple(map(placed, change.puts)))

    def commit(self, change: Change) -> None:
        """Write all of a change or none of it; raises Conflict if what it was made from is no longer so."""
        if not commit_all(self.store, [(self, change)])[0]:
            raise Conflict


def read_ahead(
    store: "Store", environments: Sequence[tuple[World, Environment]], count: int
) -> list[tuple[CountedFleet, tuple[bytes, ...]]]:
    """The fleets of some environments, unless they are known, and the next steps of their plans, in one round trip."""
    pipeline, fleet_cache = (
        store.redis.pipeline(transaction=False),
        [store.fleet_cache.take(it) for _, it in environments],
    )
    for (world, it), counted in zip(environments, fleet_cache, strict=True):
        first = it.activity.step if it.activity else 0
        pipeline.hmget(world.keys.plan(it.id), [str(index) for index in range(first, first + count)])
        if counted is None:
            pipeline.hvals(world.keys.fleet(it.id))
    read = iter(pipeline.execute())
    ahead = []
    for counted in fleet_cache:
        steps = tuple(it for it in next(read) if it is not None)
        ahead.append((CountedFleet(_by_id(next(read))) if counted is None else counted, steps))
    return ahead


def _by_id(blobs: Sequence[bytes]) -> dict[str, Instance]:
    instances = map(codec.decode_instance, blobs)
    return {it.id: it for it in sorted(instances, key=lambda it: (it.launched_at, it.id))}
