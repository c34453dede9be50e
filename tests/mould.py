"""Worlds from a mould: what some calls leave is kept by what there was before them, and the next like it is a copy.

A world is made by its state and its calls alone (`test_the_same_seed_gives_the_same_world`), and its state is all that
Redis holds: so the copy is byte for byte what the calls would have left. Where more than that has a say, the calls are
made: with quotas that a test has changed, with a key that ends by itself, and on a Redis with workers. Objects are not
in Redis, so the world of a test with an object store comes from no mould. Answers that are kept for a call that is
repeated are no part of a mould: they end by themselves, and nobody repeats the calls that made it.
"""

import re
from collections.abc import Callable

from beanpole.catalog import catalog
from beanpole.store.keys import WorldKeys
from beanpole.testing import Beanstalk

Content = tuple[tuple[bytes, bytes], ...]  # keys with their values, as DUMP gives them

ANSWER = re.compile(WorldKeys("[0-9]+", "[^:]+").answer(".+").encode())
QUOTAS = catalog.load().quotas
_cache: dict[tuple[Content, str], Content] = {}


def moulded(world: Beanstalk, calls: str, make: Callable[[], None]) -> None:
    """Bring the world to where `make` brings it, which makes the calls that `calls` tells from all others."""
    before = _content(world)
    if before is None:
        make()
    elif (before, calls) in _cache:
        _fill(world, _cache[before, calls])
    else:
        make()
        after = _content(world)
        if after is not None:
            _cache[before, calls] = after


def _content(world: Beanstalk) -> Content | None:
    """All that its Redis holds; None if what comes next does not follow from that."""
    if type(world) is not Beanstalk or world._shelf is not None or world.catalog.quotas != QUOTAS:
        return None
    redis = world.store.redis
    keys = sorted(key for key in redis.scan_iter() if not ANSWER.fullmatch(key))
    reads = redis.pipeline(transaction=False)
    for key in keys:
        reads.dump(key)
        reads.pttl(key)
    values = reads.execute()
    if any(left != -1 for left in values[1::2]):
        return None
    return tuple(zip(keys, values[::2], strict=True))


def _fill(world: Beanstalk, content: Content) -> None:
    writes = world.store.redis.pipeline(transaction=False)
    writes.flushall()
    for key, value in content:
        writes.restore(key, 0, value)
    writes.execute()
