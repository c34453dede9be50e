"""Connections to Redis, real or embedded."""

from typing import Any

from redis.exceptions import RedisError

Connection = Any  # redis-py's types say that every answer may be awaitable; the codec checks the answers
StoreError = RedisError  # Redis is unavailable, refuses, or does not answer in time

CONNECT_TIMEOUT = 2.0  # seconds until a connection must stand
ANSWER_TIMEOUT = 5.0  # seconds until a command must be answered


def connect(url: str) -> Connection:
    """A client of a Redis server; raises ValueError for a malformed URL.

    A connection that has broken is replaced at once, and the command sent again: a commit is guarded by generations, so
    it is written once, and Redis remembers its answer (`Backend.remembered`). A command that is not answered in time is
    not sent again.
    """
    from redis import ConnectionError as Broken
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    keepalive = {} if url.startswith("unix:") else {"socket_keepalive": True}
    return Redis.from_url(
        url,
        **keepalive,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=ANSWER_TIMEOUT,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1, supported_errors=(Broken,)),
    )


def embedded() -> Connection:
    """A client of a Redis inside this process, which ends with it."""
    try:
        from beanpole.store.in_process import InProcess
    except ImportError:  # a release of fakeredis that is made of other modules: the same store, but slower
        from fakeredis import FakeRedis, FakeServer

        return FakeRedis(server=FakeServer(), version=(7,))
    return InProcess()


def is_embedded(connection: Connection) -> bool:
    """Tell whether the Redis is inside this process, so that no other process reads it."""
    return type(connection).__module__.startswith(("fakeredis.", "beanpole."))
