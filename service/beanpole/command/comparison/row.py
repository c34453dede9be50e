"""One row of the comparison: a method with the measures of its trials."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct

from beanpole.command.comparison.measure import Course, measure, receivers
from beanpole.command.comparison.moment import Moment, Side
from beanpole.command.comparison.recorder import Recording
from beanpole.command.comparison.trial import NEW, OLD, InjectedFault, Setting, Trial, Undoing, fails, launched, works
from beanpole.command.deployment_methods import Method


class Aftermath(Struct, frozen=True):
    """One environment after a deployment: the instances that serve each version, and those out of service."""

    environment: str
    answers: bool
    on_new: int
    on_old: int
    out_of_service: int
    status: str
    health: str


class Undone(Struct, frozen=True):
    """The way back to the old version; if by hand, `course` has its measures."""

    kind: Undoing
    restored: bool
    course: Course | None


class Failure(Struct, frozen=True):
    """A deployment that failed."""

    course: Course
    leaves: tuple[Aftermath, ...]
    undone: Undone


class Row(Struct, frozen=True):
    """A method. `everywhere`: the version fails on every instance. `late`: it fails as late as possible."""

    method: Method
    works: Course
    existing: int
    new: int
    everywhere: Failure
    late: Failure


class Sketch(Struct, frozen=True):
    """The trials from which a row is measured."""

    method: Method
    works: Trial
    everywhere: Trial
    late: Trial


def sketch(setting: Setting, method: Method) -> Sketch:
    """The trials of a method, which begin in equal worlds."""
    start = launched(setting, method)
    working = works(setting, method, start.copy())
    everywhere = InjectedFault({"what": "command-fails", "where": {"version_label": NEW}})
    failing = (fails(setting, method, start.copy(), injected) for injected in (everywhere, _late(working)))
    return Sketch(method, working, *failing)


def row(trials: Sketch) -> Row:
    """The row measured from trials."""
    existing, new = receivers(trials.works.deployment, NEW)
    return Row(
        trials.method,
        measure(trials.works.deployment),
        existing,
        new,
        _failure(trials.everywhere),
        _failure(trials.late),
    )


def _late(working: Trial) -> InjectedFault | None:
    """The latest possible fault, found from the trial of a working version, which the same seed repeats exactly.

    None after a swap of CNAMEs: then the version is rejected later, without a fault. With split traffic, health checks
    fail. Otherwise the command fails on the last instance that gets the version.
    """
    if len(working.deployment.endpoints) > 1:
        return None
    before = [moment.at for moment, then in pairwise(working.moments) if then.splits and not moment.splits]
    if before:
        return InjectedFault({"what": "health-check-never-passes", "where": {"version_label": NEW}}, before[0])
    target = {"version_label": NEW, "instance": _last(working.deployment)}
    return InjectedFault({"what": "command-fails", "where": target})


def _last(recording: Recording) -> str:
    """The id of the last instance that got the new version."""
    first = {
        lane.id: min(span.began for span in lane.spans if span.version == NEW)
        for lane in recording.lanes
        if any(span.version == NEW for span in lane.spans)
    }
    return max(first, key=lambda id_: (first[id_], list(first).index(id_)))


def _failure(trial: Trial) -> Failure:
    undo = trial.undo
    if undo is None:
        raise ValueError("a trial of a version that fails has an undo")
    course = None if undo.recording is None else measure(undo.recording)
    return Failure(
        measure(trial.deployment), tuple(_aftermaths(trial.moments[-1])), Undone(undo.kind, undo.restored, course)
    )


def _aftermaths(after: Moment) -> Iterable[Aftermath]:
    """All environments, the answering one first."""
    for side in sorted(after.sides, key=lambda side: not side.answers):
        yield _aftermath(side)


def _aftermath(side: Side) -> Aftermath:
    serving = Counter(seat.version for seat in side.fleet if seat.in_service)
    return Aftermath(
        side.environment,
        side.answers,
        serving[NEW],
        serving[OLD],
        sum(not seat.in_service for seat in side.fleet),
        side.status,
        side.health,
    )
