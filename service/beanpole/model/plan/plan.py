"""A plan: steps with how long each lasts, made once and stored, one JSON document a step."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from beanpole.model.applications.contents import Contents
from beanpole.model.environment import option_layers
from beanpole.model.environment.activity import Activity, FaultHit
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet, size
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.resources import ResourceScope
from beanpole.model.faults.members import Action
from beanpole.model.faults.table import PlanFault
from beanpole.model.names.ids import Ids
from beanpole.model.options.configuration import Configuration
from beanpole.model.plan.durations import Seconds, Timed
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import Step
from beanpole.threads.decoders import JsonDecoder


class Scheduled(Struct, frozen=True):
    """A step and its duration in simulated seconds."""

    step: Step
    lasts: float


class Steps(Protocol):
    """The steps of a plan, by index."""

    def __getitem__(self, index: int, /) -> Scheduled:
        """The step at an index; IndexError beyond the plan."""


class Failure(Struct, frozen=True):
    """The reason why a plan cannot go on: instances that failed or did not respond, and how many succeeded.

    `resource` is the kind of a resource that the stack could not create, update or delete, as `action` says, or of the
    group that could not launch instances, or got no signals of them; `cancelled` are the kinds whose creation was under
    way beside it. `hits` are those of the faults that are the reason.
    """

    what: PlanFault | Literal["aborted"]
    instances: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    succeeded: int = 0
    resource: str | None = None
    action: Action = "create"
    cancelled: tuple[str, ...] = ()
    hits: tuple[FaultHit, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All instances that did not succeed."""
        return self.instances + self.silent

    @property
    def reason(self) -> str | None:
        """The reason that a fault gives for the failure of a resource."""
        return next((hit.message for hit in self.hits), None)

    def hit_on(self, instance: str) -> FaultHit:
        """The hit on an instance; one without a reason of its own where the source bundle is the reason."""
        own = (hit for hit in self.hits if hit.instance == instance)
        return next(own, FaultHit("command-fails", instance))


class Situation(Struct, frozen=True, eq=False, dict=True):
    """The input of a plan: an environment with an activity, and its configuration before that.

    `contents` are the contents of the source bundles of its versions, as far as they were read, and `bundles` their
    digests. With a failure, the plan that failed has begun, and the new plan undoes its steps.
    """

    environment: Environment
    activity: Activity
    fleet: Fleet
    rules: Rules
    configuration: Configuration
    failure: Failure | None = None
    contents: Mapping[str, Contents] = {}
    bundles: Mapping[str, str] = {}

    @cached_property
    def new_configuration(self) -> Configuration:
        """The configuration with the changes that the activity requests."""
        after = option_layers.with_changes(self.environment, self.activity.changes)
        return self.rules.configuration(after, after.option_settings)

    @cached_property
    def running(self) -> tuple[Instance, ...]:
        """The instances that are neither booting nor terminating."""
        return tuple(instance for instance in self.fleet.values() if instance.state not in ("pending", "terminating"))

    @cached_property
    def first_instances(self) -> tuple[str, ...]:
        """The ids of the instances that a launch begins with."""
        ids = Ids(self.rules.clock.seed, self.environment.id, self.activity.serial, "instances")
        return tuple(ids.instance_id() for _ in range(self.configuration.least_size))

    @property
    def launched(self) -> tuple[str, ...]:
        """The ids of the running instances that this activity launched."""
        return tuple(instance.id for instance in self.running if instance.serial == self.activity.serial)

    @property
    def is_aborted(self) -> bool:
        """Tell whether the activity was aborted, and nothing has failed."""
        return self.failure is not None and self.failure.what == "aborted"

    @property
    def resource_scope(self) -> ResourceScope:
        """The scope that the names of the environment's resources are made of."""
        return self.environment.resource_scope

    @property
    def size(self) -> int:
        """The number of instances by the settings before the request."""
        return size(self.environment, self.configuration)

    def ids(self, purpose: str, count: int) -> tuple[str, ...]:
        """The ids of instances that this plan launches for a purpose, in the order in which a fleet has them."""
        seed = self.rules.clock.seed, self.environment.id, self.activity.serial, purpose, self.activity.undoing
        ids = Ids(*seed)
        return tuple(sorted(ids.instance_id() for _ in range(count)))


_encoder = msgspec.json.Encoder()
_decoder = JsonDecoder[Scheduled](Scheduled)


def schedule(situation: Situation, timed: Iterable[Timed], table: str, first: int = 0) -> tuple[Scheduled, ...]:
    """Draw the duration of every step; the same seed draws the same durations.

    `table` names the timings that the plan goes by. `first` is the index of the first of the steps, where others come
    before them.
    """
    rules, undoing = situation.rules, situation.activity.undoing
    seed = rules.clock.seed, situation.environment.id, situation.activity.serial, *([undoing] if undoing else ())
    scheduled = []
    for index, (step, duration) in enumerate(timed, first):
        if isinstance(duration, Seconds):
            seconds = duration.seconds
        else:
            durations = rules.timings.activities[duration.table or table]
            seconds = round(durations.draw(duration.row, *seed, index), 3)
        scheduled.append(Scheduled(step, seconds))
    return tuple(scheduled)


def encode(scheduled: Scheduled) -> bytes:
    """The JSON document of a step."""
    return _encoder.encode(scheduled)


def decode(blob: bytes) -> Scheduled:
    """The step of a JSON document; msgspec.ValidationError for any other document."""
    return _decoder.decode(blob)
