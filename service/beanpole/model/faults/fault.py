"""Failures on demand: what fails, where, how often and until when.

A fault is armed for an account in a region and strikes whatever it fits. Those that strike a call are looked at before
its handler is; those that strike a plan are looked at by the interpreter, step by step; those that strike a version as
its build ends; symptoms strike at a tick of health. Whether one strikes depends on the seed, the fault and the place
alone: the same seed fails the same way.
"""

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.faults.symptoms import SymptomName
from beanpole.model.names.ids import chance

CallFault = Literal["refuse", "throttle", "delay"]
PlanFault = Literal[
    "command-fails",
    "command-times-out",
    "health-check-never-passes",
    "instance-dies",
    "launch-refused",
    "no-instance-profile",
    "resource-fails",
    "service-role-required",
]
VersionFault = Literal["build-fails"]
What = CallFault | PlanFault | VersionFault | SymptomName
FailedHealth = Literal["Warning", "Degraded", "Severe"]

CALL_FAULTS: tuple[str, ...] = get_args(CallFault)
PLAN_FAULTS: tuple[str, ...] = get_args(PlanFault)

# The members by which a call names environments.
NAMES = (
    "environment_name",
    "environment_id",
    "environment_names",
    "environment_ids",
    "source_environment_name",
    "source_environment_id",
    "destination_environment_name",
    "destination_environment_id",
)


class Where(Struct, frozen=True, omit_defaults=True):
    """What a fault fits; what is None fits everything.

    `environment` is a name or an id, `instance` an index in the order of launch, from 0, or an id; `operation` is the
    call, or the call that a plan began with; `step` is the word of a step, `resource` the kind of a resource. Whatever
    is named need not be there yet.
    """

    environment: str | None = None
    version_label: str | None = None
    instance: int | str | None = None
    operation: str | None = None
    step: str | None = None
    resource: str | None = None


class Fault(Struct, frozen=True, omit_defaults=True):
    """`number` counts the faults of a world from 1; faults are looked at in that order.

    `times` is how often it strikes at most, `fired` how often it did; `asked` counts the calls it could have struck.
    `until` is an instant of the account's clock. `code`, `message` and `status` are of a refusal, `rate` (calls a
    second) and `burst` (calls at once) of a throttle, `seconds` of a delay in real time, `health` (how ill an instance
    becomes) of health checks that never pass. A symptom `lasts` so many simulated seconds where it struck; all from
    `share` to `messages` say how bad it is.
    """

    number: int
    what: What
    where: Where = Where()
    times: int | None = None
    probability: float | None = None
    until: int | None = None
    code: str | None = None
    message: str | None = None
    status: int | None = None
    rate: float | None = None
    burst: int | None = None
    seconds: float | None = None
    health: FailedHealth | None = None
    lasts: float | None = None
    share: float | None = None
    percent: float | None = None
    io_wait: float | None = None
    services: tuple[str, ...] = ()
    messages: int | None = None
    tokens: float | None = None
    filled: int | None = None
    fired: int = 0
    asked: int = 0
    generation: int = 0

    @property
    def id(self) -> str:
        """What it is found by in its world."""
        return f"fault-{self.number}"

    def is_armed(self, now: int) -> bool:
        """Whether it may still strike."""
        return (self.until is None or now < self.until) and (self.times is None or self.fired < self.times)

    def fires(self, *place: object) -> bool:
        """Whether chance has it strike at a place, the seed first."""
        return self.probability is None or chance("fault", *place, self.id) < self.probability

    def hit(self) -> "Fault":
        """It has struck once more."""
        return replace(self, fired=self.fired + 1)

    @property
    def counts(self) -> bool:
        """Whether it must be known how often it struck before it strikes again."""
        return self.times is not None


def fits_call(where: Where, operation: str, environments: frozenset[str], version_label: str | None) -> bool:
    """Whether a call is meant: by its operation, and by what it names."""
    return (
        where.operation in (None, operation)
        and (where.environment is None or where.environment in environments)
        and where.version_label in (None, version_label)
    )


class Moment(Struct, frozen=True):
    """A step of a plan as a fault looks at it, with every name that each part of it goes by.

    `instance` is the index and the id of one that the step is about, `resource` the kind of what it makes.
    """

    environment: frozenset[str]
    operation: str
    step: str
    version_label: str | None = None
    instance: tuple[int, str] | None = None
    resource: tuple[str, ...] = ()


def fits_step(where: Where, moment: Moment) -> bool:
    """Whether a step is meant: by the environment, by the call that began the plan, and by what the step is about."""
    return (
        (where.environment is None or where.environment in moment.environment)
        and where.operation in (None, moment.operation)
        and where.step in (None, moment.step)
        and where.version_label in (None, moment.version_label)
        and (where.instance is None or (moment.instance is not None and where.instance in moment.instance))
        and (where.resource is None or where.resource in moment.resource)
    )
