"""A world from which some entities are hidden, as new entities are on AWS for a short time after their creation."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from beanpole.model.changes.change import Entity
from beanpole.model.environment.environment import Environment
from beanpole.store.world import World

E = TypeVar("E", bound=Entity)


class VeiledWorld(World):
    """A world without the entities of some ids; writes go to the world itself."""

    def __init__(self, world: World, hidden: frozenset[str]) -> None:
        vars(self).update(vars(world))
        self._hidden = hidden

    def all(self, kind: type[E]) -> tuple[E, ...]:
        """The entities of a kind, but for hidden ones."""
        return tuple(entity for entity in super().all(kind) if entity.id not in self._hidden)

    def find(self, kind: type[E], id_: str) -> E | None:
        """One entity; None if it does not exist or is hidden."""
        return None if id_ in self._hidden else super().find(kind, id_)

    def environments_called(self, names: Collection[str]) -> list[Environment]:
        """The environments of some names, but for hidden ones."""
        return [environment for environment in super().environments_called(names) if environment.id not in self._hidden]

    def environment(self, environment_id: str) -> Environment | None:
        """The environment of an id; None if it does not exist or is hidden."""
        return None if environment_id in self._hidden else super().environment(environment_id)

    def environments_of(self, ids: Sequence[str]) -> list[Environment | None]:
        """The environments of some ids; None for each that does not exist or is hidden."""
        environments = super().environments_of(ids)
        return [
            None if id_ in self._hidden else environment for id_, environment in zip(ids, environments, strict=True)
        ]
