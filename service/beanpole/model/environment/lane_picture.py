"""The picture of lanes, the same on a page, in an SVG and in a terminal.

A span has a kind, which is its class in `console/static/lanes.css`, and words. What a picture shows first, and which
kind stands in which of its columns, follows from the lanes alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from beanpole.model.environment.lanes import Lane
from beanpole.model.time.clock import Clock

SAMPLE = "the sample application"  # of those that have no version
HUES = 6  # versions that have a colour of their own
OTHERS = {"work": "a command runs", "boot": "boots", "go": "terminates"}
_APART = 1_800_000  # milliseconds of simulated time without a change after which an earlier one is another story
_MARGIN = 0.04  # of the time that is shown, before the first change


class VisibleLook(Protocol):
    """The members of a look that a picture shows."""

    @property
    def version(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def in_service(self) -> bool: ...


def versions(lanes: Iterable[Lane]) -> tuple[str, ...]:
    """The versions of some lanes in the order in which they are seen first."""
    labels = (span.look.version for lane in lanes for span in lane.spans)
    return tuple(dict.fromkeys(label for label in labels if label))


def kind(look: VisibleLook, known: Sequence[str]) -> str:
    """The kind of a span: of its state or, while it runs, of its version among those that are known."""
    match look.state:
        case "pending":
            return "boot"
        case "deploying":
            return "work"
        case "terminating":
            return "go"
        case _:
            hue = f"v{known.index(look.version) % HUES}" if look.version in known else "sample"
            return hue if look.in_service else f"{hue} out"


def words(look: VisibleLook) -> str:
    """A span in words."""
    serves = "in service" if look.in_service else "out of service"
    runs = look.version or ("no version yet" if look.state == "pending" else SAMPLE)
    return f"{runs}, {look.state}, {serves}"


def legend(known: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Every kind that there may be, with its words."""
    serving = [(f"v{index % HUES}", f"serves {version}") for index, version in enumerate(known)]
    kinds = [*dict(serving), "sample"]
    out = [(f"{kind} out", "runs, out of service") for kind in kinds]
    return (*serving, ("sample", f"serves {SAMPLE}"), *out, *OTHERS.items())


def latest(lanes: Iterable[Lane], clock: Clock, now: int) -> int:
    """The instant from which on a picture shows what happened last: the last changes that are not far apart."""
    begins = sorted((span.began for lane in lanes for span in lane.spans), reverse=True)
    if not begins:
        return now - 60_000
    at, apart = begins[0], _apart(clock)
    for began in begins:
        if at - began > apart:
            break
        at = began
    return at - max(1000, round((now - at) * _MARGIN))


def _apart(clock: Clock) -> int:
    if clock.mode == "manual":
        return _APART
    return 10_000 if clock.speed == "instant" else max(5_000, round(_APART / clock.speed))


def columns(lane: Lane, began: int, ended: int, number: int, known: Sequence[str]) -> Iterator[str]:
    """The kinds in so many columns between two instants; "" where the instance is not there."""
    for column in range(number):
        at = began + (ended - began) * (2 * column + 1) // (2 * number)
        looks = (span.look for span in lane.spans if span.began <= at and (span.ended is None or at < span.ended))
        look = next(looks, None)
        yield "" if look is None else kind(look, known)
