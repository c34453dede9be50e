"""What health is judged by: an environment, how it reports, and the instant at which somebody looks."""

from msgspec import Struct

from beanpole.model.clock import Clock
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health.reporting import Reporting

REFRESHED = 10.0  # simulated seconds: the agent on an instance reports so often (developer guide, health-enhanced)

# What health calls an activity. It does not speak of the others, which leave it as it is: a swap is DNS alone, and new
# tags are no business of an instance. That a rebuilt environment is initialized once more is inferred.
NAMES: dict[str, str] = {
    "launch": "Initialization",
    "rebuild": "Initialization",
    "deploy": "Application update",
    "configure": "Configuration update",
    "restart": "Application restart",
    "terminate": "Terminate",
}
OPERATIONS = frozenset(NAMES) - {"terminate"}  # those that do something on instances
INITIALIZING = frozenset({"launch", "rebuild"})
COUNTED = OPERATIONS - {"restart"}  # those of which health tells how many instances they have reached

# From best to worst; the colourless statuses stand beside this order, with the rank of a warning.
RANKS: dict[HealthStatus, int] = {"Ok": 0, "Pending": 0, "Info": 1, "Warning": 2, "Degraded": 3, "Severe": 4}
COLOURLESS = RANKS["Warning"]

# How bad a share of bad instances or bad requests is for the whole (inferred; the thresholds are not published).
LADDER: tuple[tuple[float, HealthStatus], ...] = ((0.5, "Severe"), (0.25, "Degraded"), (0.1, "Warning"))


class HealthContext(Struct, frozen=True, eq=False):
    """`since` is when an operation began that still does something on instances."""

    environment: Environment
    reporting: Reporting
    clock: Clock
    at: int
    since: int | None

    @property
    def tick(self) -> int:
        """Counts the reports since the environment was created."""
        return (self.at - self.environment.date_created) // self._every

    @property
    def refreshed_at(self) -> int:
        """When the latest report was made."""
        return self.environment.date_created + self.tick * self._every

    @property
    def _every(self) -> int:
        return max(self.clock.lasting(REFRESHED), 1)


def look(environment: Environment, reporting: Reporting, clock: Clock, at: int) -> HealthContext:
    """Look at an environment."""
    activity = environment.activity
    since = activity.started if activity is not None and activity.kind in OPERATIONS else None
    return HealthContext(environment, reporting, clock, at, since)


def rank(status: HealthStatus) -> int:
    """How bad a status is."""
    return RANKS.get(status, COLOURLESS)


def climb(share: float, least: HealthStatus = "Ok") -> HealthStatus:
    """How bad a share is; `least` is what even a small one comes to."""
    if share <= 0:
        return "Ok"
    return next((status for bound, status in LADDER if share > bound), least)
