"""The commands of an embedded Redis, by their names: each takes the database and the words that follow the name."""

from collections.abc import Callable
from fnmatch import translate
from re import compile as compile_pattern
from typing import Any

from beanpole.clock import real_now
from beanpole.store.embedded.collections import COLLECTIONS
from beanpole.store.embedded.database import Database, Refused
from beanpole.store.embedded.dumps import DUMPS
from beanpole.store.embedded.hashes import HASHES
from beanpole.store.embedded.ordered import ORDERED
from beanpole.store.embedded.sorted_set import SortedSet
from beanpole.store.embedded.stream import Stream
from beanpole.store.embedded.words import OK, Status, integer, no_syntax

Command = Callable[..., Any]

_TYPES = {bytes: b"string", dict: b"hash", list: b"list", set: b"set", SortedSet: b"zset", Stream: b"stream"}
_WIDTH = 2**63  # integers are of 64 bits


def execute(database: Database, name: bytes, words: list[bytes]) -> Any:
    """The answer to a command, as the protocol has it: None, bytes, an integer or a list of these; raises Refused."""
    command = COMMANDS.get(name) or COMMANDS.get(name.upper())
    if command is None:
        beginning = "".join(f"'{word.decode(errors='replace')}' " for word in words)
        raise Refused(f"ERR unknown command '{name.decode(errors='replace')}', with args beginning with: {beginning}")
    try:
        return command(database, *words)
    except TypeError:
        if command.__code__.co_argcount - 1 > len(words) or len(words) + 1 > _most(command):
            raise Refused(f"ERR wrong number of arguments for '{name.decode().lower()}' command") from None
        raise


def _most(command: Command) -> float:
    """The most arguments that a command takes."""
    return float("inf") if command.__code__.co_flags & 4 else command.__code__.co_argcount


def _get(database: Database, key: bytes) -> bytes | None:
    return database.find(key, bytes)


def _set(database: Database, key: bytes, value: bytes, *options: bytes) -> Status | None:
    left, end, wanted = list(options), None, set()
    while left:
        match left.pop(0).upper():
            case (b"NX" | b"XX") as condition:
                wanted.add(condition)
            case (b"EX" | b"PX") as unit if left and end is None:
                end = real_now() + _positive(left.pop(0)) * (1000 if unit == b"EX" else 1)
            case _:
                no_syntax()
    if len(wanted) == 2:
        no_syntax()
    if wanted and (database.any(key) is None) is (wanted == {b"XX"}):
        return None
    database.put(key, value)
    if end is not None:
        database.expire(key, end)
    return OK


def _positive(word: bytes) -> int:
    found = integer(word)
    if found <= 0:
        raise Refused("ERR invalid expire time in 'set' command")
    return found


def _increase(database: Database, key: bytes, by: bytes) -> int:
    increased = integer(database.find(key, bytes) or b"0") + integer(by)
    if not -_WIDTH <= increased < _WIDTH:
        raise Refused("ERR increment or decrement would overflow")
    end = database.end(key)
    database.put(key, b"%d" % increased)
    if end is not None:
        database.expire(key, end)
    return increased


def _increase_by_one(database: Database, key: bytes) -> int:
    return _increase(database, key, b"1")


def _delete(database: Database, key: bytes, *more: bytes) -> int:
    return sum(map(database.remove, (key, *more)))


def _exists(database: Database, key: bytes, *more: bytes) -> int:
    return sum(database.any(each) is not None for each in (key, *more))


def _expire(database: Database, key: bytes, seconds: bytes) -> int:
    return int(database.expire(key, real_now() + 1000 * integer(seconds)))


def _pexpire(database: Database, key: bytes, milliseconds: bytes) -> int:
    return int(database.expire(key, real_now() + integer(milliseconds)))


def _persist(database: Database, key: bytes) -> int:
    return int(database.expire(key, None))


def _pttl(database: Database, key: bytes) -> int:
    if database.any(key) is None:
        return -2
    end = database.end(key)
    return -1 if end is None else max(0, end - real_now())


def _ttl(database: Database, key: bytes) -> int:
    left = _pttl(database, key)
    return left if left < 0 else (left + 500) // 1000


def _type(database: Database, key: bytes) -> Status:
    value = database.any(key)
    return Status(b"none" if value is None else _TYPES[type(value)])


def _keys(database: Database, pattern: bytes) -> list[bytes]:
    names = database.names()
    if pattern == b"*":
        return names
    matches = compile_pattern(translate(pattern.decode(errors="surrogateescape")).encode(errors="surrogateescape"))
    return [name for name in names if matches.fullmatch(name)]


def _rename(database: Database, key: bytes, other: bytes) -> Status:
    database.rename(key, other)
    return OK


def _flush(database: Database) -> Status:
    database.clear()
    return OK


def _ping(_: Database) -> Status:
    return Status(b"PONG")


def _publish(database: Database, channel: bytes, data: bytes) -> int:
    return database.publish(channel, data)


COMMANDS: dict[bytes, Command] = {
    b"DEL": _delete,
    b"EXISTS": _exists,
    b"EXPIRE": _expire,
    b"FLUSHALL": _flush,
    b"GET": _get,
    b"INCR": _increase_by_one,
    b"INCRBY": _increase,
    b"KEYS": _keys,
    b"PERSIST": _persist,
    b"PEXPIRE": _pexpire,
    b"PING": _ping,
    b"PTTL": _pttl,
    b"PUBLISH": _publish,
    b"RENAME": _rename,
    b"SET": _set,
    b"TTL": _ttl,
    b"TYPE": _type,
    b"UNLINK": _delete,
    **HASHES,
    **COLLECTIONS,
    **ORDERED,
    **DUMPS,
}
