"""Fleets made by hand: instances of a running environment become others, as failures on demand would make them."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import FleetChange
from beanpole.model.environment.instance import Instance
from beanpole.model.health import ticks
from beanpole.model.health.context import health_context
from beanpole.model.health.reporting import reporting
from beanpole.testing import ACCOUNT, Beanstalk
from environments import home


def afflict(world: Beanstalk, name: str, places: Iterable[int] | None = None, **members: Any) -> None:
    """Change members of some instances, by their place in the order of launch; of all without places."""
    there = tuple(_fleet(world, name).values())
    chosen = range(len(there)) if places is None else places
    remake(world, name, tuple(replace(there[place], **members) for place in chosen))


def lose(world: Beanstalk, name: str, places: Iterable[int]) -> None:
    """Take instances away."""
    there = tuple(_fleet(world, name))
    remake(world, name, removals=tuple(there[place] for place in places))


def remake(
    world: Beanstalk, name: str, puts: tuple[Instance, ...] = (), removals: tuple[str, ...] = (), **members: Any
) -> None:
    """Commit instances and members of their environment, and await the tick that tells of it, as the engine does."""
    environment = replace(_environment(world, name), **members)
    fleet = {**_fleet(world, name), **{instance.id: instance for instance in puts}}
    fleet = {id_: instance for id_, instance in fleet.items() if id_ not in removals}
    tables = world.catalog
    context = health_context(
        environment,
        reporting(tables.options, tables.platforms, environment),
        world.store.clocks.get(ACCOUNT),
        world.now,
    )
    due = ticks.due(context, fleet, msgspec.convert(tables.timings["health"], ticks.Ticks))
    changed = replace(environment, health_due=due)
    home(world).commit(Change(puts=(changed,), fleet=FleetChange(environment.id, puts, removals)))


def _environment(world: Beanstalk, name: str) -> Environment:
    environment: Environment = home(world).environment_named(name)
    return environment


def _fleet(world: Beanstalk, name: str) -> dict[str, Instance]:
    fleet: dict[str, Instance] = home(world).fleet(_environment(world, name).id)
    return fleet
