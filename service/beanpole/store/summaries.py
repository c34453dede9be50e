"""The fleets and the latest events of many environments, read in one round trip."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.store import codec
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys


class Summary(Struct, frozen=True):
    """An environment, its instances, and the instant of its latest event.

    The instant is None if the latest event of the name is that of another environment.
    """

    environment: Environment
    fleet: tuple[Instance, ...]
    last_event: int | None


def read(redis: Connection, keys: WorldKeys, environments: Sequence[Environment]) -> Iterator[Summary]:
    """A summary of each of some environments, in their order."""
    pipeline = redis.pipeline(transaction=False)
    for environment in environments:
        pipeline.hvals(keys.fleet(environment.id))
        pipeline.xrevrange(keys.log("environment", environment.environment_name), count=1)
    answers = iter(pipeline.execute())
    for environment, fleet, entries in zip(environments, answers, answers, strict=True):
        instances = tuple(codec.decode_fleet(fleet).values())
        yield Summary(environment, instances, _last_event(environment, entries))


def _last_event(environment: Environment, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> int | None:
    for id_, fields in entries:
        event = codec.decode_event(fields[b"e"], int(id_.partition(b"-")[0]))
        if event.environment_id == environment.id:
            return event.at
    return None
