"""The retention of events and managed actions: once a day of a world's clock, old ones are removed.

The days of many worlds begin at one instant, and each process sees every day of each of its worlds, so the worlds that
have anything to forget are found in one round trip.
"""

from collections.abc import Sequence

from beanpole.model.changes.change import Change
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.store import codec
from beanpole.store.connection import Connection
from beanpole.store.world import World


def forget_old(redis: Connection, commits: Sequence[tuple[World, Change]]) -> None:
    """Forget what is old in the worlds in which one of these changes is the first of a day."""
    befores = [(world, before) for world, change in commits if (before := world.past(change)) is not None]
    if not befores:
        return
    pipeline = redis.pipeline(transaction=False)
    for world, before in befores:
        pipeline.xrange(world.keys.events, "-", f"({before}-0", 1)
        pipeline.hlen(world.keys.entities(codec.KINDS[ManagedActionRecord]))
    answers = iter(pipeline.execute())
    for (world, before), old_events, action_count in zip(befores, answers, answers, strict=True):
        if old_events or action_count:
            world.forget(before)
