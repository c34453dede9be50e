"""The census of a fleet: the counts of its instances from which the health of an environment follows."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import instance_health
from beanpole.model.health.context import HealthContext


class Census(Struct, frozen=True):
    """The counts of a fleet from which a status follows.

    `erring` and `failing` are the shares of requests that the instances in service which pass their checks answer with
    4xx and 5xx; with too `few` requests they are ignored. `failed` are those on which nothing but the command failed.
    """

    size: int
    statuses: Mapping[HealthStatus, int]
    executing: int
    erring: float
    failing: float = 0.0
    few: bool = False
    failed: int = 0


Count = Callable[[HealthContext, Fleet], Census]


def members(fleet: Fleet) -> tuple[Instance, ...]:
    """The instances of a fleet that count for health: all but those that shut down."""
    return tuple(instance for instance in fleet.values() if instance.state != "terminating")


def census(instances: Iterable[Instance], context: HealthContext) -> Census:
    """The counts of instances."""
    statuses: dict[HealthStatus, int] = {}
    size = executing = serving = few = failed = 0
    erring = failing = 0.0
    for instance in instances:
        status = instance_health.status(instance, context)
        statuses[status] = statuses.get(status, 0) + 1
        size += 1
        executing += instance_health.is_executing(instance, context)
        failed += instance_health.only_failed(instance)
        serving += instance.in_service
        few += instance.in_service and instance.few_requests
        erring += instance_health.erring(instance) if instance.client_errors else 0
        failing += instance_health.failing(instance) if instance.server_errors else 0
    whole = serving or 1
    return Census(size, statuses, executing, erring / whole, failing / whole, 0 < few == serving, failed)
