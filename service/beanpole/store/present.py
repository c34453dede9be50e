"""A world as its listings stood at one moment, for the reads of one call.

Every listing begins with a read of its version. Here the versions of all of them are read once, together with the
clock, so a call makes fewer round trips to Redis. What has changed since is met by the commit, as ever.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from beanpole.model.changes.change import Entity
from beanpole.model.environment.environment import Environment
from beanpole.model.time.clock import Clock
from beanpole.store import codec
from beanpole.store.world import World

E = TypeVar("E", bound=Entity)


class PresentWorld(World):
    """A world whose listings have these versions, by kind; all else is read when it is needed."""

    def __init__(self, world: World, versions: Mapping[str, bytes | None]) -> None:
        vars(self).update(vars(world))
        self._versions = versions

    def all(self, kind: type[E]) -> tuple[E, ...]:
        """Every entity of a kind, in the order of its listing."""
        return self.mirror(kind).at(self._version(kind))

    def find(self, kind: type[E], id_: str) -> E | None:
        """One entity of a kind that seldom changes."""
        return self.mirror(kind).settled_at(self._version(kind), id_)

    def environments_called(self, names: Collection[str]) -> list[Environment]:
        """The environments of some names, in that order; a terminated one keeps its name."""
        return self.mirror(Environment).named_at(self._version(Environment), names)

    def environment(self, environment_id: str) -> Environment | None:
        """The environment of that id, terminated or not."""
        return self.mirror(Environment).get_at(self._version(Environment), environment_id)

    def version(self, kind: str) -> str:
        """The version of a kind's listing."""
        return (self._versions[kind] or b"").decode()

    def _version(self, kind: Any) -> bytes | None:
        return self._versions[codec.KINDS[kind]]


def look(world: World) -> tuple[Clock, PresentWorld]:
    """The clock of the world's account, and the world as its listings stand."""
    clock, versions = world.standing()
    return clock, PresentWorld(world, versions)
