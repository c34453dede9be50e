"""The fleets that this process committed last, and those that it read last, by the generations of environments.

A fleet changes only together with its environment, so a fleet that was committed or read at the environment's present
generation is the fleet as it is.
"""

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.tables import limits

if TYPE_CHECKING:
    from beanpole.model.health.counted_fleet import CountedFleet

MOST = limits.most("cached_instances")


class FleetCache:
    """Fleets that were committed, so that the next step need not read its fleet; the oldest entry is evicted first.

    `take` removes the entry; call `keep` with the new fleet after the commit, or the next reader loads it from Redis.
    """

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


class ReadFleetCache:
    """Fleets that were read, for the next reader; the least recently used entry is evicted first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str, str], tuple[int, tuple[Instance, ...]]] = OrderedDict()
        self._instances = 0
        self._lock = Lock()

    def get(self, environment: Environment) -> tuple[Instance, ...] | None:
        """The instances of an environment; None if they are not cached at the environment's generation."""
        key = _key(environment)
        with self._lock:
            generation, instances = self._entries.get(key, (0, ()))
            if generation != environment.generation:
                return None
            self._entries.move_to_end(key)
            return instances

    def keep(self, environment: Environment, instances: tuple[Instance, ...]) -> None:
        """Cache the instances of an environment at its generation, unless they alone are more than the cache holds."""
        with self._lock:
            self._drop(_key(environment))
            if _size(instances) > MOST:
                return
            self._entries[_key(environment)] = environment.generation, instances
            self._instances += _size(instances)
            while self._instances > MOST:
                self._drop(next(iter(self._entries)))

    def forget(self, account_id: str | None = None) -> None:
        """Drop the fleets of an account, or of every account."""
        with self._lock:
            for key in [key for key in self._entries if account_id in (None, key[0])]:
                self._drop(key)

    def _drop(self, key: tuple[str, str, str]) -> None:
        if key in self._entries:
            self._instances -= _size(self._entries.pop(key)[1])


def _size(fleet: "CountedFleet | tuple[Instance, ...]") -> int:
    """The size of a fleet; an empty fleet counts as one instance."""
    return max(1, len(fleet))


def _key(environment: Environment) -> tuple[str, str, str]:
    return environment.account_id, environment.region, environment.id
