"""All that a Redis holds, in the words of Python."""

from typing import Any

from beanpole.store.connection import Connection


def dump(redis: Connection) -> dict[bytes, Any]:
    """Every key with all that it holds, streams with the ids of their entries."""
    read = {
        b"hash": redis.hgetall,
        b"stream": redis.xrange,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"string": redis.get,
    }
    return {key: read[redis.type(key)](key) for key in redis.scan_iter(count=1000)}
