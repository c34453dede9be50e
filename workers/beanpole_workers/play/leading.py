"""The lead in a task of one process at a time: a key of Redis that expires unless its holder renews it."""

from beanpole.store.connection import Connection

LASTS = 5_000  # milliseconds after which another process takes over from one that ended


def leads(redis: Connection, key: str, name: str) -> bool:
    """Take or renew the lead; false if another process has it."""
    if redis.set(key, name, nx=True, px=LASTS):
        return True
    if redis.get(key) != name.encode():
        return False
    return bool(redis.pexpire(key, LASTS))
