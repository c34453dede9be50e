"""Worlds from a mould: what some calls leave is kept by what there was before them, and the next like it is a copy.

A world is made by its state and its calls alone (`test_the_same_seed_gives_the_same_world`), and its state is all that
Redis holds: so the copy is byte for byte what the calls would have left. Where more than that has a say, the calls are
made: with quotas that a test has changed, and with a key that ends by itself. Objects are not in Redis, so the world of
a test with an object store comes from no mould. Answers that are kept for a call that is repeated are no part of a
mould: they end by themselves, and nobody repeats the calls that made it.

On a Redis with workers a mould has the keys of the account, once the workers have let go of its clock. Generations are
unique for ever, so what the workers have kept of an entity at a generation is that of each copy.
"""

import re
from collections.abc import Callable, Iterable

from beanpole.catalog import catalog
from beanpole.machine.clock import real_now
from beanpole.store import keys
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys
from beanpole.testing import ACCOUNT, Beanstalk
from worked import Worked

Content = tuple[tuple[bytes, bytes], ...]  # keys with their values, as DUMP gives them

ANSWER = re.compile(WorldKeys("[0-9]+", "[^:]+").answer(".+").encode())
REACHED = re.compile(rb"%b|%b" % (keys.target("[0-9]+", ".+").encode(), ANSWER.pattern))  # ends by itself
SHARED = (keys.ACCOUNTS.encode(), keys.WORLDS.encode())  # keys of all accounts in which one is listed
PATIENCE = 2000  # milliseconds for workers to let go of a clock that is where it was to be
QUOTAS = catalog.load().quotas
_cache: dict[tuple[type, Content, str], Content] = {}  # by the kind of world, as each Redis has a form of its own


def moulded(world: Beanstalk, calls: str, make: Callable[[], None]) -> None:
    """Bring the world to where `make` brings it, which makes the calls that `calls` tells from all others."""
    before = _content(world)
    if before is None:
        make()
    elif (type(world), before, calls) in _cache:
        _fill(world, _cache[type(world), before, calls])
    else:
        make()
        after = _content(world)
        if after is not None:
            _cache[type(world), before, calls] = after


def _content(world: Beanstalk) -> Content | None:
    """All that its Redis holds; None if what comes next does not follow from that."""
    if world._shelf is not None or world.catalog.quotas != QUOTAS:
        return None
    if type(world) is Worked:
        return _content_of_account(world.store.redis)
    if type(world) is not Beanstalk:
        return None
    names = (key for key in world.store.redis.scan_iter() if not ANSWER.fullmatch(key))
    return _dumped(world.store.redis, names)


def _content_of_account(redis: Connection) -> Content | None:
    """All that a Redis with workers holds of the account; None where another has something, or work goes on."""
    end = real_now() + PATIENCE
    while redis.exists(keys.draining(ACCOUNT), keys.DUE, keys.LEASED):
        if real_now() > end:
            return None
    if redis.smembers(keys.ACCOUNTS) - {ACCOUNT.encode()}:
        return None
    names = (key for key in redis.scan_iter(f"{keys.account(ACCOUNT)}*", 1000) if not REACHED.match(key))
    return _dumped(redis, (*names, *(key for key in SHARED if redis.exists(key))))


def _dumped(redis: Connection, names: Iterable[bytes]) -> Content | None:
    """Keys with their values; None if one of them ends by itself."""
    sorted_names = sorted(names)
    reads = redis.pipeline(transaction=False)
    for key in sorted_names:
        reads.dump(key)
        reads.pttl(key)
    values = reads.execute()
    if any(left != -1 for left in values[1::2]):
        return None
    return tuple(zip(sorted_names, values[::2], strict=True))


def _fill(world: Beanstalk, content: Content) -> None:
    writes = world.store.redis.pipeline(transaction=False)
    if type(world) is Worked:
        world.store.reset()
    else:
        writes.flushall()
    for key, value in content:
        writes.restore(key, 0, value)
    writes.execute()
