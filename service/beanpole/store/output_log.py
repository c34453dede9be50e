"""The output of the web processes of environments: the latest lines of each environment.

A source has web processes: it writes their output when requests come, when a process ends, and before this process
reads. The lines expire, and are no part of an account's state.
"""

from collections.abc import Callable, Sequence
from weakref import WeakMethod

import msgspec

from beanpole.model.logs.printed import Printed, Process
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys
from beanpole.tables import limits
from beanpole.threads.decoders import JsonDecoder

MOST_LINES = limits.most("output_lines")
LINE = limits.most("output_line")
LASTS = 86_400  # seconds of real time after the last line

Source = Callable[[], None]

_encoder = msgspec.json.Encoder()
_decoder = JsonDecoder[Printed](Printed)


class OutputLog:
    """The log of all environments on one Redis."""

    def __init__(self, redis: Connection) -> None:
        self._redis = redis
        self._sources: list[WeakMethod[Source]] = []

    def have_written(self, source: Source) -> None:
        """Call a method of an object before each read, as long as the object lives; the method writes new output."""
        self._sources.append(WeakMethod(source))

    def add(
        self,
        world: WorldKeys,
        environment_id: str,
        instance: str,
        at: int,
        text: str,
        by: Process = "web",
    ) -> None:
        """Add the lines of a text that a process of an instance has printed by an instant; long lines are cut."""
        lines = [Printed(instance, at, line[:LINE], by) for line in text.splitlines()[-MOST_LINES:]]
        if lines:
            key = world.outputs(environment_id)
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.rpush(key, *map(_encoder.encode, lines))
            pipeline.ltrim(key, -MOST_LINES, -1)
            pipeline.expire(key, LASTS)
            pipeline.execute()

    def latest(self, world: WorldKeys, environment_id: str) -> Sequence[Printed]:
        """The latest lines of an environment's processes, in the order of their writes."""
        sources = [source() for source in self._sources]
        self._sources = [reference for reference, source in zip(self._sources, sources, strict=True) if source]
        for source in sources:
            if source is not None:
                source()
        return tuple(map(_decoder.decode, self._redis.lrange(world.outputs(environment_id), 0, -1)))
