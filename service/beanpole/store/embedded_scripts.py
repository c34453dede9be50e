"""The scripts of an embedded store: each is compiled once, as the script cache of Redis does."""

from collections.abc import Callable
from typing import Any

# Redis's own sentence, and as there it is an error at the line of the script.
READ_ONLY_GLOBALS = """
setmetatable(_G, {__newindex = function(_, name)
  error("Script attempted to create global variable '" .. tostring(name) .. "'", 2)
end})
"""
COLLECT = "collectgarbage()"  # fakeredis executes it after each script; Lua collects by itself when it has to
SELDOM = "collectgarbage('setpause', 1000)"  # at ten times what it holds, some 100 KB, as each commit makes 20 KB


class ScriptCache:
    """A Lua runtime that compiles each script once, as the script cache of Redis does."""

    def __init__(self, lua: Any) -> None:
        lua.execute(READ_ONLY_GLOBALS)
        lua.execute(SELDOM)
        self.table_from = lua.table_from
        self._compile = lua.compile
        self._functions: dict[bytes, Callable[[], Any]] = {}

    def execute(self, script: bytes | str) -> Any:
        """The result of the script."""
        if script == COLLECT:
            return None
        assert isinstance(script, bytes)
        if script not in self._functions:
            self._functions[script] = self._compile(script)
        return self._functions[script]()

    def globals(self) -> dict[bytes, Any]:
        """The global variables that a script made, for fakeredis: there are none."""
        return {}
