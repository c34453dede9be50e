"""A part of the server that is made when it is first used, so that the server starts soon."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class FirstUse(Generic[T]):
    """The part that `make` makes, once; who needs it meanwhile waits for it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._making = Lock()

    def __call__(self) -> T:
        """The part."""
        if not self._made:
            with self._making:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]
