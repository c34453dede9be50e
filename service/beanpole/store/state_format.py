"""The number of the format in which a state is kept: a newer program reads an older state, and none reads a newer one.

A state without a number has format 1. Whoever changes what is kept in a way that the codec's defaults do not bridge
raises `PRESENT`, and adds the step from the format before to `STEPS`.
"""

from collections.abc import Callable, Mapping

from beanpole.store import keys
from beanpole.store.connection import Connection

PRESENT = 1
STEPS: Mapping[int, Callable[[Connection], None]] = {}  # by the format that a step makes


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
