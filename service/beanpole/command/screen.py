"""A part of the terminal that is drawn anew in place; what was drawn last stays there."""

from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

from rich.console import Console, RenderableType
from rich.live import Live

Seen = TypeVar("Seen")


class Screen(Generic[Seen]):
    """There from the beginning of a `with` to its end; `paint` draws what is seen, once, for a width and a height."""

    def __init__(self, console: Console, paint: Callable[[Seen, int, int], RenderableType]) -> None:
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._paint = paint

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, seen: Seen) -> None:
        """Draw this moment over the one before."""
        self._live.update(self._paint(seen, *self._live.console.size), refresh=True)
