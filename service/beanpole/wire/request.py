"""A checked request, which handlers read and cannot change."""

from typing import Any, NoReturn


class Request:
    """A checked request, or a structure inside one: members by their Python names, None where absent.

    Lists are tuples, structures are Requests, timestamps are integer milliseconds since the epoch.
    `"description" in request` tells whether a member was sent.
    """

    __slots__ = ("_members", "_values")
    _members: frozenset[str]
    _values: dict[str, Any]

    def __init__(self, members: frozenset[str], values: dict[str, Any]) -> None:
        object.__setattr__(self, "_members", members)
        object.__setattr__(self, "_values", values)

    def sent_members(self) -> frozenset[str]:
        """The names of the members that the client sent."""
        return frozenset(self._values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._members:
            raise AttributeError(f"the spec has no member {name} here")
        return self._values.get(name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a request is frozen: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a request is frozen: {name}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return self._members == other._members and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Request({', '.join(f'{name}={value!r}' for name, value in self._values.items())})"
