"""Worlds that serve one test after another, because to make one takes longer than most tests do.

All that a world knows is in its Redis: without a key it is a new one. A test that leaves other parts in
its world keeps it.
"""

from typing import Any

from beanpole.store.fleet_cache import FleetCache
from beanpole.testing import Beanstalk


class Worlds:
    """Worlds in this process, of which each test takes as many as it wants."""

    def __init__(self) -> None:
        self._free: list[Beanstalk] = []
        self._lent: list[tuple[Beanstalk, dict[str, int]]] = []

    def take(self) -> Beanstalk:
        """A world with nothing in it, until `end_test`."""
        world = self._free.pop() if self._free else Beanstalk()
        self._lent.append((world, _parts(world)))
        return world

    def end_test(self) -> None:
        """Clear what the test has taken, for the next one."""
        for world, parts in self._lent:
            if _parts(world) == parts:
                _clear(world)
                self._free.append(world)
        self._lent.clear()


def _clear(world: Beanstalk) -> None:
    world.store.redis.flushall()
    world.store.forget_copies()
    world.store.journal.forget()
    world.store.fleet_cache = FleetCache()


def _parts(world: Beanstalk) -> dict[str, int]:
    """By their names, which objects the world is made of."""
    parts: dict[str, Any] = {"app": world.app, "catalog": world.catalog, **vars(world.catalog), **vars(world.store)}
    return {name: id(part) for name, part in parts.items()}
