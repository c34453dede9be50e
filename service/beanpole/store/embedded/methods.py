"""The methods of redis-py that the store calls, each a command with its words."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

Word = Any  # bytes, a text or a number
Several = Sequence[Any] | Any


class Methods(ABC):
    """What a client and a pipeline have in common."""

    @abstractmethod
    def execute_command(self, name: str, *words: Any) -> Any:
        """Execute a command, or let it wait."""

    def get(self, key: Word) -> Any:
        return self.execute_command("GET", key)

    def set(self, key: Word, value: Word, ex: int | None = None, px: int | None = None, nx: bool = False) -> Any:
        ends = [*(("EX", ex) if ex is not None else ()), *(("PX", px) if px is not None else ())]
        return self.execute_command("SET", key, value, *ends, *(("NX",) if nx else ()))

    def incr(self, key: Word, amount: int = 1) -> Any:
        return self.execute_command("INCRBY", key, amount)

    def delete(self, *keys: Word) -> Any:
        return self.execute_command("DEL", *keys)

    def exists(self, *keys: Word) -> Any:
        return self.execute_command("EXISTS", *keys)

    def expire(self, key: Word, seconds: int) -> Any:
        return self.execute_command("EXPIRE", key, seconds)

    def pexpire(self, key: Word, milliseconds: int) -> Any:
        return self.execute_command("PEXPIRE", key, milliseconds)

    def persist(self, key: Word) -> Any:
        return self.execute_command("PERSIST", key)

    def ttl(self, key: Word) -> Any:
        return self.execute_command("TTL", key)

    def pttl(self, key: Word) -> Any:
        return self.execute_command("PTTL", key)

    def type(self, key: Word) -> Any:
        return self.execute_command("TYPE", key)

    def dump(self, key: Word) -> Any:
        return self.execute_command("DUMP", key)

    def restore(self, key: Word, milliseconds: int, text: bytes) -> Any:
        return self.execute_command("RESTORE", key, milliseconds, text)

    def keys(self, pattern: Word = "*") -> Any:
        return self.execute_command("KEYS", pattern)

    def rename(self, key: Word, other: Word) -> Any:
        return self.execute_command("RENAME", key, other)

    def flushall(self) -> Any:
        return self.execute_command("FLUSHALL")

    def ping(self) -> Any:
        return self.execute_command("PING")

    def publish(self, channel: Word, data: Word) -> Any:
        return self.execute_command("PUBLISH", channel, data)

    def hget(self, key: Word, field: Word) -> Any:
        return self.execute_command("HGET", key, field)

    def hset(self, key: Word, field: Word = None, value: Word = None, mapping: Mapping[Any, Word] | None = None) -> Any:
        words = [] if field is None else [field, value]
        return self.execute_command("HSET", key, *words, *(word for pair in (mapping or {}).items() for word in pair))

    def hsetnx(self, key: Word, field: Word, value: Word) -> Any:
        return self.execute_command("HSETNX", key, field, value)

    def hmget(self, key: Word, fields: Several, *more: Word) -> Any:
        return self.execute_command("HMGET", key, *_several(fields), *more)

    def hgetall(self, key: Word) -> Any:
        return self.execute_command("HGETALL", key)

    def hdel(self, key: Word, *fields: Word) -> Any:
        return self.execute_command("HDEL", key, *fields)

    def hkeys(self, key: Word) -> Any:
        return self.execute_command("HKEYS", key)

    def hvals(self, key: Word) -> Any:
        return self.execute_command("HVALS", key)

    def hlen(self, key: Word) -> Any:
        return self.execute_command("HLEN", key)

    def hexists(self, key: Word, field: Word) -> Any:
        return self.execute_command("HEXISTS", key, field)

    def hincrby(self, key: Word, field: Word, amount: int = 1) -> Any:
        return self.execute_command("HINCRBY", key, field, amount)

    def rpush(self, key: Word, *elements: Word) -> Any:
        return self.execute_command("RPUSH", key, *elements)

    def lpush(self, key: Word, *elements: Word) -> Any:
        return self.execute_command("LPUSH", key, *elements)

    def lrange(self, key: Word, first: int, last: int) -> Any:
        return self.execute_command("LRANGE", key, first, last)

    def ltrim(self, key: Word, first: int, last: int) -> Any:
        return self.execute_command("LTRIM", key, first, last)

    def lrem(self, key: Word, count: int, element: Word) -> Any:
        return self.execute_command("LREM", key, count, element)

    def lindex(self, key: Word, index: int) -> Any:
        return self.execute_command("LINDEX", key, index)

    def llen(self, key: Word) -> Any:
        return self.execute_command("LLEN", key)

    def sadd(self, key: Word, *members: Word) -> Any:
        return self.execute_command("SADD", key, *members)

    def srem(self, key: Word, *members: Word) -> Any:
        return self.execute_command("SREM", key, *members)

    def smembers(self, key: Word) -> Any:
        return self.execute_command("SMEMBERS", key)

    def sismember(self, key: Word, member: Word) -> Any:
        return self.execute_command("SISMEMBER", key, member)

    def smismember(self, key: Word, members: Several, *more: Word) -> Any:
        return self.execute_command("SMISMEMBER", key, *_several(members), *more)

    def scard(self, key: Word) -> Any:
        return self.execute_command("SCARD", key)

    def zadd(
        self, key: Word, mapping: Mapping[Any, float], nx: bool = False, xx: bool = False, lt: bool = False
    ) -> Any:
        options = [name for name, is_given in (("NX", nx), ("XX", xx), ("LT", lt)) if is_given]
        pairs = [word for member, score in mapping.items() for word in (score, member)]
        return self.execute_command("ZADD", key, *options, *pairs)

    def zrem(self, key: Word, *members: Word) -> Any:
        return self.execute_command("ZREM", key, *members)

    def zscore(self, key: Word, member: Word) -> Any:
        return self.execute_command("ZSCORE", key, member)

    def zmscore(self, key: Word, members: Sequence[Word]) -> Any:
        return self.execute_command("ZMSCORE", key, *members)

    def zcard(self, key: Word) -> Any:
        return self.execute_command("ZCARD", key)

    def zcount(self, key: Word, low: Word, high: Word) -> Any:
        return self.execute_command("ZCOUNT", key, low, high)

    def zrange(self, key: Word, first: int, last: int, withscores: bool = False) -> Any:
        return self.execute_command("ZRANGE", key, first, last, *_scores(withscores))

    def zrangebyscore(
        self,
        key: Word,
        low: Word,
        high: Word,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
    ) -> Any:
        limit = () if start is None else ("LIMIT", start, num)
        return self.execute_command("ZRANGEBYSCORE", key, low, high, *limit, *_scores(withscores))

    def zremrangebyscore(self, key: Word, low: Word, high: Word) -> Any:
        return self.execute_command("ZREMRANGEBYSCORE", key, low, high)

    def xadd(self, key: Word, fields: Mapping[Any, Word], id: Word = "*") -> Any:
        return self.execute_command("XADD", key, id, *(word for pair in fields.items() for word in pair))

    def xlen(self, key: Word) -> Any:
        return self.execute_command("XLEN", key)

    def xrange(self, key: Word, min: Word = "-", max: Word = "+", count: int | None = None) -> Any:
        return self.execute_command("XRANGE", key, min, max, *_count(count))

    def xrevrange(self, key: Word, max: Word = "+", min: Word = "-", count: int | None = None) -> Any:
        return self.execute_command("XREVRANGE", key, max, min, *_count(count))


def _several(words: Several) -> Sequence[Any]:
    return words if isinstance(words, list | tuple) else (words,)


def _scores(wanted: bool) -> tuple[str, ...]:
    return ("WITHSCORES",) if wanted else ()


def _count(count: int | None) -> tuple[Any, ...]:
    return () if count is None else ("COUNT", count)
