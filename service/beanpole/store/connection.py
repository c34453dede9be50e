"""Connections to Redis, real or embedded.

redis-py is read when a Redis server is named or something fails: an embedded server answers its first call before that.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

Connection = Any  # redis-py types every answer as maybe awaitable; the codec checks the answers

CONNECT_TIMEOUT = 2.0  # seconds until a connection must stand
ANSWER_TIMEOUT = 5.0  # seconds until a command must be answered


def __getattr__(name: str) -> Any:
    """`StoreError`: Redis is away, refuses, or does not answer in time. To be named as a member of this module."""
    if name != "StoreError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from redis.exceptions import RedisError

    return RedisError


def connect(url: str) -> Connection:
    """A client of a Redis server; raises ValueError for a URL that is none.

    A connection that has broken is replaced at once, and the command sent again: a commit is guarded by generations, so
    it is written once, and Redis remembers its answer (`Backend.remembered`). A command that is not answered in time is
    not sent again.
    """
    from redis import ConnectionError as Broken
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    kept_alive = {} if url.startswith("unix:") else {"socket_keepalive": True}
    return Redis.from_url(
        url,
        **kept_alive,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=ANSWER_TIMEOUT,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1, supported_errors=(Broken,)),
    )


def embedded() -> Connection:
    """A client of a Redis inside this process, which ends with it."""
    from beanpole.store.embedded.client import Client

    return Client()


def is_embedded(connection: Connection) -> bool:
    """Whether the Redis is inside this process, so that no other process reads it."""
    return type(connection).__module__.startswith("beanpole.")
