"""The connection of the store and the plans: the stored plan of an environment, and the input of a new plan."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec.structs import replace

from beanpole.catalog.catalog import Catalog
from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.environment.environment import Environment
from beanpole.model.faults.fault import Fault
from beanpole.model.plan.plan import Scheduled, Situation, decode
from beanpole.model.plan.rules import Rules, Timings
from beanpole.model.time.clock import Clock
from beanpole.store import conditions
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.threads.decoders import convert
from beanpole_workers.engine.advance import Planner
from beanpole_workers.plans import make
from beanpole_workers.play.runner import runner_of

CHUNK = 8  # steps of a plan read at once
DEPLOYING = ("launch", "deploy", "configure", "rebuild")  # the activities that deploy a version


def planner(world: World) -> Planner:
    """A function that makes plans, and loads the source bundles of the versions that they deploy.

    The conditions of the world were read just before.
    """

    def plan(situation: Situation) -> tuple[Scheduled, ...]:
        versions = _versions(world, situation)
        contents = {version.version_label: version.contents for version in versions if version.contents is not None}
        return make.make(replace(situation, contents=contents, bundles=_bundles(situation, versions)))

    return plan


def _versions(world: World, situation: Situation) -> list[ApplicationVersion]:
    """The existing versions that a plan may deploy."""
    environment, activity = situation.environment, situation.activity
    if activity.kind not in DEPLOYING:
        return []
    labels = {label for label in (environment.version_label, activity.version_label) if label is not None}
    versions = [conditions.version(world, environment.application_name, label) for label in sorted(labels)]
    return [version for version in versions if version is not None]


def _bundles(situation: Situation, versions: Iterable[ApplicationVersion]) -> dict[str, str]:
    """The digests of bundles by version label.

    The version that runs has the bundle that was deployed, even if the version was deleted or created again since,
    unless it is deployed again.
    """
    environment, activity = situation.environment, situation.activity
    bundles = {version.version_label: version.digest for version in versions if version.digest is not None}
    running = environment.version_label
    deployed_again = situation.failure is None and activity.version_label == running
    if running is not None and environment.bundle is not None and not (deployed_again and running in bundles):
        bundles[running] = environment.bundle
    return bundles


class StoredPlan:
    """The plan of an environment by index, read some steps at a time; `steps` are those from its present step on."""

    def __init__(self, world: World, environment: Environment, steps: Sequence[bytes]) -> None:
        self._world = world
        self._environment_id = environment.id
        present = environment.activity.step if environment.activity else 0
        self._blobs = dict(enumerate(steps, present))
        self._steps: dict[int, Scheduled] = {}

    def __getitem__(self, index: int) -> Scheduled:
        step = self._steps.get(index)
        if step is None:
            step = self._steps[index] = decode(self._blob(index))
        return step

    def _blob(self, index: int) -> bytes:
        if index not in self._blobs:
            steps = self._world.plan_steps(self._environment_id, index, CHUNK)
            if not steps:
                raise IndexError(f"the plan of {self._environment_id} has no step {index}")
            self._blobs.update(enumerate(steps, index))
        return self._blobs[index]


def rules_of(store: Store, world: World, clock: Clock, faults: tuple[Fault, ...], catalog: Catalog) -> Rules:
    """The rules of the engine in a world: the account's clock, the catalogue, the armed faults and the runner."""
    return Rules(
        clock,
        _timings(catalog),
        catalog.options,
        catalog.platforms,
        faults,
        runner_of(store, world),
        catalog.requirements.instance_profile,
    )


@lru_cache(maxsize=1)
def _timings(catalog: Catalog) -> Timings:
    return convert(catalog.timings, Timings)
