"""How a handler's result is read, and how what was written of it is remembered.

A result is None, a mapping or an object; a member is found by its Python name, and one that is not there is None.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from beanpole.wire.spec import Operation

Write = Callable[[Any], str]

_GENERATION = 8_192


def check(operation: Operation, result: Any) -> None:
    """Raise if a handler answered where its operation is void, or not where it is not."""
    if (result is None) != (operation.output is None):
        raise TypeError(f"{operation.name} answers with {operation.output and operation.output.name}, not {result!r}")


def member(value: Any, attribute: str) -> Any:
    """A member of a result."""
    return value.get(attribute) if isinstance(value, Mapping) else getattr(value, attribute, None)


class Fragments:
    """The latest fragments written, at most twice `_GENERATION`.

    Two dicts instead of a linked list: when the young one is full it becomes the old one, and what is asked of the
    old one moves to the young. No lock: at worst two threads write the same fragment.
    """

    def __init__(self, generation: int = _GENERATION) -> None:
        self._generation = generation
        self._young: dict[Hashable, str] = {}
        self._old: dict[Hashable, str] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def remembering(self, name: str, write: Write) -> Write:
        """`write`, but a value with a `fragment_key` is written once for `name` as long as its key lasts.

        The key stands for the whole value: it must differ between accounts, and after a reset.
        """

        def recall(value: Any) -> str:
            key = getattr(value, "fragment_key", None)
            if key is None:
                return write(value)
            fragment = self._young.get((name, key))
            if fragment is None:
                fragment = self._old.get((name, key)) or write(value)
                self._keep((name, key), fragment)
            return fragment

        return recall

    def _keep(self, key: Hashable, fragment: str) -> None:
        if len(self._young) >= self._generation:
            self._old, self._young = self._young, {}
        self._young[key] = fragment
