"""Ticks: the instants at which observed health is published, and the events of a publication.

A tick is due only if it will publish something, so an environment at rest has none. Enhanced health is published as a
status, basic health as a colour; when one replaces the other, it is published as if for the first time.
"""

from msgspec import Struct

from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.status import Color, HealthStatus
from beanpole.model.events import messages
from beanpole.model.events.messages import Message
from beanpole.model.health import basic_health
from beanpole.model.health.census import Count
from beanpole.model.health.context import HealthContext
from beanpole.model.health.observation import BETTER, Observation, observe, observed_status
from beanpole.model.time.clock import Clock


class Ticks(Struct, frozen=True):
    """The schedule of ticks, in simulated seconds since the creation; basic health `sinks` more slowly."""

    first: float
    every: float
    sinks: float

    def next(self, created: int, at: int, clock: Clock) -> int:
        """The earliest tick at or after an instant; that instant itself on a clock at speed `instant`."""
        first, every = created + clock.lasting(self.first), clock.lasting(self.every)
        if at <= first:
            return first
        return at if every == 0 else first - (first - at) // every * every

    def slower(self) -> "Ticks":
        """The schedule by which basic health gets worse."""
        return Ticks(self.first, self.sinks, self.sinks)


class Publication(Struct, frozen=True):
    """The health to publish, and the messages of its events."""

    health_status: HealthStatus | None
    basic_health: Color | None
    messages: tuple[Message, ...]


def due(context: HealthContext, fleet: Fleet, ticks: Ticks, count: Count | None = None) -> int | None:
    """The next tick, if it will publish another health than the last one; None if not."""
    environment = context.environment
    if context.reporting.enhanced:
        if environment.basic_health is None and observed_status(context, fleet, count) == environment.health_status:
            return None
        return ticks.next(environment.date_created, context.at, context.clock) if environment.live else None
    color = basic_health.observed(context, fleet)
    if color is None or (color == environment.basic_health and environment.health_status is None):
        return None
    if basic_health.sinks(environment.basic_health, color):  # at the tick after this instant, even if this is one
        return ticks.slower().next(environment.date_created, context.at + 1, context.clock)
    return ticks.next(environment.date_created, context.at, context.clock)


def publish(context: HealthContext, fleet: Fleet, count: Count | None = None) -> Publication | None:
    """The publication of a tick; None if health is as published before."""
    environment = context.environment
    if context.reporting.enhanced:
        observation = observe(context, fleet, count)
        if observation is None or (
            observation.status == environment.health_status and environment.basic_health is None
        ):
            return None
        message = transition(environment.health_status, observation)
        return Publication(observation.status, None, (message,))
    color = basic_health.observed(context, fleet)
    if color is None or (color == environment.basic_health and environment.health_status is None):
        return None
    after = basic_health.following(environment.basic_health, color)
    return Publication(None, after, _recolored(context, fleet, after))


def transition(before: HealthStatus | None, now: Observation) -> Message:
    """The message of a change of the published status."""
    causes = "".join(f" {cause}" for cause in now.causes)
    if before is None:
        first = messages.HEALTH_FIRST if now.status in BETTER else messages.HEALTH_FIRST_BAD
        return first(after=now.status, causes=causes)
    sentence = messages.HEALTH_BETTER if now.status in BETTER else messages.HEALTH_WORSE
    return sentence(before=before, after=now.status, causes=causes)


def _recolored(context: HealthContext, fleet: Fleet, after: Color) -> tuple[Message, ...]:
    """The messages of a new colour; a load balancer without healthy instances adds its own."""
    before, balancer = context.environment.basic_health, context.environment.balancer
    first = []
    if (
        after == "Red"
        and balancer is not None
        and not any(basic_health.passes(instance, context) for instance in fleet.values())
    ):
        first.append(messages.NO_HEALTHY_INSTANCES(balancer=balancer.name))
    if before is None:
        sentence = messages.COLOR_FIRST if after == "Green" else messages.COLOR_FIRST_BAD
        return (*first, sentence(after=after.upper()))
    sentence = messages.COLOR_WORSE if basic_health.sinks(before, after) else messages.COLOR_BETTER
    return (*first, sentence(before=before.upper(), after=after.upper()))
