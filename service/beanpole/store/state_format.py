"""The number of the format of a state in Redis: programs read older formats, and refuse newer ones.

A state without a number has format 1. A change of the format that the defaults of the codec do not cover raises
`PRESENT`, and adds the step from the format before to `STEPS`.
"""

from collections.abc import Callable, Mapping

from redis.exceptions import ResponseError

from beanpole.store import keys
from beanpole.store.connection import Connection

PRESENT = 3
_OF_WORLDS = 3  # colons in the name of a key of a world


def _notices(redis: Connection) -> None:
    """Format 2 records the last events of which notices were sent: here the last events of all, so none is sent."""
    for key in redis.scan_iter(f"{keys.PREFIX}:*:events", 1000):
        if key.count(b":") == _OF_WORLDS and (last := redis.xrevrange(key, count=1)):
            notices = key.removesuffix(b"events") + b"notices"
            redis.hset(notices, mapping=dict.fromkeys(keys.NOTICED, last[0][0]))


def _worlds(redis: Connection) -> None:
    """Format 3 has a set of all worlds, which were found by a search of all keys before."""
    for key in redis.scan_iter(f"{keys.PREFIX}:*", 1000):
        name = key.rpartition(b":")[2]
        if key.count(b":") == _OF_WORLDS and name in (b"versions", b"chains"):
            redis.sadd(keys.WORLDS, key.removesuffix(name))


STEPS: Mapping[int, Callable[[Connection], None]] = {2: _notices, 3: _worlds}  # by the format that a step makes


class Newer(Exception):
    """A state in a newer format than this program reads."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the state has format {number}, which a newer beanpole wrote; this one reads up to {PRESENT}")


def check(redis: Connection) -> None:
    """Raise StoreError for a newer format, as where Redis was away when the process started."""
    number = int(redis.get(keys.FORMAT) or 1)
    if number > PRESENT:
        raise ResponseError(str(Newer(number)))


def settle(redis: Connection) -> None:
    """Bring a state to the present format, and record its number; raises Newer for a newer format."""
    present = int(redis.get(keys.FORMAT) or 1)
    if present > PRESENT:
        raise Newer(present)
    for number in range(present + 1, PRESENT + 1):
        STEPS[number](redis)
    redis.set(keys.FORMAT, PRESENT)
