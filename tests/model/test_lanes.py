"""Lanes follow from sightings alone."""

from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Lane, Look, Sighting, Span, lanes, of_fleet, since

OLD, NEW = Look("v1", "running", True, "a"), Look("v2", "running", True, "a")
LOOKS = st.none() | st.sampled_from([OLD, NEW, Look("v1", "running", False, "a"), Look(None, "pending", False, "a")])
SIGHTINGS = st.lists(st.builds(Sighting, st.integers(0, 9), st.sampled_from(["i-1", "i-2"]), LOOKS), max_size=12).map(
    lambda sightings: sorted(sightings, key=lambda sighting: sighting.at)
)


def last_look(sightings: list[Sighting], id_: str, at: int) -> Look | None:
    """The look of an instance at an instant, by the last sighting of it."""
    return next((each.look for each in reversed(sightings) if each.id == id_ and each.at <= at), None)


def in_lane(lane: Lane | None, at: int) -> Look | None:
    spans = lane.spans if lane is not None else ()
    return next((each.look for each in spans if each.began <= at and (each.ended is None or at < each.ended)), None)


@given(SIGHTINGS)
def test_a_lane_shows_at_each_instant_what_was_seen_last(sightings: list[Sighting]) -> None:
    by_id = {lane.id: lane for lane in lanes(sightings)}
    for id_ in ("i-1", "i-2"):
        for at in range(11):
            assert in_lane(by_id.get(id_), at) == last_look(sightings, id_, at)


@given(SIGHTINGS)
def test_spans_have_some_length_and_no_two_that_touch_look_the_same(sightings: list[Sighting]) -> None:
    for lane in lanes(sightings):
        for span, following in zip(lane.spans, lane.spans[1:], strict=False):
            assert span.ended is not None
            assert span.began < span.ended <= following.began
            assert span.ended < following.began or span.look != following.look


@given(SIGHTINGS, st.integers(0, 10))
def test_what_is_left_out_had_ended(sightings: list[Sighting], instant: int) -> None:
    whole = {lane.id: lane for lane in lanes(sightings)}
    for lane in since(whole.values(), instant):
        left_out = set(whole[lane.id].spans) - set(lane.spans)
        assert all(span.ended is not None and span.ended <= instant for span in left_out)
        assert all(span.ended is None or span.ended > instant for span in lane.spans)


def test_an_instance_that_was_never_seen_looks_as_it_does_since_its_launch() -> None:
    instance = Instance("i-1", 5, "a", "running", True, version_label="v1")
    assert of_fleet([], {"i-1": instance}) == (Lane("i-1", (Span(5, None, OLD),)),)
