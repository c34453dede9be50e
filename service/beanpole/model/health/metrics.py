"""What the agent on an instance measures: requests, processor and load, all of it made up.

Nobody sends requests to a simulated instance, so what it reports follows from its state and from chance that depends on
the account's seed, the instance and the count of its reports alone. Whoever looks twice between two reports sees the
same, and what is seen never contradicts the health of the instance.
"""

from collections.abc import Iterable
from hashlib import blake2b

from msgspec import Struct

from beanpole.model.environment.instance import Instance
from beanpole.model.health.context import REFRESHED, HealthContext

DURATION = int(REFRESHED)  # simulated seconds that a report covers

# Seconds within which a share of the requests is answered, on an instance of middling speed.
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

_BYTE = 255


class Requests(Struct, frozen=True):
    """What was answered during one report; `weight` is the count times the slowness of who answered."""

    count: int = 0
    status2xx: int = 0
    status3xx: int = 0
    status4xx: int = 0
    status5xx: int = 0
    weight: float = 0.0

    @property
    def latency(self) -> dict[str, float] | None:
        """Percentiles in seconds; None where nothing was answered."""
        if self.count == 0:
            return None
        slowness = self.weight / self.count
        return {name: round(seconds * slowness, 3) for name, seconds in LATENCY.items()}


class System(Struct, frozen=True):
    """Percentages of the processor's time, and load averages; what the operating system does not tell is None."""

    cpu_utilization: dict[str, float]
    load_average: tuple[float, ...] | None


def requests(instance: Instance, look: HealthContext) -> Requests | None:
    """What an instance answered; None if it sends no data."""
    if not instance.sends_data or instance.state == "pending":
        return None
    count, draws = _count(instance, look)
    slowness = 0.75 + draws[1] / _BYTE / 2
    if count == 0:
        return Requests()
    if not instance.passes_health_checks:
        return Requests(count, status5xx=count, weight=count * slowness)
    usual = 0 if look.reporting.worker else draws[2] % 3
    failing = _share(count, instance.server_errors)
    erring = _share(count, instance.client_errors) if instance.client_errors else min(usual, count // 20)
    erring = min(erring, count - failing)
    moved = 0 if look.reporting.worker else min(draws[3] % 2, count - failing - erring)
    return Requests(count, count - failing - erring - moved, moved, erring, failing, count * slowness)


def _share(count: int, share: float) -> int:
    """So many of them, and at least one if it is any share."""
    return max(round(count * share), 1) if share else 0


def together(reports: Iterable[Requests | None]) -> Requests:
    """What all instances answered together."""
    count, found2xx, found3xx, found4xx, found5xx, weight = 0, 0, 0, 0, 0, 0.0
    for it in reports:
        if it is not None:
            count += it.count
            found2xx += it.status2xx
            found3xx += it.status3xx
            found4xx += it.status4xx
            found5xx += it.status5xx
            weight += it.weight
    return Requests(count, found2xx, found3xx, found4xx, found5xx, weight)


def system(instance: Instance, look: HealthContext) -> System | None:
    """The processor of an instance; None if it sends no data. A command keeps it busy."""
    if not instance.sends_data or instance.state == "pending":
        return None
    draws = _draws(instance, look)
    if instance.processor:
        return _busy(instance, look)
    busy = instance.state == "deploying"
    user = _between(44, 66, draws[4]) if busy else _between(0.6, 5.4, draws[4])
    kernel = _between(6, 12, draws[5]) if busy else _between(0.2, 1.4, draws[5])
    if look.reporting.windows:
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
    averages = tuple(round(load * part, 2) for part in ((1.0, 0.6, 0.4) if look.reporting.old else (1.0, 0.6)))
    return System(shares, averages)


def _busy(instance: Instance, look: HealthContext) -> System:
    """As much as is told of it is in use, half of it by the system, and more waits than can run (API reference)."""
    waits = 0.0 if look.reporting.windows else instance.io_wait
    half = round((instance.processor - waits) / 2, 1)
    own = round(instance.processor - waits - half, 1)
    if look.reporting.windows:
        return System(_shares(user=own, privileged=half), None)
    shares = _shares(user=own, nice=0.0, system=half, io_wait=waits, irq=0.0, soft_irq=0.0)
    return System(shares, (3.81, 2.11, 0.93) if look.reporting.old else (3.81, 2.11))


def _count(instance: Instance, look: HealthContext) -> tuple[int, bytes]:
    """Requests that reach it: none out of service; none but health checks where it does not pass them."""
    draws = _draws(instance, look)
    if look.reporting.balancer and not instance.passes_health_checks:
        return 1 + draws[0] % 3, draws
    if not instance.in_service and instance.passes_health_checks:
        return 0, draws
    if instance.few_requests:
        return 1, draws
    return (1 + draws[0] % 5 if look.reporting.worker else 30 + draws[0] % 31), draws


def _draws(instance: Instance, look: HealthContext) -> bytes:
    return blake2b(f"{look.clock.seed}/{instance.id}/{look.tick}".encode(), digest_size=16).digest()


def _between(low: float, high: float, draw: int) -> float:
    return round(low + (high - low) * draw / _BYTE, 1)


def _shares(**busy: float) -> dict[str, float]:
    """They and what is left of the processor's time come to a hundred."""
    return {**busy, "idle": round(100 - sum(busy.values()), 1)}
