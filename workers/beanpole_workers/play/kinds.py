"""The kinds of entities that change when they are due, each with a function that loads it and one that changes it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.changes import links
from beanpole.model.changes.application_deletion import completion
from beanpole.model.changes.change import Change, Timed
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.health.counted_fleet import CountedFleet
from beanpole.model.plan.rules import Rules
from beanpole.model.time.clock import Clock
from beanpole.store.conditions import Conditions
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole_workers.engine import advance, platform_builds, version_processing
from beanpole_workers.engine.advance import Stretch
from beanpole_workers.play.planner import CHUNK, StoredPlan, planner


class Loaded(NamedTuple):
    """An environment with its fleet and its plan."""

    environment: Environment
    fleet: CountedFleet
    plan: StoredPlan


Playable = Application | ApplicationVersion | CustomPlatform | Loaded


class Kind(NamedTuple):
    """A kind of entity: `change` makes the change that is due by an instant, and `find` finds one in its world.

    Environments are loaded together, so nothing finds one of them.
    """

    find: Callable[[World, str], Any] | None
    change: Callable[[World, Any, Rules, int, Stretch | None], Change | None]


def load(store: Store, member: str) -> Playable | None:
    """The entity of a member; None if it was deleted."""
    return load_all(store, [member], ())[0].get(member)


def load_all(
    store: Store, members: Sequence[str], worlds: Sequence[World]
) -> tuple[dict[str, Playable], Mapping[World, tuple[Clock, Conditions]]]:
    """The entities of members, deleted ones left out, and then the clocks and the conditions of worlds.

    One read is for all environments, and one for their fleets and plans, and for all worlds.
    """
    entities: dict[str, Playable] = {}
    ids: dict[World, dict[str, str]] = {}
    for member in members:
        account_id, region, kind, id_ = parts(member)
        world = store.world(account_id, region)
        find = _kind(kind).find
        if find is None:
            ids.setdefault(world, {})[member] = id_
        elif (entity := find(world, id_)) is not None:
            entities[member] = entity
    environments = _environments(store, ids)
    ahead, conditions = store.read_ahead([entry[1:] for entry in environments], CHUNK, worlds)
    for (member, world, environment), (fleet, steps) in zip(environments, ahead, strict=True):
        entities[member] = Loaded(environment, fleet, StoredPlan(world, environment, steps))
    return entities, conditions


def change(
    store: Store, member: str, entity: Playable | None, rules: Rules, horizon: int, stretch: Stretch | None = None
) -> Change | None:
    """The change of an entity by an instant; None if nothing is due, or if the entity no longer exists."""
    account_id, region, kind, _ = parts(member)
    if entity is None:
        return None
    return _kind(kind).change(store.world(account_id, region), entity, rules, horizon, stretch)


def due(entity: Playable | None) -> int | None:
    """The due instant of an entity; None if it has none."""
    timed = entity.environment if isinstance(entity, Loaded) else entity
    return timed.due if isinstance(timed, Timed) else None


def keep(store: Store, entity: Playable | None, committed: Change, generation: int) -> None:
    """Cache the fleet after a commit; the `generation` is 0 if the commit conflicted."""
    if generation and isinstance(entity, Loaded):
        store.fleet_cache.keep(entity.environment, generation, entity.fleet.after(committed.fleet))


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise ValueError(f"a {name} is never due")
    return KINDS[name]


def _environments(store: Store, ids: Mapping[World, Mapping[str, str]]) -> list[tuple[str, World, Environment]]:
    """The environments of members, which have their ids by world; deleted ones are left out."""
    if not ids:
        return []
    environments_of = store.environments_of({world: list(by_member.values()) for world, by_member in ids.items()})
    return [
        (member, world, environment)
        for (world, ids_by_member), environments in zip(ids.items(), environments_of, strict=True)
        for member, environment in zip(ids_by_member, environments, strict=True)
        if environment is not None
    ]


def _change_environment(
    world: World, loaded: Loaded, rules: Rules, horizon: int, stretch: Stretch | None
) -> Change | None:
    """The change of an environment; if it waits for others, it is linked to them first, once all are Ready."""
    environment, fleet, plan = loaded
    awaited = environment.activity.waits_for if environment.activity else ()
    targets = world.environments_of(awaited) if awaited else ()
    linked = links.link(environment, [target for target in targets if target is not None])
    return linked or advance.advance(environment, fleet, plan, rules, planner(world), horizon, stretch)


def _change_application(
    world: World, application: Application, _: Rules, horizon: int, stretch: Stretch | None
) -> Change | None:
    contents = world.inside(application.application_name)
    return completion(application, world.environments(), contents, horizon)


def _change_version(
    _: World, version: ApplicationVersion, rules: Rules, horizon: int, stretch: Stretch | None
) -> Change | None:
    return version_processing.advance(version, rules, horizon)


def _change_platform(
    world: World, platform: CustomPlatform, rules: Rules, horizon: int, stretch: Stretch | None
) -> Change | None:
    """The change of a platform; a deletion depends on the environments, which must not change before the commit."""
    if platform.status != "Deleting":
        return platform_builds.advance(platform, rules, (), horizon)
    unchanged = (("environment", world.version("environment")),)
    deletion = platform_builds.advance(platform, rules, world.environments(), horizon)
    return None if deletion is None else replace(deletion, unchanged=unchanged)


KINDS: Mapping[str, Kind] = {
    "application": Kind(World.application, _change_application),
    "environment": Kind(None, _change_environment),
    "platform": Kind(World.custom_platform, _change_platform),
    "version": Kind(lambda world, id_: world.find(ApplicationVersion, id_), _change_version),
}
