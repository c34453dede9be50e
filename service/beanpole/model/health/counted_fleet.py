"""A fleet with a running census, so that a large fleet is counted once and not at every step."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from beanpole.model.environment.fleet import Fleet, FleetChange, by_launch
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import instance_health
from beanpole.model.health.census import Census, census, members
from beanpole.model.health.context import HealthContext


class _Row(NamedTuple):
    """The part of one instance in the census; `metered`: it answers with errors or gets few requests.

    Requests count as those of the whole fleet, so one metered instance makes a full count necessary.
    """

    status: HealthStatus
    executing: bool
    metered: bool
    failed: bool


class RunningCensus:
    """The census of a fleet, kept up to date by the instances that changed.

    It holds for one `basis`: all that the status of an instance follows from besides the instance itself. A cause that
    depends on anything else (time, a new member of the environment) must add it to the basis.
    """

    def __init__(self) -> None:
        self._basis: Any = None
        self._rows: dict[str, _Row] = {}
        self._statuses: dict[HealthStatus, int] = {}
        self._executing = 0
        self._metered = 0
        self._failed = 0
        self._changed: set[str] = set()

    def note(self, ids: Iterable[str]) -> None:
        """Note that instances changed, were added or were removed."""
        self._changed.update(ids)

    def census(self, context: HealthContext, fleet: Fleet) -> Census:
        """The census now; on another basis than before, every instance is counted again."""
        environment = context.environment
        basis = context.since, environment.deployment_id, environment.version_label, context.reporting
        if basis != self._basis:
            self._basis, self._rows, self._changed = basis, {}, set(fleet)
            self._statuses, self._executing, self._metered, self._failed = {}, 0, 0, 0
        for id_ in self._changed:
            self._recount(id_, fleet.get(id_), context)
        self._changed.clear()
        if self._metered:
            return census(members(fleet), context)
        statuses = {status: count for status, count in self._statuses.items() if count}
        return Census(len(self._rows), statuses, self._executing, 0.0, failed=self._failed)

    def _recount(self, id_: str, instance: Instance | None, context: HealthContext) -> None:
        if (row := self._rows.pop(id_, None)) is not None:
            self._count(row, -1)
        if instance is not None and instance.state != "terminating":
            status, executing = (
                instance_health.status(instance, context),
                instance_health.is_executing(instance, context),
            )
            metered = instance.client_errors > 0 or instance.server_errors > 0 or instance.few_requests
            row = self._rows[id_] = _Row(status, executing, metered, instance_health.only_failed(instance))
            self._count(row, 1)

    def _count(self, row: _Row, by: int) -> None:
        self._statuses[row.status] = self._statuses.get(row.status, 0) + by
        self._executing += by * row.executing
        self._metered += by * row.metered
        self._failed += by * row.failed


class CountedFleet(dict[str, Instance]):
    """A fleet with its running census. It is not changed in place: `after` returns another, with the same census."""

    def __init__(self, instances: Fleet, running_census: RunningCensus | None = None) -> None:
        super().__init__(instances)
        self.running_census = running_census or RunningCensus()

    def after(self, change: FleetChange | None) -> "CountedFleet":
        """The fleet after a change; itself without one."""
        if change is None:
            return self
        return CountedFleet(
            merged(self, {instance.id: instance for instance in change.puts} | dict.fromkeys(change.removals)),
            self.running_census,
        )


def merged(fleet: Fleet, touched: dict[str, Instance | None]) -> dict[str, Instance]:
    """A fleet with some instances changed, added or (None) removed, in the order of launch."""
    instances = {**fleet, **{id_: instance for id_, instance in touched.items() if instance is not None}}
    for id_ in touched.keys() & instances.keys():
        if touched[id_] is None:
            del instances[id_]
    return instances if touched.keys() <= fleet.keys() else by_launch(instances.values())
