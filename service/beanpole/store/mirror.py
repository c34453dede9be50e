"""A process's copy of one kind of entity in one world.

Reading the list costs one HGET if nothing has changed since. Otherwise the process reads the latest changes, of which
the commit keeps a list, and the entities that they name. Only where that list does not go back far enough does it read
all generations.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

from beanpole.model.changes.change import Entity
from beanpole.store import codec
from beanpole.store.connection import Connection
from beanpole.store.keys import LATEST_CHANGES, WorldKeys
from beanpole.store.listing import Listing

T = TypeVar("T", bound=Entity)


class Mirror(Generic[T]):
    """Entities of `kind`; `order` is the sort key of their listing, and `name` the name by which `named` finds them."""

    def __init__(
        self,
        redis: Connection,
        keys: WorldKeys,
        kind: str,
        order: Callable[[T], Any],
        name: Callable[[T], Any] | None = None,
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._kind = kind
        self._order = order
        self._lock = Lock()
        self._version: bytes | None = None
        self._noted: bytes | None = None
        self._latest = 0  # every change up to this generation is in the copy
        self._entities: Listing[T] = Listing(order, name)

    def all(self) -> tuple[T, ...]:
        """Every entity, in order."""
        return self.at(self._present())

    def at(self, version: bytes | None) -> tuple[T, ...]:
        """Every entity, in order, where the version of the listing has just been read."""
        with self._lock:
            if version != self._version:
                self._refresh(int(version or 0))
                self._version = version
            return self._entities.ordered()

    def named(self, names: Collection[Any]) -> list[T]:
        """The entities that have one of some names, in order."""
        return self.named_at(self._present(), names)

    def named_at(self, version: bytes | None, names: Collection[Any]) -> list[T]:
        """The same, where the version of the listing has just been read."""
        self.at(version)
        with self._lock:
            return sorted(self._entities.named(names), key=self._order)

    def get(self, id_: str) -> T | None:
        """One entity as it is now: from the copy if that is up to date, else from Redis."""
        return self.get_at(self._present(), id_)

    def get_at(self, version: bytes | None, id_: str) -> T | None:
        """The same, where the version of the listing has just been read."""
        return self._entities.by_id.get(id_.encode()) if version == self._version else self.several((id_,))[0]

    def settled(self, id_: str) -> T | None:
        """One entity of a kind that seldom changes: the copy is brought up to date, and serves the next readers."""
        return self.settled_at(self._present(), id_)

    def settled_at(self, version: bytes | None, id_: str) -> T | None:
        """The same, where the version of the listing has just been read."""
        self.at(version)
        return self._entities.by_id.get(id_.encode())

    def note(self, version: bytes | None) -> None:
        """Note the version of the listing, which has just been read, for the callers of `noted`."""
        self._noted = version

    def noted(self, id_: str) -> T | None:
        """One entity as it was when the version was noted, or later."""
        return self.settled_at(self._noted, id_)

    def several(self, ids: tuple[str, ...]) -> list[T | None]:
        """Entities by their ids, read from Redis at one moment."""
        pipeline = self._redis.pipeline(transaction=True)
        self.request(pipeline, ids)
        return self.decode(*pipeline.execute())

    def request(self, pipeline: Connection, ids: Sequence[str]) -> None:
        """Add the reads of entities to a transaction; `decode` takes their two answers."""
        pipeline.hmget(self._keys.generations(self._kind), ids)
        pipeline.hmget(self._keys.entities(self._kind), ids)

    def decode(self, generations: Sequence[bytes | None], blobs: Sequence[bytes | None]) -> list[T | None]:
        """The entities in two answers of Redis; None for an entity that does not exist."""
        return [self._decode(blob, generation) for blob, generation in zip(blobs, generations, strict=True)]

    def _present(self) -> bytes | None:
        version: bytes | None = self._redis.hget(self._keys.versions, self._kind)
        return version

    def _refresh(self, version: int) -> None:
        changes = self._redis.hget(self._keys.generations(self._kind), LATEST_CHANGES)
        latest = None if changes is None else _Changes.of(changes)
        if latest is not None and latest.last >= version and latest.go_on_from(self._latest):
            self._read({id_: at for id_, at in latest.generations.items() if at > self._latest})
            self._latest = latest.last
            return
        present = self._redis.hgetall(self._keys.generations(self._kind))
        present.pop(LATEST_CHANGES, None)
        generations = {id_: int(generation) for id_, generation in present.items()}
        known = {id_: entity.generation for id_, entity in self._entities.by_id.items()}
        self._entities.put(dict.fromkeys(known.keys() - generations.keys()))
        self._read({id_: at for id_, at in generations.items() if known.get(id_) != at})
        self._latest = max(version, max(generations.values(), default=0))

    def _read(self, generations: Mapping[bytes, int]) -> None:
        """Read entities of these generations; an entity that is not there any more is dropped."""
        if generations:
            blobs = self._redis.hmget(self._keys.entities(self._kind), list(generations))
            pairs = zip(generations.items(), blobs, strict=True)
            self._entities.put({id_: self._decode(blob, generation) for (id_, generation), blob in pairs})

    def _decode(self, blob: bytes | None, generation: bytes | int | None) -> T | None:
        if blob is None or generation is None:
            return None
        decoded: Any = codec.decode_entity(self._kind, blob, int(generation))
        entity: T = decoded
        return entity


class _Changes:
    """The latest changes of a kind: every one that was made `after` a generation, the oldest first."""

    def __init__(self, after: int, changes: Sequence[tuple[bytes, int]]) -> None:
        self._points = {after, *(generation for _, generation in changes)}
        self.generations = dict(changes)
        self.last = changes[-1][1] if changes else after

    @classmethod
    def of(cls, text: bytes) -> "_Changes":
        """The changes of a text as the commit writes it: a line for the generation, and one for each change."""
        after, *lines = text.split(b"\n")[:-1]
        parts = (line.partition(b" ") for line in lines)
        return cls(int(after), [(id_, int(generation)) for generation, _, id_ in parts])

    def go_on_from(self, generation: int) -> bool:
        """Tell whether every change since a generation is listed.

        The list has the generation itself. A generation that it lacks is too old, or was lost: a Redis that comes back
        as it was a while ago does not have the last ones, and later ones may have been written since.
        """
        return generation in self._points
