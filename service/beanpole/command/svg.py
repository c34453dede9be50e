"""The parts of pictures in SVG: rectangles, texts, and the marks of a time axis."""

from collections.abc import Iterator
from importlib.resources import files
from xml.sax.saxutils import escape

_TICKS = (5, 10, 30, 60, 120, 300, 600, 1200, 3600, 7200)  # seconds between two marks
_TICKS_AT_MOST = 7


def kinds() -> str:
    """The style of the kinds of spans of lanes, which is that of the console."""
    return files("beanpole.console").joinpath("static/lanes.css").read_text(encoding="utf-8")


def opening(width: int, height: int, title: str, style: str) -> list[str]:
    """The opening of a picture with a title, and its background; `</svg>` ends it."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title"><title id="title">{escape(title)}</title><style>{style}</style>'
    )
    return [head, f'<rect class="page" width="{width}" height="{height}"/>']


def rect(kind: str, x: float, y: float, width: float, height: float, title: str = "") -> str:
    """A rectangle of a class, with a tooltip if it has a title."""
    shape = f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f"{shape}><title>{escape(title)}</title></rect>" if title else f"{shape}/>"


def text(x: float, y: float, text: str, kind: str) -> str:
    """A text of a class; a class that ends in `end` or `middle` says which of its points stands at x."""
    anchor = next((f' text-anchor="{anchor}"' for anchor in ("end", "middle") if kind.endswith(anchor)), "")
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{anchor}>{escape(text)}</text>'


def swatch(kind: str, x: float, label: str, y: int = 48) -> list[str]:
    """An entry of a legend."""
    shape = f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="18" height="11" rx="2"/>'
    return [shape, text(x + 24, y + 10, label, "soft")]


def marks(longest: int) -> Iterator[int]:
    """The seconds that an axis of so many milliseconds marks."""
    step = next((seconds for seconds in _TICKS if longest / 1000 / seconds <= _TICKS_AT_MOST), _TICKS[-1])
    yield from range(0, longest // 1000 + 1, step)
