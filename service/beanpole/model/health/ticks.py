"""When what is observed of health is published, and what is told of it.

A tick is only due where it will publish something, so an environment that nothing happens to has none. Enhanced health
is published as a status, basic health as a colour; where the one gives way to the other it begins anew.
"""

from msgspec import Struct

from beanpole.model.clock import Clock
from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.status import Color, HealthStatus
from beanpole.model.events import messages
from beanpole.model.events.messages import Message
from beanpole.model.health import basic_health
from beanpole.model.health.context import HealthContext
from beanpole.model.health.observation import BETTER, Count, Observation, observe, observed_status


class Ticks(Struct, frozen=True):
    """When health is assessed, in simulated seconds since the environment was created; basic health `sinks` slower."""

    first: float
    every: float
    sinks: float

    def next(self, created: int, at: int, clock: Clock) -> int:
        """The earliest tick at or after an instant; at `instant` that instant itself."""
        first, every = created + clock.lasting(self.first), clock.lasting(self.every)
        if at <= first:
            return first
        return at if every == 0 else first - (first - at) // every * every

    def slower(self) -> "Ticks":
        """Those at which basic health gets worse."""
        return Ticks(self.first, self.sinks, self.sinks)


class Publication(Struct, frozen=True):
    """What is published from now on, and what is told of it."""

    health_status: HealthStatus | None
    basic_health: Color | None
    told: tuple[Message, ...]


def due(look: HealthContext, fleet: Fleet, ticks: Ticks, count: Count | None = None) -> int | None:
    """The next tick, if it will publish something else than the one before; `count` keeps a count of the fleet."""
    environment = look.environment
    if look.reporting.enhanced:
        if environment.basic_health is None and observed_status(look, fleet, count) == environment.health_status:
            return None
        return ticks.next(environment.date_created, look.at, look.clock) if environment.live else None
    seen = basic_health.observed(look, fleet)
    if seen is None or (seen == environment.basic_health and environment.health_status is None):
        return None
    if basic_health.sinks(environment.basic_health, seen):  # from the tick on that comes next, should this be one
        return ticks.slower().next(environment.date_created, look.at + 1, look.clock)
    return ticks.next(environment.date_created, look.at, look.clock)


def publish(look: HealthContext, fleet: Fleet) -> Publication | None:
    """What a tick makes of what is observed; None if it is what was published before."""
    environment = look.environment
    if look.reporting.enhanced:
        seen = observe(look, fleet)
        if seen is None or (seen.status == environment.health_status and environment.basic_health is None):
            return None
        return Publication(seen.status, None, (transition(environment.health_status, seen),))
    color = basic_health.observed(look, fleet)
    if color is None or (color == environment.basic_health and environment.health_status is None):
        return None
    after = basic_health.following(environment.basic_health, color)
    return Publication(None, after, _recolored(look, fleet, after))


def transition(before: HealthStatus | None, now: Observation) -> Message:
    """What the event log says of a change of the published status."""
    causes = "".join(f" {cause}" for cause in now.causes)
    if before is None:
        return messages.HEALTH_FIRST(after=now.status, causes=causes)
    sentence = messages.HEALTH_BETTER if now.status in BETTER else messages.HEALTH_WORSE
    return sentence(before=before, after=now.status, causes=causes)


def _recolored(look: HealthContext, fleet: Fleet, after: Color) -> tuple[Message, ...]:
    """A load balancer with nobody left to send requests to says so itself."""
    before, balancer = look.environment.basic_health, look.environment.resource("load-balancer")
    told = []
    if after == "Red" and balancer is not None and not any(basic_health.passes(it, look) for it in fleet.values()):
        told.append(messages.NO_HEALTHY_INSTANCES(balancer=balancer.name))
    if before is None:
        sentence = messages.COLOR_FIRST if after == "Green" else messages.COLOR_FIRST_BAD
        return (*told, sentence(after=after.upper()))
    sentence = messages.COLOR_WORSE if basic_health.sinks(before, after) else messages.COLOR_BETTER
    return (*told, sentence(before=before.upper(), after=after.upper()))
