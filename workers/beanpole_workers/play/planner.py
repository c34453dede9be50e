"""Between the store and the plans: the plan that an environment has, and what a new one is made from."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from beanpole.catalog import Catalog
from beanpole.model.applications.contents import Contents
from beanpole.model.clock import Clock
from beanpole.model.environment.environment import Environment
from beanpole.model.plan.plan import Scheduled, Situation, decode
from beanpole.model.plan.rules import Rules, Timings
from beanpole.store.world import World
from beanpole_workers.engine.advance import Planner
from beanpole_workers.plans import make

CHUNK = 8  # steps of a plan read at once
DEPLOYING = ("launch", "deploy", "configure", "rebuild")  # the activities that put a version on instances


def planner(world: World) -> Planner:
    """Makes plans, and loads the source bundles of the versions that they deploy."""

    def plan(situation: Situation) -> tuple[Scheduled, ...]:
        return make.make(replace(situation, contents=_contents(world, situation)))

    return plan


def _contents(world: World, situation: Situation) -> dict[str, Contents]:
    environment, activity = situation.environment, situation.activity
    if activity.kind not in DEPLOYING:
        return {}
    labels = {label for label in (environment.version_label, activity.version_label) if label is not None}
    versions = [world.application_version(environment.application_name, label) for label in sorted(labels)]
    return {
        version.version_label: version.contents
        for version in versions
        if version is not None and version.contents is not None
    }


class StoredPlan:
    """The plan of an environment by index, read some steps at a time; `steps` are those from its present step on."""

    def __init__(self, world: World, environment: Environment, steps: Sequence[bytes]) -> None:
        self._world = world
        self._environment_id = environment.id
        present = environment.activity.step if environment.activity else 0
        self._steps: dict[int, Scheduled] = dict(enumerate(map(decode, steps), present))

    def __getitem__(self, index: int) -> Scheduled:
        if index not in self._steps:
            steps = self._world.plan_steps(self._environment_id, index, CHUNK)
            if not steps:
                raise IndexError(f"the plan of {self._environment_id} has no step {index}")
            self._steps.update(enumerate(map(decode, steps), index))
        return self._steps[index]


def rules_of(world: World, clock: Clock, catalog: Catalog) -> Rules:
    """What the engine plays by in a world: the account's clock, the catalogue and the armed faults."""
    timings = msgspec.convert(catalog.timings, Timings)
    return Rules(clock, timings, catalog.options, catalog.platforms, world.faults())
