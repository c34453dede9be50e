"""Records moments: each instance becomes a lane of spans, the users' CNAME the environments that it resolves to."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from beanpole.command.comparison.moment import Moment
from beanpole.model.environment.lanes import Look, Sighting, lanes


class Span(Struct, frozen=True):
    """The time in which an instance did not change; instants are milliseconds."""

    began: int
    ended: int
    version: str | None
    state: str
    in_service: bool
    group: str


class Lane(Struct, frozen=True):
    """One instance over time; it exists only within its spans."""

    environment: str
    id: str
    spans: tuple[Span, ...]


class Reach(Struct, frozen=True):
    """The time in which some users reach an environment."""

    environment: str
    began: int
    ended: int


class Recording(Struct, frozen=True):
    """The record of the time between two instants; `endpoints` are those of the users' CNAME, in order."""

    began: int
    ended: int
    lanes: tuple[Lane, ...]
    reaches: tuple[Reach, ...]
    endpoints: tuple[str | None, ...]


def record(moments: Sequence[Moment], ended: int) -> Recording:
    """The recording from the first moment to the instant `ended`, at least 1 ms long."""
    ended = max(ended, moments[0].at + 1)
    past = [moment for moment in moments if moment.at < ended]
    ends = [*(moment.at for moment in past[1:]), ended]
    lasting = [(moment, edge) for moment, edge in zip(past, ends, strict=True)]
    return Recording(
        past[0].at,
        ended,
        tuple(_lanes(past, ended)),
        _reaches(lasting),
        tuple(
            dict.fromkeys(
                moment.answering.endpoint for moment in [*past, *(moment for moment in moments if moment.at == ended)]
            )
        ),
    )


def _lanes(moments: Sequence[Moment], ended: int) -> Iterable[Lane]:
    """Drawn from sightings as the lanes of any environment are; the last spans end with the recording."""
    owners = {seat.id: side.environment for moment in moments for side in moment.sides for seat in side.fleet}
    for lane in lanes(_sightings(moments)):
        spans = (Span(span.began, span.ended or ended, *_members(span.look)) for span in lane.spans)
        yield Lane(owners[lane.id], lane.id, tuple(spans))


def _sightings(moments: Iterable[Moment]) -> Iterable[Sighting]:
    there: set[str] = set()
    for moment in moments:
        seats = {seat.id: seat for side in moment.sides for seat in side.fleet}
        for id_ in sorted(there - seats.keys()):
            yield Sighting(moment.at, id_, None)
        for id_, seat in seats.items():
            yield Sighting(moment.at, id_, Look(seat.version, seat.state, seat.in_service, seat.group))
        there = set(seats)


def _members(look: Look) -> tuple[str | None, str, bool, str]:
    return look.version, look.state, look.in_service, look.group


def _reaches(lasting: Sequence[tuple[Moment, int]]) -> tuple[Reach, ...]:
    reaches: list[Reach] = []
    for moment, edge in lasting:
        for side in moment.sides:
            until = edge if side.answers else min(edge, side.called_until)
            if until > moment.at:
                _prolong(reaches, Reach(side.environment, moment.at, until))
    return tuple(sorted(reaches, key=lambda reach: reach.began))


def _prolong(reaches: list[Reach], more: Reach) -> None:
    """Add a reach, or lengthen the last one if the reach continues it."""
    for index, reach in enumerate(reaches):
        if (reach.environment, reach.ended) == (more.environment, more.began):
            reaches[index] = Reach(more.environment, reach.began, more.ended)
            return
    reaches.append(more)
