"""Entities in the order of their listing, kept sorted while some of them change."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Generic, TypeVar

from beanpole.model.changes.change import Entity

T = TypeVar("T", bound=Entity)


class Listing(Generic[T]):
    """Entities `by_id`; `order` is the sort key, and `name` the name by which `named` finds them."""

    def __init__(self, order: Callable[[T], Any], name: Callable[[T], Any] | None = None) -> None:
        self._order = order
        self._name = name
        self.by_id: dict[bytes, T] = {}
        self._keys: list[Any] = []
        self._sorted: list[T] = []
        self._ordered: tuple[T, ...] | None = ()
        self._by_name: dict[Any, dict[bytes, T]] = {}

    def ordered(self) -> tuple[T, ...]:
        """Every entity, in order; the same tuple until one changes."""
        if self._ordered is None:
            self._ordered = tuple(self._sorted)
        return self._ordered

    def named(self, names: Collection[Any]) -> Iterator[T]:
        """The entities that have one of some names."""
        return (entity for name in names for entity in self._by_name.get(name, {}).values())

    def put(self, entities: Mapping[bytes, T | None]) -> None:
        """Put entities in the place of those of the same ids; None drops one."""
        if not entities:
            return
        many = 8 * len(entities) > len(self.by_id)  # then to sort takes less than to search for each
        for id_, entity in entities.items():
            before = self.by_id.get(id_)
            if entity is not None:
                self.by_id[id_] = entity
            elif before is not None:
                del self.by_id[id_]
            self._index(id_, before, entity)
            if not many:
                self._move(before, entity)
        if many:
            self._sorted = sorted(self.by_id.values(), key=self._key)
            self._keys = list(map(self._key, self._sorted))
        self._ordered = None

    def _move(self, before: T | None, entity: T | None) -> None:
        if before is not None:
            old = self._key(before)
            place = bisect_left(self._keys, old)
            if entity is not None and self._key(entity) == old:
                self._sorted[place] = entity
                return
            del self._keys[place], self._sorted[place]
        if entity is not None:
            key = self._key(entity)
            place = bisect_left(self._keys, key)
            self._keys.insert(place, key)
            self._sorted.insert(place, entity)

    def _key(self, entity: T) -> tuple[Any, str]:
        """The sort key of an entity, unlike any other's."""
        return self._order(entity), entity.id

    def _index(self, id_: bytes, before: T | None, entity: T | None) -> None:
        if self._name is None:
            return
        if before is not None:
            namesakes = self._by_name[self._name(before)]
            del namesakes[id_]
            if not namesakes:
                del self._by_name[self._name(before)]
        if entity is not None:
            self._by_name.setdefault(self._name(entity), {})[id_] = entity
