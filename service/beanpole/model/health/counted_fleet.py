"""A census of a fleet that is kept up to date, so that a great fleet is counted once and not at every step."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from beanpole.model.environment.fleet import Fleet, FleetChange, by_launch
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import instance_health as each
from beanpole.model.health.context import HealthContext
from beanpole.model.health.observation import Census, census, members


class _Row(NamedTuple):
    """`metered`: its requests are not as they should be, so something may follow from those of the whole fleet."""

    status: HealthStatus
    executing: bool
    metered: bool


class Register:
    """What was counted of a fleet, and which of its instances have changed since."""

    def __init__(self) -> None:
        self._basis: Any = None
        self._rows: dict[str, _Row] = {}
        self._statuses: Counter[HealthStatus] = Counter()
        self._executing = 0
        self._metered = 0
        self._changed: set[str] = set()

    def note(self, ids: Iterable[str]) -> None:
        """Instances are others, new or gone."""
        self._changed.update(ids)

    def census(self, look: HealthContext, fleet: Fleet) -> Census:
        """The census as it is by now. Where the view of single instances is another one, all are counted anew."""
        environment = look.environment
        basis = look.since, environment.deployment_id, environment.version_label, look.reporting
        if basis != self._basis:
            self._basis, self._rows, self._changed = basis, {}, set(fleet)
            self._statuses, self._executing, self._metered = Counter(), 0, 0
        for id_ in self._changed:
            self._recount(id_, fleet.get(id_), look)
        self._changed.clear()
        if self._metered:
            return census(members(fleet), look)
        return Census(len(self._rows), dict(+self._statuses), self._executing, 0.0)

    def _recount(self, id_: str, instance: Instance | None, look: HealthContext) -> None:
        if (row := self._rows.pop(id_, None)) is not None:
            self._count(row, -1)
        if instance is not None and instance.state != "terminating":
            status, executing = each.status(instance, look), each.is_executing(instance, look)
            metered = instance.client_errors > 0 or instance.server_errors > 0 or instance.few_requests
            row = self._rows[id_] = _Row(status, executing, metered)
            self._count(row, 1)

    def _count(self, row: _Row, by: int) -> None:
        self._statuses[row.status] += by
        self._executing += by * row.executing
        self._metered += by * row.metered


class CountedFleet(dict[str, Instance]):
    """A fleet with its register. Nobody changes it: `after` a change it is another, and takes the register along."""

    def __init__(self, instances: Fleet, register: Register | None = None) -> None:
        super().__init__(instances)
        self.register = register or Register()

    def after(self, change: FleetChange | None) -> "CountedFleet":
        """The fleet that a change leaves."""
        if change is None:
            return self
        return CountedFleet(
            merged(self, {it.id: it for it in change.puts} | dict.fromkeys(change.removals)), self.register
        )


def merged(fleet: Fleet, touched: dict[str, Instance | None]) -> dict[str, Instance]:
    """A fleet with some instances changed, new, or (None) gone, in the order of launch."""
    every: dict[str, Instance | None] = {**fleet, **touched}
    there = {id_: it for id_, it in every.items() if it is not None}
    return there if touched.keys() <= fleet.keys() else by_launch(there.values())
