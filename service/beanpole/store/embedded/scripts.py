"""Lua scripts: each is compiled once, and calls commands as in Redis.

Lua is 5.1, the version of Redis. A global variable that is new or not there is refused, as there.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from lupa import lua51  # type: ignore[import-untyped]  # it brings no types

from beanpole.store.embedded.commands import COMMANDS, execute
from beanpole.store.embedded.database import Database, Refused
from beanpole.store.embedded.words import Status

# Redis's own sentences, and as there each is an error at the line of the script.
_BEFORE_ALL = b"""
redis = {
  error_reply = function(message) return {err = message} end,
  status_reply = function(message) return {ok = message} end,
  call = ..., pcall = select(2, ...),
}
python, io, os, require, dofile, loadfile, package = nil
setmetatable(_G, {
  __newindex = function(_, name) error("Script attempted to create global variable '" .. tostring(name) .. "'", 2) end,
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
})
"""
_BEFORE = b"local KEYS, ARGV = ... "
_NO_WORD = "ERR Lua redis lib command arguments must be strings or integers"


class ScriptCache:
    """Compiled scripts of a database; whoever runs one holds the database's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lua = lua51.LuaRuntime(encoding=None, register_builtins=False)
        self._table = self._lua.table_from
        self._lua.compile(_BEFORE_ALL)(self._call, self._pcall)
        self._compiled: dict[bytes, Callable[..., Any]] = {}

    def run(self, source: bytes, keys: list[bytes], words: list[bytes]) -> Any:
        """What the script returns, as the protocol has it; raises Refused."""
        script = self._compiled.get(source)
        try:
            if script is None:
                script = self._compiled[source] = self._lua.compile(_BEFORE + source)
            answer = script(self._table(keys), self._table(words))
        except lua51.LuaError as error:
            raise Refused("ERR " + str(error).partition("\n")[0]) from None
        return _reply(answer)

    def _call(self, name: object = None, *words: object) -> Any:
        if type(name) is not bytes:
            raise Refused(_NO_WORD)
        command = COMMANDS.get(name)
        read = [word if type(word) is bytes else _word(word) for word in words]
        if command is None:
            return self._answer(execute(self._database, name, read))
        try:
            return self._answer(command(self._database, *read))
        except TypeError:
            return self._answer(execute(self._database, name, read))

    def _pcall(self, *words: object) -> Any:
        try:
            return self._call(*words)
        except Refused as error:
            return self._table({b"err": str(error).encode()})

    def _answer(self, reply: Any) -> Any:
        """A reply as Lua has it."""
        match reply:
            case None:
                return False
            case list():
                return self._table([self._answer(each) for each in reply])
            case Status():
                return self._table({b"ok": bytes(reply)})
            case _:
                return reply


def _word(value: object) -> bytes:
    """An argument of a command: Lua's numbers are written as Redis writes them."""
    match value:
        case bool():
            raise Refused(_NO_WORD)
        case int():
            return b"%d" % value
        case float() if value == int(value):
            return b"%d" % value
        case float():
            return b"%.17g" % value
        case _:
            raise Refused(_NO_WORD)


def _reply(value: Any) -> Any:
    """What a script returns, as the protocol has it."""
    match value:
        case None | False:
            return None
        case True:
            return 1
        case bytes() | int():
            return value
        case float():
            return int(value)
        case _:
            return _reply_of_table(value)


def _reply_of_table(table: Any) -> Any:
    if lua51.lua_type(table) != "table":
        return None
    if table[b"err"] is not None:
        raise Refused(table[b"err"].decode(errors="replace"))
    if table[b"ok"] is not None:
        return Status(table[b"ok"])
    answers = []
    for index in count(1):
        value = table[index]
        if value is None:
            break
        answers.append(_reply(value))
    return answers
