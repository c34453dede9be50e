"""Failures on demand: what fails, where, how often and until when.

A fault is armed for an account in a region, and fires wherever it fits. Faults of calls are looked at before the
handler of the call; faults of plans by the interpreter as each step begins; faults of versions as a build ends; and a
symptom is caused at a tick of health. Whether a fault fires depends on the seed, on the fault and on what it may hit
alone, so the same seed fails the same way.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.faults.members import Action, FailedHealth, Value
from beanpole.model.faults.table import FAULTS, Kind
from beanpole.model.names.ids import chance

# The members by which a call names environments.
ENVIRONMENT_MEMBERS = (
    "environment_name",
    "environment_id",
    "environment_names",
    "environment_ids",
    "source_environment_name",
    "source_environment_id",
    "destination_environment_name",
    "destination_environment_id",
)


# The words for an instance that a step of a plan acts on.
INSTANCES = ("any", "first-new", "leader")


class Where(Struct, frozen=True, omit_defaults=True):
    """The scope of a fault; a member that is None fits everything.

    `environment` is a name or an id, `instance` an index in the order of launch, from 0, an id, or one of INSTANCES;
    `operation` is the call, or the call that a plan began with; `step` is the name of a step, `resource` the kind of a
    resource; `command` names a command of a source bundle, as `model.instance.command_names` does. Nothing that is
    named need exist yet.
    """

    environment: str | None = None
    version_label: str | None = None
    instance: int | str | None = None
    operation: str | None = None
    step: str | None = None
    resource: str | None = None
    command: str | None = None


class Fault(Struct, frozen=True, omit_defaults=True):
    """`number` counts the faults of a world from 1; faults are looked at in that order.

    `times` is how often it fires at most, `fired` how often it did; `matched` counts the calls that it fitted. `until`
    is an instant of the account's clock. `code`, `message` and `status` are of a refusal; `rate` (calls a second) and
    `burst` (calls at once) of a throttle, `tokens` are left in its bucket, which was last `filled` then; `seconds` are
    of a delay, in real time; `health` of health checks that never pass; `action` of a resource that fails, and
    `exit_status` and `output` of a command that fails; both have a `message`, too. `within` so many seconds of its
    creation something is not found. A symptom `lasts` so many simulated
    seconds where it was caused, and `severity` says how bad it is.
    """

    number: int
    what: str
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
    action: Action | None = None
    exit_status: int | None = None
    output: str | None = None
    within: float | None = None
    lasts: float | None = None
    severity: dict[str, Value] = {}
    tokens: float | None = None
    filled: int | None = None
    fired: int = 0
    matched: int = 0
    generation: int = 0

    def __post_init__(self) -> None:
        if self.what not in FAULTS:
            raise ValueError(f"there is no fault {self.what}")

    @property
    def id(self) -> str:
        """Its id, unique in its world."""
        return f"fault-{self.number}"

    @property
    def kind(self) -> Kind:
        """The kind of the fault, which says where it can fire."""
        return FAULTS[self.what].kind

    @property
    def is_limited(self) -> bool:
        """Tell whether the count of its hits decides if it may fire again."""
        return self.times is not None

    def is_armed(self, at: int) -> bool:
        """Tell whether the fault may still fire."""
        return (self.until is None or at < self.until) and (self.times is None or self.fired < self.times)

    def draws(self, *seed: object) -> bool:
        """Tell whether chance lets it fire; `seed` is the account's seed and then what it may hit."""
        return self.probability is None or chance("fault", *seed, self.id) < self.probability

    def fires(self, at: int, *seed: object) -> bool:
        """Tell whether the fault is armed and chance lets it fire."""
        return self.is_armed(at) and self.draws(*seed)

    def with_hit(self) -> "Fault":
        """The fault after it fired once more."""
        return replace(self, fired=self.fired + 1)


def first_to_fire(fitting: Iterable[Fault], at: int, *seed: object) -> Fault | None:
    """The first fault, of those that fit, that fires."""
    return next((fault for fault in fitting if fault.fires(at, *seed)), None)


def fits_call(where: Where, operation: str, environments: frozenset[str], version_label: str | None) -> bool:
    """Tell whether a fault fits a call: by its operation, and by what the call names."""
    return (
        where.operation in (None, operation)
        and (where.environment is None or where.environment in environments)
        and where.version_label in (None, version_label)
    )


class StepContext(Struct, frozen=True):
    """The facts that a fault compares with its `where` when a step begins, each part by every name that it goes by.

    `instance` is the index and the id of an instance that the step acts on, and the words for it; `resource` is the
    kind of what the step makes; `commands` are the names of what the instance carries out of a source bundle.
    """

    environment: frozenset[str]
    operation: str
    step: str
    version_label: str | None = None
    instance: tuple[int | str, ...] | None = None
    resource: tuple[str, ...] = ()
    commands: frozenset[str] = frozenset()


def fits_step(where: Where, context: StepContext) -> bool:
    """Tell whether a fault fits a step: by the environment, by the call that began the plan, by the step's targets."""
    return (
        (where.environment is None or where.environment in context.environment)
        and where.operation in (None, context.operation)
        and where.step in (None, context.step)
        and where.version_label in (None, context.version_label)
        and (where.instance is None or (context.instance is not None and where.instance in context.instance))
        and (where.resource is None or where.resource in context.resource)
        and (where.command is None or where.command in context.commands)
    )
