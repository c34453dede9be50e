"""A load over time as a self-contained SVG: how many requests each version answered, how many were lost, and below them
the instances of the environments as lanes on the same axis.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from beanpole.command.svg import kinds, marks, opening, rect, swatch, text
from beanpole.command.traffic.fleets import Fleet
from beanpole.command.traffic.load import Answer
from beanpole.command.traffic.tally import NO_VERSION, Tally
from beanpole.model.environment import lane_picture
from beanpole.model.environment.lane_picture import HUES
from beanpole.model.environment.lanes import Lane, Span

_WIDTH, _HEIGHT, _MARGIN = 1280, 360, 40  # the height is that with a legend of one row
_TOP, _BOTTOM = 90, 320  # y of the highest bar and of the axis, below a legend of one row
_ROW = 20  # the height of a further row of the legend
_BARS = 120  # at most
_LABEL = 40  # characters of a version label that are shown
_LETTER = 6.8  # the width of a letter, on average
_LANE, _PITCH, _NAME = 11, 14, 26  # the height of a lane, from one to the next, and of the name above those of a fleet
_LEGEND = 30  # the height of that of the lanes

_STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; font-size: 12px }
.page { fill: #ffffff } .title { font-size: 20px; font-weight: 600 } .soft, .tick { fill: #59636e }
.tick { font-size: 10px } .grid { stroke: #d1d9e0; stroke-width: 1 } .lost { fill: #d1242f } .errors { fill: #f4a3a8 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .page { fill: #0d1117 } .soft, .tick { fill: #9198a1 } .grid { stroke: #30363d }
.lost { fill: #f85149 } .errors { fill: #8e3a3f }
}
"""


class _Layer(NamedTuple):
    """Some of the answers: those by a version without an error, those with one, or those that are lost."""

    kind: str
    label: str


_ERRORS = _Layer("errors", "answered with an error")
_LOST = _Layer("lost", "lost")


def svg(tally: Tally, answers: Sequence[Answer], fleets: Sequence[Fleet] = ()) -> str:
    """The picture of a load; a version has one colour in its bars and in the lanes of the fleets."""
    layers = {
        version.version: _Layer(f"v{index % HUES}", _short(version.version))
        for index, version in enumerate(tally.versions)
    }
    entries, rows = _placed(
        tally, [*layers.values(), _ERRORS, _LOST], Counter(_layer(answer, layers) for answer in answers)
    )
    lower = (rows - 1) * _ROW
    title = (
        f"{tally.requests} request{'' if tally.requests == 1 else 's'} to {tally.name}, by the version that answered"
    )
    visible = [fleet for fleet in (_within(fleet, _length(answers)) for fleet in fleets) if fleet.lanes]
    lanes = [*_fleets(visible, [version.version for version in tally.versions], answers, _HEIGHT + lower)]
    height = _HEIGHT + lower + sum(_NAME + len(fleet.lanes) * _PITCH for fleet in visible) + (_LEGEND if visible else 0)
    parts = [*opening(_WIDTH, height, title, kinds() + _STYLE), text(_MARGIN, 34, title, "title"), *entries]
    return "\n".join([*parts, *_bars(answers, layers, lower), *_axis(answers, lower), *lanes, "</svg>\n"])


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"


def _layer(answer: Answer, layers: dict[str, _Layer]) -> _Layer:
    if answer.is_lost:
        return _LOST
    return _ERRORS if answer.is_error else layers[answer.version or NO_VERSION]


def _placed(tally: Tally, layers: Sequence[_Layer], counts: Counter[_Layer]) -> tuple[list[str], int]:
    """The entries of the legend, one beside the other as far as they fit, and the number of its rows."""
    parts: list[str] = []
    x, row = float(_MARGIN), 1
    for layer in layers:
        if not counts[layer] and layer is _ERRORS:
            continue
        label = f"{layer.label}: {counts[layer]} ({tally.share(counts[layer]):.1f} %)"
        wide = 44 + _LETTER * len(label)
        if x > _MARGIN and x + wide > _WIDTH:
            x, row = float(_MARGIN), row + 1
        parts += swatch(layer.kind, x, label, 48 + (row - 1) * _ROW)
        x += wide
    return parts, row


def _length(answers: Sequence[Answer]) -> int:
    """The milliseconds that the axis shows: to the end of the last request's share of the time."""
    if len(answers) < 2:
        return 1_000
    return answers[-1].at + max(1, answers[-1].at // (len(answers) - 1))


def _of_one_bar(answers: Sequence[Answer]) -> int:
    """The number of requests in a row that are one bar, so that bars differ by what became of them alone."""
    return max(1, -(-len(answers) // _BARS))


def _bars(answers: Sequence[Answer], layers: dict[str, _Layer], lower: int) -> Iterator[str]:
    """A bar for some requests in a row: versions one upon the other, errors above them, what is lost on top."""
    length, number = _length(answers), _of_one_bar(answers)
    scale = (_WIDTH - 2 * _MARGIN) / length
    for start in range(0, len(answers), number):
        part = answers[start : start + number]
        begins, after = part[0].at, answers[start + number : start + number + 1]
        ends = after[0].at if after else length
        counts = Counter(_layer(answer, layers) for answer in part)
        y, x, wide = float(_BOTTOM + lower), _MARGIN + begins * scale, (ends - begins) * scale
        for layer in (*layers.values(), _ERRORS, _LOST):
            if counts[layer]:
                high = counts[layer] * (_BOTTOM - _TOP) / len(part)
                y -= high
                title = f"{layer.label}: {counts[layer]} of {len(part)} from {begins / 1000:.1f} s on"
                yield rect(layer.kind, x, y, max(wide - 0.5, 0.5), high, title)


def _axis(answers: Sequence[Answer], lower: int) -> Iterator[str]:
    length, number, bottom = _length(answers), _of_one_bar(answers), _BOTTOM + lower
    for seconds in marks(length):
        x = _MARGIN + seconds * 1000 * (_WIDTH - 2 * _MARGIN) / length
        yield f'<line class="grid" x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{bottom + 6}"/>'
        yield text(x, bottom + 18, f"{seconds} s", "tick middle")
    unit = "request" if number == 1 else f"{number} requests"
    yield text(_WIDTH - _MARGIN, bottom + 34, f"each bar: {unit} in a row", "tick end")


def _within(fleet: Fleet, length: int) -> Fleet:
    """The spans that reach into the time of the load, by milliseconds from its begin."""

    def cut(span: Span) -> Span:
        ended = length if span.ended is None else min(length, span.ended - fleet.began)
        return Span(max(0, span.began - fleet.began), ended, span.look)

    lanes = (Lane(lane.id, tuple(map(cut, lane.spans))) for lane in fleet.lanes)
    trimmed = (Lane(lane.id, tuple(span for span in lane.spans if span.began < (span.ended or 0))) for lane in lanes)
    return Fleet(fleet.environment, fleet.began, tuple(lane for lane in trimmed if lane.spans))


def _fleets(fleets: Sequence[Fleet], versions: Sequence[str], answers: Sequence[Answer], y: float) -> Iterator[str]:
    """The lanes of each environment below its name, and what their kinds mean."""
    known = tuple(
        dict.fromkeys([*versions, *(version for fleet in fleets for version in lane_picture.versions(fleet.lanes))])
    )
    scale = (_WIDTH - 2 * _MARGIN) / _length(answers)
    for fleet in fleets:
        yield text(_MARGIN, y + 16, f"instances of {fleet.environment}", "soft")
        y += _NAME
        for lane in fleet.lanes:
            for span in lane.spans:
                x, wide = _MARGIN + span.began * scale, ((span.ended or 0) - span.began) * scale
                title = f"{lane.id}: {lane_picture.words(span.look)}, from {span.began / 1000:.1f} s on"
                yield rect(lane_picture.kind(span.look, known), x, y, max(wide, 0.5), _LANE, title)
            y += _PITCH
    x = float(_MARGIN)
    for kind, label in (("v0 out", "runs, out of service"), *lane_picture.OTHERS.items()) if fleets else ():
        yield from swatch(kind, x, label, round(y) + 8)
        x += 44 + _LETTER * len(label)
