"""Records moments: each instance becomes a lane of spans, the users' CNAME the environments that it resolves to."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from beanpole.command.comparison.moment import Moment, Seat


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
    """All that happened between two instants; `endpoints` are those that the users' CNAME resolved to, in order."""

    began: int
    ended: int
    lanes: tuple[Lane, ...]
    reaches: tuple[Reach, ...]
    endpoints: tuple[str | None, ...]


def record(moments: Sequence[Moment], ended: int) -> Recording:
    """The recording from the first moment to the instant `ended`, at least 1 ms long."""
    ended = max(ended, moments[0].at + 1)
    kept = [moment for moment in moments if moment.at < ended]
    ends = [*(moment.at for moment in kept[1:]), ended]
    lasting = [(moment, edge) for moment, edge in zip(kept, ends, strict=True)]
    return Recording(
        kept[0].at,
        ended,
        tuple(_lanes(lasting)),
        _reaches(lasting),
        tuple(
            dict.fromkeys(
                moment.answering.endpoint for moment in [*kept, *(moment for moment in moments if moment.at == ended)]
            )
        ),
    )


def _lanes(lasting: Iterable[tuple[Moment, int]]) -> Iterable[Lane]:
    spans: dict[tuple[str, str], list[Span]] = {}
    for moment, edge in lasting:
        for side in moment.sides:
            for seat in side.fleet:
                _extend(spans.setdefault((side.environment, seat.id), []), _span(moment.at, edge, seat))
    return (Lane(environment, id_, tuple(parts)) for (environment, id_), parts in spans.items())


def _span(began: int, ended: int, seat: Seat) -> Span:
    return Span(began, ended, seat.version, seat.state, seat.in_service, seat.group)


def _extend(spans: list[Span], more: Span) -> None:
    """Add a span, or lengthen the last one if nothing has changed."""
    if spans and spans[-1].ended == more.began and _state(spans[-1]) == _state(more):
        more = Span(spans.pop().began, more.ended, *_state(more))
    spans.append(more)


def _state(span: Span) -> tuple[str | None, str, bool, str]:
    return span.version, span.state, span.in_service, span.group


def _reaches(lasting: Sequence[tuple[Moment, int]]) -> tuple[Reach, ...]:
    reaches: list[Reach] = []
    for moment, edge in lasting:
        for side in moment.sides:
            until = edge if side.answers else min(edge, side.called_until)
            if until > moment.at:
                _prolong(reaches, Reach(side.environment, moment.at, until))
    return tuple(sorted(reaches, key=lambda reach: reach.began))


def _prolong(reaches: list[Reach], more: Reach) -> None:
    """Add a reach, or lengthen the one that it continues."""
    for index, reach in enumerate(reaches):
        if (reach.environment, reach.ended) == (more.environment, more.began):
            reaches[index] = Reach(more.environment, reach.began, more.ended)
            return
    reaches.append(more)
