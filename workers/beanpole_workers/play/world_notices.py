"""The events in the log of a world, and the position up to which each channel has sent them."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from beanpole.model.events.event import Event
from beanpole.store import codec
from beanpole.store.connection import Connection
from beanpole.store.world import World

CHUNK = 50  # events that are read, and counted as sent, at once
BEFORE_ALL = "0-0"

LogEntry = tuple[str, Event]  # an event with its id in the log


class WorldNotices(Struct, frozen=True):
    """The stored fields of a world's notices, and the id of the last event in its log."""

    redis: Connection
    world: World
    fields: Mapping[bytes, bytes]
    last: str

    def events(self, field: str) -> Iterator[list[LogEntry]]:
        """The events after the position in a field, which is updated after each part."""
        position = self._position(field)
        if _order(self.last) < _order(position):
            position = BEFORE_ALL  # it is a position of an earlier world
        while entries := self.redis.xrange(self.world.keys.events, f"({position}", "+", CHUNK):
            yield [
                (id_.decode(), codec.decode_event(fields[b"e"], int(id_.partition(b"-")[0]))) for id_, fields in entries
            ]
            position = entries[-1][0].decode()
            self.redis.hset(self.world.keys.notices, field, position)

    def skip(self, field: str) -> None:
        """Count all events of the world as sent, because nothing receives them."""
        if self._position(field) != self.last:
            self.redis.hset(self.world.keys.notices, field, self.last)

    def _position(self, field: str) -> str:
        return self.fields.get(field.encode(), BEFORE_ALL.encode()).decode()


def read(redis: Connection, world: World) -> WorldNotices:
    """The notices of a world, as they are now."""
    pipeline = redis.pipeline(transaction=True)
    pipeline.hgetall(world.keys.notices)
    pipeline.xrevrange(world.keys.events, count=1)
    fields, last = pipeline.execute()
    return WorldNotices(redis, world, fields, last[0][0].decode() if last else BEFORE_ALL)


def _order(position: str) -> tuple[int, int]:
    """The sort key of an id of a stream, in Redis's order."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence)
