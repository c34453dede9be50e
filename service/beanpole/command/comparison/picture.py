"""The comparison as a self-contained SVG: each deployment as lanes of instances over time."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from beanpole.command.comparison.measure import downtimes
from beanpole.command.comparison.recorder import Lane, Recording, Span
from beanpole.command.comparison.row import Row, Sketch
from beanpole.command.comparison.table import Head, aftermath_in_words, clock, summary, undone
from beanpole.command.comparison.trial import NEW, OLD, Trial
from beanpole.command.svg import kinds, marks, opening, rect, swatch, text
from beanpole.model.environment import lane_picture

_WIDTH, _MARGIN, _GUTTER = 1280, 24, 44
_COLUMN = (_WIDTH - 2 * _MARGIN - 2 * _GUTTER) / 3
_TOP = 110  # y of the first block
_WORDS = 62  # above the lanes of a block: its title, and two lines
_AXIS = 20  # below them
_SPACE = 26  # between two blocks
_APART = 9  # between two environments
_THICK, _THIN = 11.0, 3.0  # height of a lane, with few lanes and with many
_PITCH = 1.2  # from one lane to the next, in lanes
_TALL = 170  # most height for the lanes of a block, unless they would get too thin

_STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; font-size: 12px }
.page { fill: #ffffff } .title { font-size: 20px; font-weight: 600 } .method { font-size: 15px; font-weight: 600 }
.head { font-weight: 600 } .soft, .tick { fill: #59636e } .tick { font-size: 10px } .small { font-size: 11px }
.grid { stroke: #d1d9e0; stroke-width: 1 } .edge { stroke: #59636e; stroke-width: 1; stroke-dasharray: 3 2 }
.down { fill: #d1242f; fill-opacity: .3; pointer-events: none } .users { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .page { fill: #0d1117 } .soft, .tick { fill: #9198a1 } .grid { stroke: #30363d }
.edge { stroke: #9198a1 } .users { fill: #ab7df8 } .down { fill: #f85149; fill-opacity: .38 }
}
"""

_LEGEND = (
    ("v0", f"serves {OLD}"),
    ("v1", f"serves {NEW}"),
    ("v0 out", "runs, out of service"),
    *lane_picture.OTHERS.items(),
    ("down", "nothing serves some users"),
    ("users", "users may come here"),
)
_HEADS = (f"{NEW} works", f"{NEW} fails wherever it is put, and is undone", f"{NEW} fails late, and is undone")


class _Plot(Struct, frozen=True):
    """The position of a recording, the width of a millisecond and the height of a lane, in points."""

    x: float
    y: float
    scale: float
    lane: float

    @property
    def pitch(self) -> float:
        """The distance from one lane to the next."""
        return self.lane * _PITCH

    def at(self, recording: Recording, instant: int) -> float:
        """The x of an instant."""
        return self.x + (instant - recording.began) * self.scale

    def top(self, recording: Recording, index: int) -> float:
        """The y of a lane."""
        apart = _environments(recording).index(recording.lanes[index].environment)
        return self.y + index * self.pitch + apart * _APART


def svg(head: Head, sketches: Sequence[Sketch], rows: Sequence[Row]) -> str:
    """The SVG of all methods."""
    elements: list[str] = []
    y = float(_TOP)
    for sketch, row in zip(sketches, rows, strict=True):
        parts, y = _block(sketch, row, head, y)
        elements += parts
    height = round(y)
    title = f"Ways to deploy {NEW} to {head.instances} instances that run {OLD}"
    return "\n".join([*opening(_WIDTH, height, title, kinds() + _STYLE), *_heading(title, head), *elements, "</svg>\n"])


def _heading(title: str, head: Head) -> Iterator[str]:
    yield text(_MARGIN, 34, title, "title")
    x = float(_MARGIN)
    for kind, label in _LEGEND:
        yield from swatch(kind, x, label)
        x += 44 + 6.2 * len(label)
    yield f'<line class="edge" x1="{x + 8:.1f}" y1="46" x2="{x + 8:.1f}" y2="61"/>'
    yield text(x + 20, 58, "over; undoing", "soft")
    yield text(
        _WIDTH - _MARGIN, 34, f"measured with seed {head.seed}; every row has a time scale of its own", "soft end"
    )
    for index, head_line in enumerate(_HEADS):
        yield text(_column(index), 92, head_line, "head")


def _block(sketch: Sketch, row: Row, head: Head, y: float) -> tuple[list[str], float]:
    """The parts of a method, its three trials side by side on one time scale; and the y of the next block."""
    trials = (sketch.works, sketch.everywhere, sketch.late)
    most = max(len(trial.whole.lanes) for trial in trials)
    longest = max(trial.whole.ended - trial.whole.began for trial in trials)
    lane = min(_THICK, max(_THIN, _TALL / most / _PITCH))
    apart = max(len(_environments(trial.whole)) for trial in trials) - 1
    bottom = y + _WORDS + most * lane * _PITCH + apart * _APART
    words = (
        (summary(row, head), ""),
        (_joined(map(aftermath_in_words, row.everywhere.leaves)), undone(row.everywhere.undone)),
        (_joined(map(aftermath_in_words, row.late.leaves)), undone(row.late.undone)),
    )
    parts = [text(_MARGIN, y + 16, row.method.title, "method")]
    for index, (trial, texts) in enumerate(zip(trials, words, strict=True)):
        plot = _Plot(_column(index), y + _WORDS, _COLUMN / longest, lane)
        parts += [text(plot.x, y + 34 + 15 * line, words, "small soft") for line, words in enumerate(texts) if words]
        parts += _plot(trial, plot, bottom, longest)
    return parts, bottom + _AXIS + _SPACE


def _joined(parts: Iterable[str]) -> str:
    return "leaves " + "; ".join(parts)


def _plot(trial: Trial, plot: _Plot, bottom: float, longest: int) -> Iterator[str]:
    whole = trial.whole
    yield from _axis(plot, bottom, longest)
    for index, lane in enumerate(whole.lanes):
        yield from _lane(lane, whole, plot, plot.top(whole, index))
    for began, ended in downtimes(whole):
        x = plot.at(whole, began)
        yield rect("down", x, plot.y - 4, (ended - began) * plot.scale, bottom - plot.y + 6)
    yield from _users(whole, plot)
    undo = trial.undo.recording if trial.undo else None
    edges = {trial.deployment.ended, *((undo.began, undo.ended) if undo else ())}
    for x in (plot.at(whole, edge) for edge in sorted(edges)):
        yield f'<line class="edge" x1="{x:.1f}" y1="{plot.y - 5:.1f}" x2="{x:.1f}" y2="{bottom:.1f}"/>'


def _axis(plot: _Plot, bottom: float, longest: int) -> Iterator[str]:
    for seconds in marks(longest):
        x = plot.x + seconds * 1000 * plot.scale
        yield f'<line class="grid" x1="{x:.1f}" y1="{plot.y - 2:.1f}" x2="{x:.1f}" y2="{bottom + 3:.1f}"/>'
        yield text(x, bottom + 14, clock(seconds), "tick middle")


def _lane(lane: Lane, whole: Recording, plot: _Plot, y: float) -> Iterator[str]:
    for span in lane.spans:
        x, wide = plot.at(whole, span.began), (span.ended - span.began) * plot.scale
        title = _title(lane, span, whole)
        yield rect(lane_picture.kind(span, (OLD, NEW)), x, y, max(wide, 0.5), plot.lane, title)


def _title(lane: Lane, span: Span, whole: Recording) -> str:
    began, ended = (clock((instant - whole.began) / 1000) for instant in (span.began, span.ended))
    return f"{lane.id} in {lane.environment}: {lane_picture.words(span)}, {began} to {ended}, {span.group}"


def _users(whole: Recording, plot: _Plot) -> Iterator[str]:
    """A line above each environment that users reach, for as long as they do, if there is more than one."""
    if len(whole.reaches) < 2:
        return
    for reach in whole.reaches:
        first = next(index for index, lane in enumerate(whole.lanes) if lane.environment == reach.environment)
        y = plot.top(whole, first) - 5
        x, wide = plot.at(whole, reach.began), (reach.ended - reach.began) * plot.scale
        yield rect("users", x, y, wide, 3, f"users may meet {reach.environment}")


def _environments(recording: Recording) -> list[str]:
    return list(dict.fromkeys(lane.environment for lane in recording.lanes))


def _column(index: int) -> float:
    return _MARGIN + index * (_COLUMN + _GUTTER)
