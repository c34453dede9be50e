"""A plan: steps with how long each lasts, made once and stored, one JSON document a step."""

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from beanpole.model.applications.contents import Contents
from beanpole.model.environment import option_layers
from beanpole.model.environment.activity import Activity
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet, size
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.resources import ResourceScope
from beanpole.model.faults.table import PlanFault
from beanpole.model.names.ids import Ids
from beanpole.model.options.configuration import Configuration
from beanpole.model.plan.durations import Duration, Seconds, Timed
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import Step


class Scheduled(Struct, frozen=True):
    """A step and its duration in simulated seconds."""

    step: Step
    lasts: float


class Steps(Protocol):
    """The steps of a plan by index, wherever they are kept."""

    def __getitem__(self, index: int, /) -> Scheduled:
        """The step at an index; IndexError beyond the plan."""


class Failure(Struct, frozen=True):
    """Why a plan cannot go on: which instances failed, which said nothing, how many did well.

    `resource` is the kind of what could not be created, or of the group that could not launch anything; or it `stays`
    where it was to be deleted.
    """

    what: PlanFault | Literal["aborted"]
    instances: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    succeeded: int = 0
    resource: str | None = None
    stays: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """All instances that did not do well."""
        return self.instances + self.silent


class Situation(Struct, frozen=True, eq=False):
    """What a plan is made from: an environment with something to do, and its configuration as it is before that.

    `contents` are what the source bundles of its versions hold, as far as anybody looked. With a failure it is the
    middle of another plan, and this one is to undo what that did.
    """

    environment: Environment
    activity: Activity
    fleet: Fleet
    rules: Rules
    configuration: Configuration
    failure: Failure | None = None
    contents: Mapping[str, Contents] = {}

    @property
    def wanted(self) -> Configuration:
        """The configuration as it will be once all that the activity brings is deployed."""
        after = option_layers.with_changes(self.environment, self.activity.changes)
        return self.rules.configuration(after, after.option_settings)

    @property
    def launched(self) -> tuple[str, ...]:
        """The instances that this activity launched and that have booted."""
        return tuple(it.id for it in self.running if it.serial == self.activity.serial)

    @property
    def running(self) -> tuple[Instance, ...]:
        """The instances that are neither booting nor on their way out."""
        return tuple(it for it in self.fleet.values() if it.state not in ("pending", "terminating"))

    @property
    def is_aborted(self) -> bool:
        """Nothing went wrong: somebody took back what was asked for."""
        return self.failure is not None and self.failure.what == "aborted"

    @property
    def resource_scope(self) -> ResourceScope:
        """The scope that the names of the environment's resources are made of."""
        return ResourceScope(self.environment.region, self.environment.account_id, self.environment.id)

    @property
    def size(self) -> int:
        """How many instances there should be by the settings before the request."""
        return size(self.environment, self.configuration)

    def ids(self, purpose: str, count: int) -> tuple[str, ...]:
        """The ids of instances that this plan launches for a purpose, in the order in which a fleet has them."""
        seed = self.rules.clock.seed, self.environment.id, self.activity.serial, purpose, self.activity.undoing
        ids = Ids(*seed)
        return tuple(sorted(ids.instance_id() for _ in range(count)))


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Scheduled)


def schedule(situation: Situation, timed: Iterable[Timed], table: str, first: int = 0) -> tuple[Scheduled, ...]:
    """Draw the duration of every step; the same seed draws the same durations.

    `table` names the timings that the plan goes by. `first` is the index of the first of the steps, where others come
    before them.
    """
    clock, undoing = situation.rules.clock, situation.activity.undoing
    seed = clock.seed, situation.environment.environment_id, situation.activity.serial, *([undoing] if undoing else ())

    def drawn(index: int, duration: Duration) -> float:
        if isinstance(duration, Seconds):
            return duration.seconds
        name, row = duration.of(table)
        return round(situation.rules.timings.activities[name].drawn(row, *seed, index), 3)

    return tuple(Scheduled(step, drawn(index, duration)) for index, (step, duration) in enumerate(timed, first))


def encode(scheduled: Scheduled) -> bytes:
    """A step as it is stored."""
    return _encoder.encode(scheduled)


def decode(blob: bytes) -> Scheduled:
    """A step as it was stored; msgspec.ValidationError for anything else."""
    return _decoder.decode(blob)
