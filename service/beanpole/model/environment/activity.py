"""The activity of an environment: the request that it carries out, and the position in the plan for it."""

from typing import Literal, assert_never

from msgspec import Struct

from beanpole.model.environment.environment_info import InfoType
from beanpole.model.environment.requests import (
    KINDS,
    NO_CHANGES,
    Configure,
    Deploy,
    Kind,
    Launch,
    Link,
    Rebuild,
    Request,
    Restart,
    Scale,
    Swap,
    Tag,
    Terminate,
)
from beanpole.model.faults.members import FailedHealth
from beanpole.model.faults.table import PlanFault


class FaultHit(Struct, frozen=True, array_like=True):
    """A fault that hits the current step: its sort, the instance that it hits, and the health that this leads to.

    `resource` is the kind of the resource that it hits; `message`, `exit_status` and `output` say why it fails.
    `command` names the command of the source bundle that it hits; None lets the whole command on the instance fail.
    """

    what: PlanFault
    instance: str | None = None
    health: FailedHealth = "Severe"
    resource: str | None = None
    message: str | None = None
    exit_status: int = 1
    output: str | None = None
    command: str | None = None


class Activity(Struct, frozen=True, omit_defaults=True):
    """A request that is being carried out, and the position in its plan.

    `operation` names the call in events, in the service's lower camel case. `serial` counts the environment's
    activities and seeds their chance. `steps` is the length of the plan, 0 until it is made; step `step` began at
    `began` and ends at `due`. Instants are milliseconds. The activity begins once the environments that it `waits_for`
    are up; `wakes` are the ids of the environments that wait for its end.

    `stop_at` is the instant of a request to abort it; `stopping` says that it will be aborted once the running command
    has ended; once it is `closed` it cannot be aborted. `undoing` counts the plans that were replaced by a rollback,
    `attempts` those at one launch, and `hits` are the faults that hit the current step.
    """

    request: Request
    operation: str
    request_id: str
    started: int
    serial: int
    began: int
    due: int
    waits_for: tuple[str, ...] = ()
    wakes: tuple[str, ...] = ()
    stop_at: int | None = None
    stopping: bool = False
    closed: bool = False
    undoing: int = 0
    attempts: int = 0
    hits: tuple[FaultHit, ...] = ()
    step: int = 0
    steps: int = 0

    @property
    def kind(self) -> Kind:
        """The kind of the request."""
        return KINDS[type(self.request)]

    @property
    def version_label(self) -> str | None:
        """The version that the request deploys; None if it deploys none."""
        match self.request:
            case Launch() | Deploy() | Configure() | Rebuild():
                return self.request.version_label
            case Restart() | Swap() | Link() | Tag() | Scale() | Terminate():
                return None
            case unknown:
                assert_never(unknown)

    @property
    def changes(self) -> Configure:
        """The changes of configuration that are requested; without any if another kind of activity is."""
        if isinstance(self.request, Deploy) and self.request.extensions is not None:
            return Configure(self.request.version_label, extensions=self.request.extensions, overridden=True)
        return self.request if isinstance(self.request, Configure) else NO_CHANGES

    @property
    def wakes_at(self) -> int:
        """The instant of its next transition: the end of its step, or its abort."""
        return self.due if self.stop_at is None else min(self.due, self.stop_at)


class LogRequest(Struct, frozen=True, omit_defaults=True):
    """A call of RequestEnvironmentInfo that is being carried out, beside any activity and without changing the status.

    It begins at once and is then `under_way`; from then on `due` is its end.
    """

    kind: InfoType
    request_id: str
    started: int
    due: int
    under_way: bool = False


Outcome = Literal["done", "failed", "aborted"]


class Done(Struct, frozen=True, omit_defaults=True):
    """The activity that ended last; the causes of enhanced health name it for a while."""

    kind: Kind
    started: int
    ended: int
    outcome: Outcome = "done"
