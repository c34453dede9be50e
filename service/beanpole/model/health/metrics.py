"""The metrics of the agent on an instance: requests, processor and load, all of them invented.

A simulated instance gets no requests, so its metrics follow from its state and from random draws that depend on the
account's seed, the instance and the number of the report alone. Two reads between two reports give the same metrics,
and they never contradict the health of the instance.
"""

from collections.abc import Iterable
from hashlib import blake2b

from msgspec import Struct

from beanpole.model.environment.instance import Instance
from beanpole.model.health.context import REFRESHED, HealthContext

DURATION = int(REFRESHED)  # simulated seconds that a report covers

# Latency in seconds by percentile, on an instance of average speed.
LATENCY = {
    "p999": 0.212,
    "p99": 0.094,
    "p95": 0.038,
    "p90": 0.021,
    "p85": 0.014,
    "p75": 0.008,
    "p50": 0.004,
    "p10": 0.001,
}

# Load averages of 1, 5 and 15 minutes (docs/facts.md#answers): the parts of the first, and those of a busy instance.
_LOAD_PARTS = (1.0, 0.6, 0.4)
_BUSY_LOAD = (3.81, 2.11, 0.93)
_BYTE = 255


class Requests(Struct, frozen=True):
    """The requests of one report; `weight` is the count times the slowness of the instance."""

    count: int = 0
    status2xx: int = 0
    status3xx: int = 0
    status4xx: int = 0
    status5xx: int = 0
    weight: float = 0.0

    @property
    def latency(self) -> dict[str, float] | None:
        """Percentiles in seconds; None without requests."""
        if self.count == 0:
            return None
        slowness = self.weight / self.count
        return {name: round(seconds * slowness, 3) for name, seconds in LATENCY.items()}


class System(Struct, frozen=True):
    """Percentages of the processor's time, and load averages; None where the operating system has none."""

    cpu_utilization: dict[str, float]
    load_average: tuple[float, ...] | None


def requests(instance: Instance, context: HealthContext) -> Requests | None:
    """The requests that an instance answered; None if it sends no data."""
    if not instance.sends_data or instance.state == "pending":
        return None
    count, draws = _count(instance, context)
    slowness = 0.75 + draws[1] / _BYTE / 2
    if count == 0:
        return Requests()
    if not instance.passes_health_checks:
        return Requests(count, status5xx=count, weight=count * slowness)
    usual = 0 if context.reporting.worker else draws[2] % 3
    failing = _share(count, instance.server_errors)
    erring = _share(count, instance.client_errors) if instance.client_errors else min(usual, count // 20)
    erring = min(erring, count - failing)
    redirected = 0 if context.reporting.worker else min(draws[3] % 2, count - failing - erring)
    return Requests(count, count - failing - erring - redirected, redirected, erring, failing, count * slowness)


def _share(count: int, share: float) -> int:
    """A share of a number, at least 1 unless the share is 0."""
    return max(round(count * share), 1) if share else 0


def together(reports: Iterable[Requests | None]) -> Requests:
    """The sum of the requests of all instances."""
    count, status2xx, status3xx, status4xx, status5xx, weight = 0, 0, 0, 0, 0, 0.0
    for report in reports:
        if report is not None:
            count += report.count
            status2xx += report.status2xx
            status3xx += report.status3xx
            status4xx += report.status4xx
            status5xx += report.status5xx
            weight += report.weight
    return Requests(count, status2xx, status3xx, status4xx, status5xx, weight)


def system(instance: Instance, context: HealthContext) -> System | None:
    """The processor metrics of an instance, higher while a command runs; None if it sends no data."""
    if not instance.sends_data or instance.state == "pending":
        return None
    draws = _draws(instance, context)
    if instance.processor:
        return _busy(instance, context)
    busy = instance.state == "deploying"
    user = _between(44, 66, draws[4]) if busy else _between(0.6, 5.4, draws[4])
    kernel = _between(6, 12, draws[5]) if busy else _between(0.2, 1.4, draws[5])
    if context.reporting.windows:
        return System(_shares(user=user, privileged=kernel), None)
    waits = _between(5, 16, draws[6]) if busy else _between(0, 0.4, draws[6])
    shares = _shares(
        user=user,
        nice=_between(0, 0.1, draws[7]),
        system=kernel,
        io_wait=waits,
        irq=0.0,
        soft_irq=_between(0, 0.2, draws[8]),
    )
    load = _between(0.9, 1.9, draws[9]) if busy else _between(0, 0.24, draws[9])
    return System(shares, tuple(round(load * part, 2) for part in _LOAD_PARTS))


def _busy(instance: Instance, context: HealthContext) -> System:
    """The metrics of a symptom: the processor is in use, half of it by the system, at a high load (API reference)."""
    waits = 0.0 if context.reporting.windows else instance.io_wait
    half = round((instance.processor - waits) / 2, 1)
    own = round(instance.processor - waits - half, 1)
    if context.reporting.windows:
        return System(_shares(user=own, privileged=half), None)
    shares = _shares(user=own, nice=0.0, system=half, io_wait=waits, irq=0.0, soft_irq=0.0)
    return System(shares, _BUSY_LOAD)


def _count(instance: Instance, context: HealthContext) -> tuple[int, bytes]:
    """The number of requests to an instance: none out of service; only health checks where it fails them."""
    draws = _draws(instance, context)
    if context.reporting.balancer and not instance.passes_health_checks:
        return 1 + draws[0] % 3, draws
    if not instance.in_service and instance.passes_health_checks:
        return 0, draws
    if instance.few_requests:
        return 1, draws
    return (1 + draws[0] % 5 if context.reporting.worker else 30 + draws[0] % 31), draws


def _draws(instance: Instance, context: HealthContext) -> bytes:
    return blake2b(f"{context.clock.seed}/{instance.id}/{context.tick}".encode(), digest_size=16).digest()


def _between(low: float, high: float, draw: int) -> float:
    return round(low + (high - low) * draw / _BYTE, 1)


def _shares(**busy: float) -> dict[str, float]:
    """Shares of the processor's time, with the idle rest: 100 in all."""
    return {**busy, "idle": round(100 - sum(busy.values()), 1)}
