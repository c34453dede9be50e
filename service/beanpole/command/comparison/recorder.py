"""Moments put together: an instance becomes a lane of spans, a name becomes the environments that it leads to."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from beanpole.command.comparison.moment import Moment, Seat


class Span(Struct, frozen=True):
    """For how long an instance was as it was; instants are milliseconds."""

    began: int
    ended: int
    version: str | None
    state: str
    in_service: bool
    group: str


class Lane(Struct, frozen=True):
    """One instance over time; where there is no span there was no instance."""

    environment: str
    id: str
    spans: tuple[Span, ...]


class Reach(Struct, frozen=True):
    """Somebody who calls the users' name may meet this environment from one instant to another."""

    environment: str
    began: int
    ended: int


class Recording(Struct, frozen=True):
    """What happened between two instants; `endpoints` are those that the users' name led to, in their order."""

    began: int
    ended: int
    lanes: tuple[Lane, ...]
    reaches: tuple[Reach, ...]
    endpoints: tuple[str | None, ...]


def record(moments: Sequence[Moment], ended: int) -> Recording:
    """The recording of moments that begin with the first and end with an instant; what takes no time lasts one."""
    ended = max(ended, moments[0].at + 1)
    kept = [it for it in moments if it.at < ended]
    edges = [*(it.at for it in kept[1:]), ended]
    lasting = [(moment, edge) for moment, edge in zip(kept, edges, strict=True)]
    return Recording(
        kept[0].at,
        ended,
        tuple(_lanes(lasting)),
        _reaches(lasting),
        tuple(dict.fromkeys(it.answering.endpoint for it in [*kept, *(it for it in moments if it.at == ended)])),
    )


def _lanes(lasting: Iterable[tuple[Moment, int]]) -> Iterable[Lane]:
    spans: dict[tuple[str, str], list[Span]] = {}
    for moment, edge in lasting:
        for side in moment.sides:
            for seat in side.fleet:
                _extend(spans.setdefault((side.environment, seat.id), []), _span(moment.at, edge, seat))
    return (Lane(environment, id_, tuple(them)) for (environment, id_), them in spans.items())


def _span(began: int, ended: int, seat: Seat) -> Span:
    return Span(began, ended, seat.version, seat.state, seat.in_service, seat.group)


def _extend(spans: list[Span], more: Span) -> None:
    """Add a span, or lengthen the last one where nothing has changed."""
    if spans and spans[-1].ended == more.began and _as_it_is(spans[-1]) == _as_it_is(more):
        more = Span(spans.pop().began, more.ended, *_as_it_is(more))
    spans.append(more)


def _as_it_is(span: Span) -> tuple[str | None, str, bool, str]:
    return span.version, span.state, span.in_service, span.group


def _reaches(lasting: Sequence[tuple[Moment, int]]) -> tuple[Reach, ...]:
    found: list[Reach] = []
    for moment, edge in lasting:
        for side in moment.sides:
            until = edge if side.answers else min(edge, side.called_until)
            if until > moment.at:
                _prolong(found, Reach(side.environment, moment.at, until))
    return tuple(sorted(found, key=lambda it: it.began))


def _prolong(found: list[Reach], more: Reach) -> None:
    """Add a reach, or lengthen the one that it goes on from."""
    for place, reach in enumerate(found):
        if (reach.environment, reach.ended) == (more.environment, more.began):
            found[place] = Reach(more.environment, reach.began, more.ended)
            return
    found.append(more)
