"""The context in which health is computed: an environment, how it reports health, and an instant."""

from functools import cached_property

from msgspec import Struct

from beanpole.model.environment.activity import Activity
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health.reporting import Reporting
from beanpole.model.time.clock import Clock

REFRESHED = 10.0  # simulated seconds between two reports of the agent on an instance (developer guide, health-enhanced)

# The names of activities in causes. Other activities do not change health: a swap changes DNS alone, and tags change no
# instance. That a rebuilt environment is initialized once more is inferred.
NAMES: dict[str, str] = {
    "launch": "Initialization",
    "rebuild": "Initialization",
    "deploy": "Application update",
    "configure": "Configuration update",
    "restart": "Application restart",
    "terminate": "Terminate",
}
OPERATIONS = frozenset(NAMES) - {"terminate"}  # activities that change instances
INITIALIZING = frozenset({"launch", "rebuild"})
COUNTED = OPERATIONS - {"restart"}  # activities whose cause counts the instances that are done

# From best to worst; the statuses without a colour are outside this order, with the rank of a warning.
RANKS: dict[HealthStatus, int] = {"Ok": 0, "Pending": 0, "Info": 1, "Warning": 2, "Degraded": 3, "Severe": 4}
COLOURLESS = RANKS["Warning"]

Ladder = tuple[tuple[float, HealthStatus], ...]
# The status of an environment by its share of bad instances (inferred: the thresholds are not public).
LADDER: Ladder = ((0.5, "Severe"), (0.25, "Degraded"), (0.1, "Warning"))
# The same by the share of requests that were answered with errors. 5 % were seen as Ok, 19.9 % as Degraded, 44.8 % and
# more as Severe (docs/facts.md#health); the bounds between them are inferred.
REQUESTS_LADDER: Ladder = ((0.3, "Severe"), (0.15, "Degraded"), (0.1, "Warning"))


class HealthContext(Struct, frozen=True, eq=False, dict=True):
    """`since` is the start of the running operation that changes instances; None if none runs."""

    environment: Environment
    reporting: Reporting
    clock: Clock
    at: int
    since: int | None

    @cached_property
    def tick(self) -> int:
        """The number of reports since the environment was created."""
        return (self.at - self.environment.date_created) // self._every

    @property
    def refreshed_at(self) -> int:
        """The instant of the latest report."""
        return self.environment.date_created + self.tick * self._every

    @property
    def _every(self) -> int:
        return max(self.clock.lasting(REFRESHED), 1)


def health_context(environment: Environment, reporting: Reporting, clock: Clock, at: int) -> HealthContext:
    """The health context of an environment at an instant."""
    activity = operation(environment)
    since = activity.started if activity is not None and activity.kind in OPERATIONS else None
    return HealthContext(environment, reporting, clock, at, since)


def operation(environment: Environment) -> Activity | None:
    """The activity that health tells of: a launch is over for it once the version runs, before its last events."""
    activity, done = environment.activity, environment.done
    if activity is not None and activity.kind in INITIALIZING and done is not None and done.started == activity.started:
        return None
    return activity


def rank(status: HealthStatus) -> int:
    """The severity of a status, to compare by."""
    return RANKS.get(status, COLOURLESS)


def climb(share: float, least: HealthStatus = "Ok", ladder: Ladder = LADDER) -> HealthStatus:
    """The status for a share of bad instances, or of what another ladder counts; `least` is that of a small share."""
    if share <= 0:
        return "Ok"
    return next((status for bound, status in ladder if share > bound), least)


def by_errors(share: float) -> HealthStatus:
    """The status for a share of requests that were answered with errors."""
    return climb(share, ladder=REQUESTS_LADDER)
