"""One line of the comparison: a method with what was measured of its trials."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct

from beanpole.command.comparison.measure import Course, measure, receivers
from beanpole.command.comparison.moment import Moment, Side
from beanpole.command.comparison.recorder import Recording
from beanpole.command.comparison.trial import NEW, OLD, Blow, Setting, Trial, Undoing, fails, works
from beanpole.command.deployment_methods import Method


class Left(Struct, frozen=True):
    """What there is in one environment after a deployment: instances that serve a version, and those that do not."""

    environment: str
    answers: bool
    on_new: int
    on_old: int
    out_of_service: int
    status: str
    health: str


class Undone(Struct, frozen=True):
    """How the old version came back; what was done by hand has a course of its own."""

    kind: Undoing
    restored: bool
    course: Course | None


class Failure(Struct, frozen=True):
    """A deployment that failed."""

    course: Course
    leaves: tuple[Left, ...]
    undone: Undone


class Row(Struct, frozen=True):
    """`everywhere`: the version fails wherever it is put. `late`: once it has come as far as it can."""

    method: Method
    works: Course
    existing: int
    new: int
    everywhere: Failure
    late: Failure


class Sketch(Struct, frozen=True):
    """What a row was measured from."""

    method: Method
    works: Trial
    everywhere: Trial
    late: Trial


def sketch(setting: Setting, method: Method) -> Sketch:
    """Try a method out."""
    good = works(setting, method)
    everywhere = Blow({"what": "command-fails", "where": {"version_label": NEW}})
    return Sketch(method, good, fails(setting, method, everywhere), fails(setting, method, _late(good)))


def row(of: Sketch) -> Row:
    """Measure what was tried out."""
    existing, new = receivers(of.works.deployment, NEW)
    return Row(of.method, measure(of.works.deployment), existing, new, _failure(of.everywhere), _failure(of.late))


def _late(good: Trial) -> Blow | None:
    """The latest blow there is, by what was seen of a version that works, for the same seed does all of it again.

    A version that has the users' name is found wanting, and nothing fails; one that has a share of their requests does
    not pass its health checks; else the command fails on the last instance that gets the version.
    """
    if len(good.deployment.endpoints) > 1:
        return None
    before = [moment.at for moment, then in pairwise(good.moments) if then.splits and not moment.splits]
    if before:
        return Blow({"what": "health-check-never-passes", "where": {"version_label": NEW}}, before[0])
    where = {"version_label": NEW, "instance": _last(good.deployment)}
    return Blow({"what": "command-fails", "where": where})


def _last(recording: Recording) -> str:
    """The last instance that got the new version."""
    got = {
        lane.id: min(span.began for span in lane.spans if span.version == NEW)
        for lane in recording.lanes
        if any(span.version == NEW for span in lane.spans)
    }
    return max(got, key=lambda id_: (got[id_], list(got).index(id_)))


def _failure(trial: Trial) -> Failure:
    undo = trial.undo
    if undo is None:
        raise ValueError("a trial of a version that fails tells how it was undone")
    course = None if undo.recording is None else measure(undo.recording)
    return Failure(measure(trial.deployment), tuple(_left(trial.moments[-1])), Undone(undo.kind, undo.restored, course))


def _left(after: Moment) -> Iterable[Left]:
    """The environment that answers first."""
    for side in sorted(after.sides, key=lambda it: not it.answers):
        yield _counted(side)


def _counted(side: Side) -> Left:
    serving = Counter(it.version for it in side.fleet if it.in_service)
    return Left(
        side.environment,
        side.answers,
        serving[NEW],
        serving[OLD],
        sum(not it.in_service for it in side.fleet),
        side.status,
        side.health,
    )
