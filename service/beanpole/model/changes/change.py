"""A change: all that one commit writes, and all that it must find as it was read."""

from msgspec import Struct

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.objects import ObjectChange
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.fleet import FleetChange
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.model.time.clock import Clock

Entity = (
    Application
    | ApplicationVersion
    | ConfigurationTemplate
    | CustomPlatform
    | Environment
    | EnvironmentInfo
    | Fault
    | ManagedActionRecord
)
Timed = ApplicationVersion | CustomPlatform | Environment  # the entities that have a due instant

FAULT_FILE = "fault-file/"  # how the unique names of such entries begin


class Claim(Struct, frozen=True):
    """A unique name passes from the holder `before` to the holder `after`; None is no holder."""

    name: str
    before: str | None
    after: str | None


class PlanChange(Struct, frozen=True):
    """The steps of an environment's new plan, each encoded; they replace those of its last plan."""

    environment_id: str
    steps: tuple[bytes, ...]


class Wake(Struct, frozen=True):
    """Another entity becomes due at an instant because of this change."""

    kind: str
    id: str
    at: int


class Move(Struct, frozen=True):
    """A move of a manual clock, made by the commit that plays an entity, due `at` an instant, up to the instant `to`.

    It is valid while the account's clock is still `clock`, the entity is due then, and no other entity is due by `to`.
    If it is made for a `target`, the target must be pending.
    """

    kind: str
    id: str
    at: int
    to: int
    clock: Clock
    target: str | None = None


class KeptAnswer(Struct, frozen=True):
    """The answer to the call that made a change, kept for a while under the name of the `call`, if it is repeated."""

    call: str
    answer: bytes


class Change(Struct, frozen=True):
    """Entities to write and delete, each guarded by the generation that it was read at (0: it must not exist yet).

    `reads` are not written, but must be as they were read. `unchanged` are pairs of a kind and the version of its
    listing: the commit fails if an entity of that kind has changed since. Two things are not guarded: `hits` counts
    hits of unlimited faults, by their ids, so that concurrent hits never conflict; a log sample of `samples` replaces
    the sample of its id, if there is one.

    `bundles` are kept by their digests, unless they are there, and those of the digests `unused` are dropped.

    `instants` is the number of those that the engine has played, and `reached` the last of them; `move` is the move of
    a manual clock to it. Without any, 0 stands for the instant at which the entity was due.

    `objects` are carried out by the door of operations, in order, once the commit held. The store refuses a change that
    has any: workers know no object store, so what they commit has none.
    """

    puts: tuple[Entity, ...] = ()
    deletes: tuple[Entity, ...] = ()
    reads: tuple[Entity, ...] = ()
    unchanged: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()
    fleet: FleetChange | None = None
    plan: PlanChange | None = None
    events: tuple[Event, ...] = ()
    wakes: tuple[Wake, ...] = ()
    hits: tuple[str, ...] = ()
    samples: tuple[EnvironmentInfo, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    unused: tuple[str, ...] = ()
    objects: tuple[ObjectChange, ...] = ()
    answer: KeptAnswer | None = None
    instants: int = 0
    reached: int = 0
    move: Move | None = None


def environment_name_claim(name: str) -> str:
    """The unique name of an environment in its world."""
    return f"environment/{name}"


def cname_claim(cname: str) -> str:
    """The unique name of a CNAME in its world; DNS does not tell upper case from lower."""
    return f"cname/{cname.lower()}"


def fault_file_claim(entry: str) -> str:
    """The unique name of an entry in a file of faults; its holder is the fault that the entry armed."""
    return f"{FAULT_FILE}{entry}"
