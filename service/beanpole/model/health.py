"""Enhanced health: what is observed of an environment at an instant, and when an observation becomes an event.

`observe` is asked whenever somebody reads; what is published changes only on a tick, and a tick is only due where it
will publish something. So an environment that nothing happens to has none.
"""

from msgspec import Struct

from beanpole.model import fleet as fleets
from beanpole.model import messages
from beanpole.model.clock import Clock
from beanpole.model.environment import Environment, HealthStatus, Kind
from beanpole.model.fleet import Fleet
from beanpole.model.messages import Message

# What health calls an activity; it does not speak of the others, which leave it as it is.
NAMES: dict[Kind, str] = {
    "launch": "Initialization",
    "deploy": "Application update",
    "configure": "Configuration update",
    "restart": "Application restart",
    "rebuild": "Initialization",
    "terminate": "Terminate",
}

# Causes, quoted to the byte (lifecycles.md 7).
IN_PROGRESS = "{name} in progress (running for {running})."
IN_PROGRESS_ON = "{name} in progress on {fleet}. {done} out of {fleet} completed (running for {running})."
IN_PROGRESS_AFTER = "{name} in progress. {done} out of {fleet} completed (running for {running})."
COMPLETED = "{name} completed {ago} ago and took {took}."
NO_INSTANCES = "There are no instances."
NO_DATA = "None of the instances are sending data."

BETTER: frozenset[HealthStatus] = frozenset({"Ok", "Info", "Pending"})
SECONDS_UP_TO = 119  # from two minutes on, durations are told in minutes (inferred from the captures)
COMPLETED_FADES = 180.0  # seconds after which an activity that went well is no longer spoken of (inferred: three ticks)


class Observation(Struct, frozen=True):
    """A status and why."""

    status: HealthStatus
    causes: tuple[str, ...] = ()


class Ticks(Struct, frozen=True):
    """When health is assessed, in simulated seconds since the environment was created."""

    first: float
    every: float

    def next(self, created: int, at: int, clock: Clock) -> int:
        """The earliest tick at or after an instant; at `instant` that instant itself."""
        first, every = created + clock.lasting(self.first), clock.lasting(self.every)
        if at <= first:
            return first
        return at if every == 0 else first - (first - at) // every * every


def observe(environment: Environment, fleet: Fleet, clock: Clock, at: int) -> Observation | None:
    """Health as it is at an instant, told or not; None once the environment is gone."""
    status = observed_status(environment, fleet)
    return None if status is None else Observation(status, _causes(environment, fleet, clock, at))


def observed_status(environment: Environment, fleet: Fleet) -> HealthStatus | None:
    """The status alone; the fleet is only looked at where it matters."""
    if not environment.live:
        return None
    match environment.activity and environment.activity.kind:
        case "launch" | "rebuild":
            return "Pending"
        case "deploy" | "configure" | "restart":
            return "Info"
        case "terminate":
            return "Info" if fleet else "Severe"
        case _:
            return "Ok" if fleet else "No Data"


def due(environment: Environment, fleet: Fleet, ticks: Ticks, clock: Clock, at: int) -> int | None:
    """The next tick, if it will publish another status than the one before."""
    if observed_status(environment, fleet) == environment.health_status:
        return None
    return ticks.next(environment.date_created, at, clock)


def transition(before: HealthStatus | None, now: Observation) -> Message:
    """What the event log says of a change of the published status."""
    if before is None:
        return messages.HEALTH_FIRST(after=now.status, causes=" ".join(now.causes))
    sentence = messages.HEALTH_BETTER if now.status in BETTER else messages.HEALTH_WORSE
    return sentence(before=before, after=now.status, causes="".join(f" {cause}" for cause in now.causes))


def span(clock: Clock, milliseconds: int) -> str:
    """A span of the clock in the words of health: `1 second`, `119 seconds`, `2 minutes`."""
    seconds = round(clock.simulated(max(milliseconds, 0)))
    return counted(seconds, "second") if seconds <= SECONDS_UP_TO else counted(seconds // 60, "minute")


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _causes(environment: Environment, fleet: Fleet, clock: Clock, at: int) -> tuple[str, ...]:
    activity = environment.activity
    if activity is None or activity.kind not in NAMES:
        return _afterwards(environment, fleet, clock, at)
    running = span(clock, at - activity.started)
    done = fleets.completed(fleet, activity.started)
    slots = {"name": NAMES[activity.kind], "running": running, "done": done, "fleet": counted(len(fleet), "instance")}
    match activity.kind:
        case "launch" | "rebuild" | "deploy" if fleet:
            return (IN_PROGRESS_ON.format(**slots),)
        case "configure" if done:
            return (IN_PROGRESS_AFTER.format(**slots),)
        case "terminate" if not fleet:
            return (IN_PROGRESS.format(**slots), NO_DATA)
        case "launch" | "rebuild":
            return (IN_PROGRESS.format(**slots), NO_INSTANCES)
        case _:
            return (IN_PROGRESS.format(**slots),)


def _afterwards(environment: Environment, fleet: Fleet, clock: Clock, at: int) -> tuple[str, ...]:
    if not fleet:
        return (NO_INSTANCES,)
    done = environment.done
    if done is None or clock.simulated(at - done.ended) > COMPLETED_FADES:
        return ()
    ago, took = span(clock, at - done.ended), span(clock, done.ended - done.started)
    return (COMPLETED.format(name=NAMES[done.kind], ago=ago, took=took),)
