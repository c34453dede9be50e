"""A process's copy of one kind of entity in one world.

Reading the list costs one HGET if nothing changed since; else the generations are read, and the entities that changed.
"""

from collections.abc import Callable, Collection
from threading import Lock
from typing import Any, Generic, TypeVar

from beanpole.model.changes.change import Entity
from beanpole.store import codec
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys

T = TypeVar("T", bound=Entity)


class Mirror(Generic[T]):
    """Entities of `kind`; `order` is the sort key of their listing."""

    def __init__(self, redis: Connection, keys: WorldKeys, kind: str, order: Callable[[T], Any]) -> None:
        self._redis = redis
        self._keys = keys
        self._kind = kind
        self._order = order
        self._lock = Lock()
        self._version: bytes | None = None
        self._generations: dict[bytes, bytes] = {}
        self._entities: dict[bytes, T] = {}
        self._listing: tuple[T, ...] = ()
        self._by_name: tuple[tuple[T, ...], dict[Any, list[T]]] = (), {}

    def all(self) -> tuple[T, ...]:
        """Every entity, in order."""
        version = self._redis.hget(self._keys.versions, self._kind)
        with self._lock:
            if version != self._version:
                self._refresh()
                self._version = version
            return self._listing

    def named(self, names: Collection[Any], name_of: Callable[[T], Any]) -> list[T]:
        """The entities that have one of some names, in order; the listing is gone through once for all such calls."""
        listing, (indexed, by_name) = self.all(), self._by_name
        if indexed is not listing:
            by_name = {}
            for entity in listing:
                by_name.setdefault(name_of(entity), []).append(entity)
            self._by_name = listing, by_name
        return sorted((entity for name in names for entity in by_name.get(name, ())), key=self._order)

    def get(self, id_: str) -> T | None:
        """One entity as it is now: from the copy if that is up to date, else from Redis."""
        if self._redis.hget(self._keys.versions, self._kind) == self._version:
            return self._entities.get(id_.encode())
        return self.several((id_,))[0]

    def settled(self, id_: str) -> T | None:
        """One entity of a kind that seldom changes: the copy is brought up to date, and serves the next readers."""
        self.all()
        return self._entities.get(id_.encode())

    def several(self, ids: tuple[str, ...]) -> list[T | None]:
        """Entities by their ids, read from Redis at one moment."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hmget(self._keys.generations(self._kind), ids)
        pipeline.hmget(self._keys.entities(self._kind), ids)
        generations, blobs = pipeline.execute()
        return [self._decode(blob, generation) for blob, generation in zip(blobs, generations, strict=True)]

    def _refresh(self) -> None:
        generations = self._redis.hgetall(self._keys.generations(self._kind))
        changed = [id_ for id_, generation in generations.items() if self._generations.get(id_) != generation]
        entities = {id_: entity for id_, entity in self._entities.items() if id_ in generations}
        if changed:
            blobs = self._redis.hmget(self._keys.entities(self._kind), changed)
            for id_, blob in zip(changed, blobs, strict=True):
                entity = self._decode(blob, generations[id_])
                if entity is not None:
                    entities[id_] = entity
        self._generations, self._entities = generations, entities
        self._listing = tuple(sorted(entities.values(), key=self._order))

    def _decode(self, blob: bytes | None, generation: bytes | None) -> T | None:
        if blob is None or generation is None:
            return None
        decoded: Any = codec.decode_entity(self._kind, blob, int(generation))
        entity: T = decoded
        return entity
