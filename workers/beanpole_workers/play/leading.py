"""The lead in a task that one process at a time does: a key of Redis that expires unless its holder renews it."""

from beanpole.store.connection import Connection

LASTS = 5_000  # milliseconds after which another process takes over from one that is gone


def leads(redis: Connection, key: str, name: str) -> bool:
    """Whether the process of a name leads from now on, or still does."""
    if redis.set(key, name, nx=True, px=LASTS):
        return True
    if redis.get(key) != name.encode():
        return False
    return bool(redis.pexpire(key, LASTS))
