"""Connections to Redis, real or embedded."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis.exceptions import RedisError

Connection = Any  # redis-py's types say that every answer may be awaitable; the codec checks the answers
StoreError = RedisError  # Redis is unavailable, refuses, or does not answer in time

CONNECT_TIMEOUT = 2.0  # seconds until a connection must stand
ANSWER_TIMEOUT = 5.0  # seconds until a command must be answered
# The embedded server uses the inside of fakeredis, which changes with releases, so it is for those that are tested.
_KNOWN_RELEASES = ("2.40.", "2.41.")

_OPTION = re.compile(  # of a URL; all others change the client's answers, or do not exist
    r"db|username|password|client_name|max_connections|health_check_interval|socket_(?:connect_)?timeout|socket_keepalive"
    r"|ssl_(?:cert_reqs|ca_certs|ca_path|ca_data|certfile|keyfile|password|check_hostname|min_version|ciphers)"
)
_OF_PIPELINE = re.compile(r"Command # \d+ \(.*?\) of pipeline caused error: ", re.DOTALL)
_NO_PASSWORD = "HELLO must be called with the client already authenticated"  # a Redis that asks for a password


def reason(error: Exception) -> str:
    """The words of Redis, without the command that it refused: that may hold what a client has sent."""
    text = _OF_PIPELINE.sub("", str(error))
    return "Redis asks for a password, and its URL has none" if text.startswith(_NO_PASSWORD) else text


def connect(url: str) -> Connection:
    """A client of a Redis server; raises ValueError for a malformed URL.

    A connection that has broken is replaced at once, and the command sent again: a commit is guarded by generations, so
    it is written once, and Redis remembers its answer (`Backend.remembered`). A command that is not answered in time is
    not sent again.
    """
    _check(url)
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


def _check(url: str) -> None:
    """Raise ValueError for a database that is no number, and for an option of the client that is not the caller's."""
    parts = urlsplit(url)
    if parts.scheme in ("redis", "rediss") and not re.fullmatch(r"/?|/\d+", parts.path):
        raise ValueError(f"{parts.path!r} is no number of a database")
    for name in parse_qs(parts.query, keep_blank_values=True):
        if not _OPTION.fullmatch(name):
            raise ValueError(f"its URL has no option {name!r}")


def embedded() -> Connection:
    """A client of a Redis inside this process, which ends with it."""
    import fakeredis

    if fakeredis.__version__.startswith(_KNOWN_RELEASES):
        from beanpole.store.in_process import InProcess

        return InProcess()
    return fakeredis.FakeRedis(server=fakeredis.FakeServer(), version=(7,))  # the same store, but slower


def is_embedded(connection: Connection) -> bool:
    """Tell whether the Redis is inside this process, so that no other process reads it."""
    return type(connection).__module__.startswith(("fakeredis.", "beanpole."))


def together(connection: Connection, *commands: tuple[Any, ...]) -> list[Any]:
    """The answers to some commands, in one round trip; inside this process there are none."""
    if is_embedded(connection):
        return [connection.execute_command(*command) for command in commands]
    pipeline = connection.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    answers: list[Any] = pipeline.execute()
    return answers
