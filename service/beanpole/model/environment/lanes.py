"""Lanes: the instances of a fleet over time, as pictures of deployments draw them.

A sighting says how an instance looks from an instant on; only what a picture shows counts as a look. Lanes follow from
sightings by `lanes` alone, for the log that workers keep of an environment as for a comparison of policies.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from beanpole.model.environment.instance import Instance, State
from beanpole.model.environment.losses import By


class Look(Struct, frozen=True, array_like=True):
    """The look of an instance in a picture."""

    version: str | None
    state: State
    in_service: bool
    group: str


class Sighting(Struct, frozen=True, array_like=True):
    """An instance from the instant `at` on; without a look it is gone.

    `by` is the service that was called to terminate it.
    """

    at: int
    id: str
    look: Look | None
    by: By | None = None


class Span(Struct, frozen=True):
    """The time in which an instance looked the same, in milliseconds; without an end it still does."""

    began: int
    ended: int | None
    look: Look


class Lane(Struct, frozen=True):
    """One instance over time; between two of its spans it was not there."""

    id: str
    spans: tuple[Span, ...]


def look(instance: Instance) -> Look:
    """The look of an instance as it is now."""
    return Look(instance.version_label, instance.state, instance.in_service, instance.group)


def lanes(sightings: Iterable[Sighting]) -> tuple[Lane, ...]:
    """A lane for each instance, in the order in which they were seen first; sightings are in the order of time."""
    spans: dict[str, list[Span]] = {}
    for sighting in sightings:
        _extend(spans.setdefault(sighting.id, []), sighting)
    return tuple(Lane(id_, tuple(parts)) for id_, parts in spans.items() if parts)


def of_fleet(sightings: Iterable[Sighting], fleet: Mapping[str, Instance]) -> tuple[Lane, ...]:
    """The lanes of a fleet as it is now; an instance without a sighting looks as it does now since its launch."""
    history = list(sightings)
    ids = {sighting.id for sighting in history}
    unseen = [
        Sighting(instance.launched_at, instance.id, look(instance))
        for instance in fleet.values()
        if instance.id not in ids
    ]
    return lanes(sorted([*unseen, *history], key=lambda sighting: sighting.at))


def since(those: Iterable[Lane], instant: int) -> tuple[Lane, ...]:
    """The lanes that reach beyond an instant, with the spans that do."""
    parts = (
        Lane(lane.id, tuple(span for span in lane.spans if span.ended is None or span.ended > instant))
        for lane in those
    )
    return tuple(lane for lane in parts if lane.spans)


def _extend(spans: list[Span], sighting: Sighting) -> None:
    """End the last span, and begin the next, unless nothing has changed; a span has some length."""
    last = spans[-1] if spans else None
    if last is not None and last.ended is None:
        if last.look == sighting.look:
            return
        spans.pop()
        if last.began < sighting.at:
            spans.append(Span(last.began, sighting.at, last.look))
    if sighting.look is None:
        return
    before = spans[-1] if spans else None
    if before is not None and before.ended == sighting.at and before.look == sighting.look:
        spans[-1] = Span(before.began, None, before.look)
    else:
        spans.append(Span(sighting.at, None, sighting.look))
