"""The data of an embedded Redis: keys with their values, when they expire, and who listens to a channel.

A value is what Python has for it: bytes, a dict, a list, a set, and the sorted sets and streams of this room. Whoever
reads or writes holds the lock, for one command, a transaction or a script.
"""

from heapq import heappop, heappush
from queue import SimpleQueue
from threading import RLock
from typing import Any, TypeVar

from beanpole.clock import real_now

V = TypeVar("V")
Message = tuple[str, bytes, bytes | int]  # kind, channel, data

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


class Refused(Exception):
    """A command or a script is refused, in the sentence of Redis."""


class Database:
    """Everything that a server holds."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.listeners: dict[bytes, list[SimpleQueue[Message]]] = {}
        self._values: dict[bytes, Any] = {}
        self._ends: dict[bytes, int] = {}
        self._ending: list[tuple[int, bytes]] = []  # a heap; an entry counts if `ends` still says the same

    def find(self, key: bytes, kind: type[V]) -> V | None:
        """The value of a key; None without one. Raises Refused for a value of another kind."""
        value = self._values.get(key)
        if value is None or (key in self._ends and self._has_ended(key)):
            return None
        if type(value) is not kind:
            raise Refused(WRONG_TYPE)
        return value

    def make(self, key: bytes, kind: type[V]) -> V:
        """The value of a key, an empty one where there is none. Raises Refused for a value of another kind."""
        found = self.find(key, kind)
        if found is None:
            found = self._values[key] = kind()
        return found

    def any(self, key: bytes) -> Any:
        """The value of a key, of whatever kind; None without one."""
        return None if key in self._ends and self._has_ended(key) else self._values.get(key)

    def put(self, key: bytes, value: Any) -> None:
        """Give a key another value, which does not expire."""
        self._values[key] = value
        self._ends.pop(key, None)

    def remove(self, key: bytes) -> bool:
        """Remove a key; false if there was none."""
        is_there = self.any(key) is not None
        self._values.pop(key, None)
        self._ends.pop(key, None)
        return is_there

    def rename(self, key: bytes, other: bytes) -> None:
        """Give a value, with its end, another key."""
        value, end = self.any(key), self._ends.get(key)
        if value is None:
            raise Refused("ERR no such key")
        self.remove(key)
        self.remove(other)
        self._values[other] = value
        if end is not None:
            self.expire(other, end)

    def expire(self, key: bytes, end: int | None) -> bool:
        """Let a key end at a real instant, or not with None; false if that changes nothing."""
        if self.any(key) is None:
            return False
        if end is None:
            return self._ends.pop(key, None) is not None
        self._ends[key] = end
        heappush(self._ending, (end, key))
        self._remove_ended()
        return True

    def end(self, key: bytes) -> int | None:
        """The real instant at which a key ends."""
        return self._ends.get(key)

    def names(self) -> list[bytes]:
        """Every key."""
        return [key for key in list(self._values) if self.any(key) is not None]

    def clear(self) -> None:
        """Remove everything."""
        self._values.clear()
        self._ends.clear()
        self._ending.clear()

    def publish(self, channel: bytes, data: bytes) -> int:
        """Tell those who listen to a channel; returns their number."""
        listeners = self.listeners.get(channel, ())
        for messages in listeners:
            messages.put(("message", channel, data))
        return len(listeners)

    def _has_ended(self, key: bytes) -> bool:
        if self._ends[key] > real_now():
            return False
        del self._ends[key]
        self._values.pop(key, None)
        return True

    def _remove_ended(self) -> None:
        """Remove what nobody asks for any more."""
        now = real_now()
        while self._ending and self._ending[0][0] <= now:
            end, key = heappop(self._ending)
            if self._ends.get(key) == end:
                self._has_ended(key)
