"""Measures a recording: capacity, versions, downtime and extra instances."""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from beanpole.command.comparison.recorder import Recording, Span


class Course(Struct, frozen=True):
    """The measures of a deployment; durations are seconds on the simulated clock.

    `lowest` is the lowest number of instances in service in an environment that users reached; `downtime` is how long
    it was 0 for some users, and `still_down` that it was at the end. `extra` is the highest number of instances beyond
    those at the start.
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
        """Tell whether every user was served all the time."""
        return self.downtime == 0


class _Interval(Struct, frozen=True):
    """A time in which nothing changes: `lasts` milliseconds, the environments that users reach, and all instances.

    An instance is the name of its environment and its span.
    """

    lasts: int
    reached: frozenset[str]
    instances: tuple[tuple[str, Span], ...]

    @property
    def capacity(self) -> int:
        """The lowest number of instances in service in an environment that users reach."""
        return min(
            sum(span.in_service for name, span in self.instances if name == environment) for environment in self.reached
        )

    @property
    def versions(self) -> int:
        """The number of versions that users reach."""
        return len({span.version for name, span in self.instances if name in self.reached and span.in_service})


def measure(recording: Recording) -> Course:
    """The measures of a recorded deployment."""
    intervals = tuple(_intervals(recording))
    sizes = [len(interval.instances) for interval in intervals]
    return Course(
        seconds=(recording.ended - recording.began) / 1000,
        lowest=min(interval.capacity for interval in intervals),
        versions=max(interval.versions for interval in intervals),
        extra=max(sizes) - sizes[0],
        downtime=sum(interval.lasts for interval in intervals if interval.capacity == 0) / 1000,
        dns_change=len(recording.endpoints) > 1,
        still_down=intervals[-1].capacity == 0,
    )


def receivers(recording: Recording, version: str) -> tuple[int, int]:
    """The numbers of existing and of new instances that got a version."""
    began = recording.began
    lanes = [lane for lane in recording.lanes if any(span.version == version for span in lane.spans)]
    existing = sum(lane.spans[0].began == began for lane in lanes)
    return existing, len(lanes) - existing


def downtimes(recording: Recording) -> tuple[tuple[int, int], ...]:
    """The times in which some users were not served, as pairs of instants in milliseconds."""
    at = recording.began
    times: list[tuple[int, int]] = []
    for interval in _intervals(recording):
        if interval.capacity == 0:
            began = times.pop()[0] if times and times[-1][1] == at else at
            times.append((began, at + interval.lasts))
        at += interval.lasts
    return tuple(times)


def _intervals(recording: Recording) -> Iterator[_Interval]:
    spans = [(lane.environment, span) for lane in recording.lanes for span in lane.spans]
    instants = {recording.began, recording.ended}
    instants |= {edge for _, span in spans for edge in (span.began, span.ended)}
    instants |= {edge for reach in recording.reaches for edge in (reach.began, reach.ended)}
    edges = sorted(instants)
    for began, ended in pairwise(edges):
        yield _Interval(
            ended - began,
            frozenset(reach.environment for reach in recording.reaches if reach.began <= began < reach.ended),
            tuple((name, span) for name, span in spans if span.began <= began < span.ended),
        )
