"""The permissions of the user as whom Redis knows us: every command of our scripts, before the first script is called.

A script is not undone where Redis refuses one of its commands in the middle: an environment could be written that is
due at no instant. So the whole list is asked for beforehand.
"""

from collections.abc import Callable

from redis.exceptions import NoPermissionError

from beanpole.store import keys
from beanpole.store.connection import Connection

_KEY, _CHANNEL = f"{keys.PREFIX}:x", keys.NUDGE
# Each with arguments of its form; the key stands for all of ours.
COMMANDS: dict[str, tuple[str, ...]] = {
    "DEL": (_KEY,),
    "EXISTS": (_KEY,),
    "EXPIRE": (_KEY, "1"),
    "GET": (_KEY,),
    "HDEL": (_KEY, "x"),
    "HEXISTS": (_KEY, "x"),
    "HGET": (_KEY, "x"),
    "HINCRBY": (_KEY, "x", "1"),
    "HKEYS": (_KEY,),
    "HMGET": (_KEY, "x"),
    "HSET": (_KEY, "x", "x"),
    "HSETNX": (_KEY, "x", "x"),
    "HSTRLEN": (_KEY, "x"),
    "INCRBY": (_KEY, "1"),
    "LREM": (_KEY, "0", "x"),
    "LTRIM": (_KEY, "0", "1"),
    "PERSIST": (_KEY,),
    "PEXPIRE": (_KEY, "1"),
    "PUBLISH": (_CHANNEL, "x"),
    "RENAME": (_KEY, _KEY),
    "RPUSH": (_KEY, "x"),
    "SADD": (_KEY, "x"),
    "SET": (_KEY, "x"),
    "SREM": (_KEY, "x"),
    "UNLINK": (_KEY,),
    "XADD": (_KEY, "*", "x", "x"),
    "XLEN": (_KEY,),
    "XTRIM": (_KEY, "MAXLEN", "1"),
    "ZADD": (_KEY, "1", "x"),
    "ZCOUNT": (_KEY, "0", "1"),
    "ZRANGE": (_KEY, "0", "1"),
    "ZRANGEBYSCORE": (_KEY, "0", "1"),
    "ZREM": (_KEY, "x"),
    "ZSCORE": (_KEY, "x"),
}
# ARGV: for each command how many arguments follow, its name and its arguments. Returns the names of those that the user
# may not call; none where Redis is older than 7.0 and cannot tell.
_CHECK = """
local refused, position = {}, 1
while redis.acl_check_cmd and position <= #ARGV do
  local last = position + tonumber(ARGV[position])
  if not redis.acl_check_cmd(unpack(ARGV, position + 1, last)) then
    refused[#refused + 1] = ARGV[position + 1]
  end
  position = last + 1
end
return refused
"""


class Permissions:
    """The permissions on a connection; they are asked for until they are there, and then taken as granted."""

    def __init__(self, redis: Connection, check_format: Callable[[Connection], None]) -> None:
        self._redis, self._check_format = redis, check_format
        self._check = redis.register_script(_CHECK)
        self._are_granted = False

    def require(self, again: bool = False) -> None:
        """Raise StoreError unless every command may be called on a state of this format; `again` checks it anew."""
        if self._are_granted and not again:
            return
        arguments = [word for name, words in COMMANDS.items() for word in (len(words) + 1, name, *words)]
        if refused := [name.decode() for name in self._check(args=arguments)]:
            raise NoPermissionError(f"the user of Redis may not call {', '.join(refused)} with our keys and channels")
        self._check_format(self._redis)
        self._are_granted = True
