"""What a recording comes to: capacity, versions, downtime, and what was paid for."""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from beanpole.command.comparison.recorder import Recording, Span


class Course(Struct, frozen=True):
    """How a deployment went; durations are seconds on the simulated clock.

    `lowest` is how few instances served, as those users meet it who meet the fewest; `downtime` is for how long some of
    them met none; `still_down`: they met none at the end. `extra` is how many instances there were beside those at the
    start, at the most.
    """

    seconds: float
    lowest: int
    versions: int
    extra: int
    downtime: float
    dns_change: bool
    still_down: bool = False

    @property
    def zero_downtime(self) -> bool:
        """Something served all the time, whoever called."""
        return self.downtime == 0


class _Interval(Struct, frozen=True):
    """Between two instants nothing changes; instances are spans with the names of their environments."""

    lasts: int
    met: frozenset[str]
    instances: tuple[tuple[str, Span], ...]

    @property
    def capacity(self) -> int:
        """In the environment that has the least of those that users may meet."""
        return min(sum(span.in_service for name, span in self.instances if name == it) for it in self.met)

    @property
    def versions(self) -> int:
        """That users may meet."""
        return len({span.version for name, span in self.instances if name in self.met and span.in_service})


def measure(recording: Recording) -> Course:
    """How the recorded deployment went."""
    intervals = tuple(_intervals(recording))
    sizes = [len(it.instances) for it in intervals]
    return Course(
        seconds=(recording.ended - recording.began) / 1000,
        lowest=min(it.capacity for it in intervals),
        versions=max(it.versions for it in intervals),
        extra=max(sizes) - sizes[0],
        downtime=sum(it.lasts for it in intervals if it.capacity == 0) / 1000,
        dns_change=len(recording.endpoints) > 1,
        still_down=intervals[-1].capacity == 0,
    )


def receivers(recording: Recording, version: str) -> tuple[int, int]:
    """How many instances came to run a version: of those that were there at the start, and of new ones."""
    at = recording.began
    held = [lane for lane in recording.lanes if any(span.version == version for span in lane.spans)]
    existing = sum(lane.spans[0].began == at for lane in held)
    return existing, len(held) - existing


def downtimes(recording: Recording) -> tuple[tuple[int, int], ...]:
    """From when to when some users met nothing that serves; instants are milliseconds."""
    at = recording.began
    found: list[tuple[int, int]] = []
    for it in _intervals(recording):
        if it.capacity == 0:
            began = found.pop()[0] if found and found[-1][1] == at else at
            found.append((began, at + it.lasts))
        at += it.lasts
    return tuple(found)


def _intervals(recording: Recording) -> Iterator[_Interval]:
    spans = [(lane.environment, span) for lane in recording.lanes for span in lane.spans]
    instants = {recording.began, recording.ended}
    instants |= {edge for _, it in spans for edge in (it.began, it.ended)}
    instants |= {edge for it in recording.reaches for edge in (it.began, it.ended)}
    edges = sorted(instants)
    for began, ended in pairwise(edges):
        yield _Interval(
            ended - began,
            frozenset(it.environment for it in recording.reaches if it.began <= began < it.ended),
            tuple((name, it) for name, it in spans if it.began <= began < it.ended),
        )
