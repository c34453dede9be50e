"""The fleet cache: the fleets that this process committed last, so that the next step need not read its fleet.

A fleet changes only together with its environment, so a fleet that was committed at the environment's present
generation is the fleet as it is. `take` removes the entry; call `keep` with the new fleet after the commit, or the next
reader loads it from Redis.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

from beanpole.model.environment.environment import Environment
from beanpole.tables import limits

if TYPE_CHECKING:
    from beanpole.model.health.counted_fleet import CountedFleet

MOST = limits.most("cached_instances")


class FleetCache:
    """Fleets by account, region and environment; the oldest entry is evicted first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str, str], tuple[int, CountedFleet]] = OrderedDict()
        self._instances = 0

    def take(self, environment: Environment) -> "CountedFleet | None":
        """Remove and return the fleet of an environment; None if it is not cached at the environment's generation."""
        generation, counted = self._entries.pop(_key(environment), (0, None))
        if counted is None:
            return None
        self._instances -= _size(counted)
        return counted if generation == environment.generation else None

    def keep(self, environment: Environment, generation: int, counted: "CountedFleet") -> None:
        """Cache a fleet that was committed with its environment at a generation."""
        self._entries[_key(environment)] = generation, counted
        self._instances += _size(counted)
        while self._instances > MOST:
            _, (_, oldest) = self._entries.popitem(last=False)
            self._instances -= _size(oldest)

    def forget(self, account_id: str | None = None) -> None:
        """Drop the fleets of an account, or of every account."""
        for key in [key for key in list(self._entries) if account_id in (None, key[0])]:
            _, counted = self._entries.pop(key, (0, None))
            self._instances -= 0 if counted is None else _size(counted)


def _size(counted: "CountedFleet") -> int:
    """The size of a fleet; an empty fleet counts as one instance."""
    return max(1, len(counted))


def _key(environment: Environment) -> tuple[str, str, str]:
    return environment.account_id, environment.region, environment.id
