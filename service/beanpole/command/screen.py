"""An area of the terminal that is redrawn in place; its last drawing stays."""

from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

from rich.console import Console, RenderableType
from rich.live import Live

View = TypeVar("View")


class Screen(Generic[View]):
    """The area, for as long as a `with` lasts; `paint` draws a view for a width and a height of the terminal."""

    def __init__(self, console: Console, paint: Callable[[View, int, int], RenderableType]) -> None:
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._paint = paint

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, view: View) -> None:
        """Replace the drawing by a drawing of this view."""
        self._live.update(self._paint(view, *self._live.console.size), refresh=True)
