"""What an environment is busy with, and what it was busy with last."""

from typing import Literal

from msgspec import Struct

from beanpole.model.environment.environment_info import InfoType
from beanpole.model.faults.fault import FailedHealth, PlanFault
from beanpole.model.options.configuration import OptionSetting

Kind = Literal["launch", "deploy", "configure", "restart", "rebuild", "swap", "link", "tag", "terminate"]


class FaultHit(Struct, frozen=True, array_like=True):
    """A fault that strikes the step that is going on: what it does, to which instance, and how ill that becomes."""

    what: PlanFault
    instance: str | None = None
    health: FailedHealth = "Severe"


class Activity(Struct, frozen=True, omit_defaults=True):
    """What an environment is busy with, and where its plan stands.

    `serial` counts the environment's activities and seeds their chance. `steps` is 0 until the plan is made; step
    `step` began at `began` and ends at `due`. Instants are milliseconds. It may bring a version with the settings of
    its `.ebextensions`, settings and the saved configuration they come from, or a platform; what is None stays as it
    is. It may bring tags, too. In a swap `leads` tells the source from the destination. It is not taken up before the
    environments that it `waits_for` are up; those that it `wakes` wait for its own end. A termination may leave the
    resources to themselves.

    `immutably` replaces the instances that way whatever the settings say. `stop_at` is when somebody asked that it be
    aborted, and `stopping` that it will be as soon as the command that runs has ended; once it is `closed` it cannot
    be aborted. `undoing` counts the plans that were replaced by one that undoes them, `attempts` those at one launch,
    and `struck` are the faults that strike the current step.
    """

    kind: Kind
    operation: str
    request_id: str
    started: int
    serial: int
    began: int
    due: int
    version_label: str | None = None
    extensions: tuple[OptionSetting, ...] | None = None
    settings: tuple[OptionSetting, ...] | None = None
    template_name: str | None = None
    solution_stack_name: str | None = None
    platform_arn: str | None = None
    partner: str | None = None
    leads: bool = True
    tags: dict[str, str] | None = None
    wakes_application: bool = False
    keeps_resources: bool = False
    waits_for: tuple[str, ...] = ()
    wakes: tuple[str, ...] = ()
    immutably: bool = False
    stop_at: int | None = None
    stopping: bool = False
    closed: bool = False
    undoing: int = 0
    attempts: int = 0
    hits: tuple[FaultHit, ...] = ()
    step: int = 0
    steps: int = 0

    @property
    def wakes_at(self) -> int:
        """When it must be looked at: as its step ends, or as it is to stop."""
        return self.due if self.stop_at is None else min(self.due, self.stop_at)


class LogRequest(Struct, frozen=True, omit_defaults=True):
    """Something small that goes on beside whatever else does, and leaves the status alone.

    It is taken up at once and then `under_way`; from then on `due` is its end.
    """

    kind: InfoType
    request_id: str
    started: int
    due: int
    under_way: bool = False


Outcome = Literal["done", "failed", "aborted"]


class Done(Struct, frozen=True, omit_defaults=True):
    """The activity that ended last; health speaks of it for a while."""

    kind: Kind
    started: int
    ended: int
    outcome: Outcome = "done"
