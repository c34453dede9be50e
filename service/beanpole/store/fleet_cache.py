"""The fleets that this process committed last, so that whoever goes on with one need not read it again.

A fleet changes only together with its environment, so one that was committed at the environment's present generation is
the fleet as it is. Whoever takes one must keep what becomes of it, or it is read anew the next time.
"""

from collections import OrderedDict

from beanpole.model.environment.environment import Environment
from beanpole.model.health.counted_fleet import CountedFleet

MOST = 100_000  # instances


class FleetCache:
    """By account, region and environment; those that nobody has asked for longest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], tuple[int, CountedFleet]] = OrderedDict()
        self._instances = 0

    def take(self, environment: Environment) -> CountedFleet | None:
        """The fleet of an environment as it is, if it is here; it is here no longer."""
        generation, counted = self._kept.pop(_key(environment), (0, None))
        if counted is None:
            return None
        self._instances -= len(counted)
        return counted if generation == environment.generation else None

    def keep(self, environment: Environment, generation: int, counted: CountedFleet) -> None:
        """A fleet as it was committed with its environment at a generation."""
        self._kept[_key(environment)] = generation, counted
        self._instances += len(counted)
        while self._instances > MOST:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._instances -= len(oldest)


def _key(environment: Environment) -> tuple[str, str, str]:
    return environment.account_id, environment.region, environment.id
