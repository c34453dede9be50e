"""Connections to Redis, real or embedded."""

from typing import Any

Connection = Any  # redis-py types every answer as maybe awaitable; the codec checks the answers


def connect(url: str) -> Connection:
    """A client of a Redis server."""
    from redis import Redis

    return Redis.from_url(url, health_check_interval=30)


def embedded() -> Connection:
    """A client of a Redis inside this process, which ends with it."""
    from fakeredis import FakeRedis, FakeServer

    return FakeRedis(server=FakeServer(), version=(7,))
