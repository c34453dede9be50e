"""The number of the format in which a state is kept: a newer program reads an older state, and none reads a newer one.

A state without a number has format 1. Whoever changes what is kept in a way that the codec's defaults do not bridge
raises `PRESENT`, and adds the step from the format before to `STEPS`.
"""

from collections.abc import Callable, Mapping

from beanpole.store import keys
from beanpole.store.connection import Connection

PRESENT = 2
_OF_WORLDS = 3  # colons in the name of a key of a world


def _notices(redis: Connection) -> None:
    """Format 2 keeps how far notices of events were sent; of those that are there already none is sent."""
    for key in redis.scan_iter(f"{keys.PREFIX}:*:events", 1000):
        if key.count(b":") == _OF_WORLDS and (last := redis.xrevrange(key, count=1)):
            notices = key.removesuffix(b"events") + b"notices"
            redis.hset(notices, mapping=dict.fromkeys(keys.NOTICED, last[0][0]))


STEPS: Mapping[int, Callable[[Connection], None]] = {2: _notices}  # by the format that a step makes


class Newer(Exception):
    """A state that a newer program has written."""

    def __init__(self, found: int) -> None:
        super().__init__(f"the state has format {found}, which a newer beanpole wrote; this one reads up to {PRESENT}")


def settle(redis: Connection) -> None:
    """Bring a state to the present format, and write the number down; raises Newer for a newer one."""
    found = int(redis.get(keys.FORMAT) or 1)
    if found > PRESENT:
        raise Newer(found)
    for number in range(found + 1, PRESENT + 1):
        STEPS[number](redis)
    redis.set(keys.FORMAT, PRESENT)
