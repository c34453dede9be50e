"""What one commit writes, all of it or nothing."""

from msgspec import Struct

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.fleet import FleetChange
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault

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
Timed = ApplicationVersion | CustomPlatform | Environment  # what has a due instant of its own


class Claim(Struct, frozen=True):
    """A unique name passes from one holder to another; None stands for nobody."""

    name: str
    before: str | None
    after: str | None


class PlanChange(Struct, frozen=True):
    """The steps of an environment's plan, each encoded; they replace the plan before."""

    environment_id: str
    steps: tuple[bytes, ...]


class Wake(Struct, frozen=True):
    """Somebody else to look at, at an instant, because of this change."""

    kind: str
    id: str
    at: int


class Change(Struct, frozen=True):
    """Entities carry the generation they were read at (0: they must not exist yet); all are guarded by it.

    `reads` are not written, but must be as they were read; `unchanged` are kinds of which nothing may have changed
    since a version of their listing. `struck` are the ids of faults that struck without limit: that is counted, and
    guarded by nothing, so that many may strike at once.
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


def environment_name_claim(name: str) -> str:
    """The unique name of an environment in its world."""
    return f"environment/{name}"


def cname_claim(cname: str) -> str:
    """The unique name of a CNAME in its world; DNS does not tell upper case from lower."""
    return f"cname/{cname.lower()}"
