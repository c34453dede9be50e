"""A load over time as a self-contained SVG: how many requests each version answered, and how many were lost."""

from collections import Counter
from collections.abc import Iterator, Sequence

from beanpole.command.svg import marks, opening, rect, swatch, text
from beanpole.command.traffic.load import Answer
from beanpole.command.traffic.table import NOBODY
from beanpole.command.traffic.tally import NO_VERSION, Tally

_WIDTH, _HEIGHT, _MARGIN = 1280, 360, 40
_TOP, _BOTTOM = 90, 320  # y of the highest bar and of the axis
_BARS = 120  # at most
_COLOURS = ("old", "new", "third", "fourth")  # of versions, in the order of their first answer; then again

_STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; font-size: 12px }
.page { fill: #ffffff } .title { font-size: 20px; font-weight: 600 } .soft, .tick { fill: #59636e }
.tick { font-size: 10px } .grid { stroke: #d1d9e0; stroke-width: 1 } .lost { fill: #d1242f }
.old { fill: #2f6fb5 } .new { fill: #37a24c } .third { fill: #e3a21a } .fourth { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .page { fill: #0d1117 } .soft, .tick { fill: #9198a1 } .grid { stroke: #30363d }
.lost { fill: #f85149 } .old { fill: #4c93e0 } .new { fill: #46b85c } .third { fill: #d9a02b } .fourth { fill: #ab7df8 }
}
"""


def svg(tally: Tally, answers: Sequence[Answer]) -> str:
    """The picture of a load."""
    kinds = {each.version: _COLOURS[index % len(_COLOURS)] for index, each in enumerate(tally.versions)}
    kinds[NOBODY] = "lost"
    title = f"{tally.requests} requests to {tally.name}, by the version that answered"
    parts = [*opening(_WIDTH, _HEIGHT, title, _STYLE), text(_MARGIN, 34, title, "title")]
    return "\n".join([*parts, *_legend(tally, kinds), *_bars(answers, kinds), *_axis(answers), "</svg>\n"])


def _legend(tally: Tally, kinds: dict[str, str]) -> Iterator[str]:
    counts = {each.version: each.answers for each in tally.versions} | {NOBODY: sum(tally.lost.values())}
    x = float(_MARGIN)
    for version, kind in kinds.items():
        label = f"{version}: {counts[version]} ({tally.share(counts[version]):.1f} %)"
        yield from swatch(kind, x, label)
        x += 44 + 6.6 * len(label)


def _length(answers: Sequence[Answer]) -> int:
    """The milliseconds that the axis shows."""
    return max(1, answers[-1].at + 1) if answers else 1


def _bars(answers: Sequence[Answer], kinds: dict[str, str]) -> Iterator[str]:
    """A bar for each part of the time, its versions one upon the other, what is lost on top."""
    length = _length(answers)
    number = min(_BARS, max(1, len(answers)))
    bars: list[Counter[str]] = [Counter() for _ in range(number)]
    for answer in answers:
        name = NOBODY if answer.is_lost else answer.version or NO_VERSION
        bars[answer.at * number // length][name] += 1
    highest = max((bar.total() for bar in bars), default=1) or 1
    wide = (_WIDTH - 2 * _MARGIN) / number
    for index, bar in enumerate(bars):
        y = float(_BOTTOM)
        for name, kind in kinds.items():
            if bar[name]:
                high = bar[name] * (_BOTTOM - _TOP) / highest
                y -= high
                title = f"{name}: {bar[name]} of {bar.total()} from {index * length / number / 1000:.1f} s on"
                yield rect(kind, _MARGIN + index * wide, y, max(wide - 0.5, 0.5), high, title)


def _axis(answers: Sequence[Answer]) -> Iterator[str]:
    length = _length(answers)
    for seconds in marks(length):
        x = _MARGIN + seconds * 1000 * (_WIDTH - 2 * _MARGIN) / length
        yield f'<line class="grid" x1="{x:.1f}" y1="{_BOTTOM}" x2="{x:.1f}" y2="{_BOTTOM + 6}"/>'
        yield text(x, _BOTTOM + 18, f"{seconds} s", "tick middle")
