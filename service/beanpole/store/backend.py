"""The back end of every module in this room: a client of Redis, with our scripts registered on it."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Self

from beanpole.machine import entropy
from beanpole.store import commit_script, keys, scripts, state_format
from beanpole.store.connection import Connection, is_embedded
from beanpole.store.counters import Counters
from beanpole.store.permissions import Permissions

Script = Callable[..., Any]  # returns the value that the script returns


class Scripts(NamedTuple):
    """Every Lua script, to be called with `keys` and `args`."""

    commit: Script
    trim: Script
    pop: Script
    renew: Script
    forget: Script
    set_clock: Script
    move_clock: Script
    add_target: Script
    set_target: Script
    end_target: Script
    keep: Script
    keep_run: Script
    keep_calls: Script
    keep_snapshot: Script
    reserve: Script
    append_events: Script
    replace: Script


TEXTS = {
    "commit": commit_script.COMMIT,
    "trim": scripts.TRIM,
    "pop": scripts.POP,
    "renew": scripts.RENEW,
    "forget": scripts.FORGET,
    "set_clock": scripts.SET_CLOCK,
    "move_clock": scripts.MOVE_CLOCK,
    "add_target": scripts.ADD_TARGET,
    "set_target": scripts.SET_TARGET,
    "end_target": scripts.END_TARGET,
    "keep": scripts.KEEP,
    "keep_run": scripts.KEEP_RUN,
    "keep_calls": scripts.KEEP_CALLS,
    "keep_snapshot": scripts.KEEP_SNAPSHOT,
    "reserve": scripts.RESERVE,
    "append_events": scripts.APPEND_EVENTS,
    "replace": scripts.REPLACE,
}


class Backend(NamedTuple):
    """A client, its scripts, and the counters of commits and conflicts."""

    redis: Connection
    scripts: Scripts
    counters: Counters
    permissions: Permissions | None = None

    def remembered(self) -> list[str]:
        """The key under which Redis remembers the answer to a call of a script, for the case that it is sent again.

        If a connection breaks before the answer, the client sends the call once more, which would then be refused or
        carried out twice. An embedded Redis needs no key.
        """
        return [] if is_embedded(self.redis) else [f"{keys.SENT}{entropy.request_id()}"]

    @classmethod
    def of(cls, redis: Connection) -> Self:
        """Register the scripts on a client; Redis loads each when it is called for the first time."""
        permissions = None if is_embedded(redis) else Permissions(redis, state_format.check)

        def script(text: str) -> Script:
            """Register a script, which is called only if Redis permits all its commands: it would not be undone."""
            registered = redis.register_script(text)
            return registered if permissions is None else partial(_permitted, permissions, registered)

        return cls(
            redis,
            Scripts(**{name: script(text) for name, text in TEXTS.items()}),
            Counters(redis),
            permissions,
        )


def _permitted(permissions: Permissions, script: Script, **arguments: Any) -> Any:
    permissions.require()
    return script(**arguments)
