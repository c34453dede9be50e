"""Worlds from a mould: what some calls leave is kept by what there was before them, and the next like it is a copy.

A world is made by its state and its calls alone (`test_the_same_seed_gives_the_same_world`), and its state is all that
Redis holds of its accounts: so the copy is byte for byte what the calls would have left. Where more than that has a
say, the calls are made: with quotas that a test has changed, with a key of an account that ends by itself, and with a
clock that a worker moves by itself. Objects are not in Redis, so the world of a test with an object store comes from no
mould. A server may write what it restored in another form, and then the next calls are made once more.
"""

import re
from collections.abc import Callable

from beanpole import catalog
from beanpole.clock import sleep
from beanpole.store import keys
from beanpole.testing import ACCOUNT, Beanstalk
from worked import Worked

Content = tuple[tuple[bytes, bytes], ...]  # keys with their values, as DUMP gives them

# Keys of accounts that end by themselves and are no part of a world: answers for a call that is repeated, and targets
# that a clock has reached. Nobody repeats the calls that made the world, or waits for a target once more.
_PASSING = re.compile(
    "|".join(
        (
            keys.WorldKeys("[0-9]+", "[^:]+").answer(".+"),
            re.escape(keys.target("ACCOUNT", "ID")).replace("ACCOUNT", "[0-9]+").replace("ID", ".+"),
        )
    ).encode()
)
_OF_A_WORLD = re.compile(rf"{keys.PREFIX}:[0-9]{{12}}:.*|{keys.ACCOUNTS}|{keys.DUE}|{keys.LEASED}".encode())
QUOTAS = catalog.load().quotas
_kept: dict[tuple[type, Content, str], Content] = {}  # a server takes no DUMP of the store in process


def moulded(world: Beanstalk, calls: str, make: Callable[[], None]) -> None:
    """Bring the world to where `make` brings it, which makes the calls that `calls` tells from all others."""
    before = _content(world)
    if before is None:
        make()
        return
    begun = type(world), before, calls
    if begun in _kept:
        _fill(world, _kept[begun])
    else:
        make()
        after = _content(world)
        if after is not None:
            _kept[begun] = after


def _content(world: Beanstalk) -> Content | None:
    """All that its Redis holds of it; None if what comes next does not follow from that."""
    if type(world) not in (Beanstalk, Worked) or world.catalog.quotas != QUOTAS:
        return None
    redis = world.store.redis
    while redis.exists(
        keys.draining(ACCOUNT)
    ):  # the worker has reached the target, and is about to let go of the clock
        sleep(0.001)
    names = [key for key in redis.scan_iter() if _OF_A_WORLD.fullmatch(key) and not _PASSING.fullmatch(key)]
    names.sort()
    reads = redis.pipeline(transaction=False)
    for key in names:
        reads.dump(key)
        reads.pttl(key)
    values = reads.execute()
    if any(left != -1 for left in values[1::2]) or (type(world) is Worked and keys.DUE.encode() in names):
        return None
    return tuple(zip(names, values[::2], strict=True))


def _fill(world: Beanstalk, content: Content) -> None:
    """Generations count on, so that no two commits of a server are given the same."""
    world.store.reset()
    writes = world.store.redis.pipeline(transaction=False)
    for key, value in content:
        writes.restore(key, 0, value)
    writes.execute()
