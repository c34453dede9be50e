"""Lanes follow from sightings alone."""

from hypothesis import given
from hypothesis import strategies as st

from beanpole.command import svg
from beanpole.model.environment import lane_picture
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Lane, Look, Sighting, Span, lanes, of_fleet, since
from beanpole.model.time.clock import Clock

OLD, NEW = Look("v1", "running", True, "a"), Look("v2", "running", True, "a")
LOOKS = st.none() | st.sampled_from([OLD, NEW, Look("v1", "running", False, "a"), Look(None, "pending", False, "a")])
SIGHTINGS = st.lists(st.builds(Sighting, st.integers(0, 9), st.sampled_from(["i-1", "i-2"]), LOOKS), max_size=12).map(
    lambda sightings: sorted(sightings, key=lambda sighting: sighting.at)
)


def last_look(sightings: list[Sighting], id_: str, at: int) -> Look | None:
    """The look of an instance at an instant, by the last sighting of it."""
    return next((sighting.look for sighting in reversed(sightings) if sighting.id == id_ and sighting.at <= at), None)


def in_lane(lane: Lane | None, at: int) -> Look | None:
    spans = lane.spans if lane is not None else ()
    return next((span.look for span in spans if span.began <= at and (span.ended is None or at < span.ended)), None)


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


@given(SIGHTINGS, st.integers(1, 40))
def test_every_picture_draws_what_was_there_at_the_middle_of_each_column(those: list[Sighting], number: int) -> None:
    drawn = lanes(those)
    known = lane_picture.versions(drawn)
    for lane in drawn:
        kinds = list(lane_picture.columns(lane, 0, 2 * number, number, known))
        looks = [last_look(those, lane.id, at) for at in range(1, 2 * number, 2)]
        assert kinds == ["" if look is None else lane_picture.kind(look, known) for look in looks]


@given(SIGHTINGS, st.integers(0, 50))
def test_every_kind_is_in_the_legend_and_the_last_change_in_the_picture(those: list[Sighting], later: int) -> None:
    drawn = lanes(those)
    known = lane_picture.versions(drawn)
    meant = dict(lane_picture.legend(known))
    kinds = {lane_picture.kind(span.look, known) for lane in drawn for span in lane.spans}
    assert kinds <= meant.keys()
    begins = [span.began for lane in drawn for span in lane.spans]
    now = max(begins, default=0) + later
    for clock in (Clock(mode="manual"), Clock(), Clock(speed="instant")):
        assert lane_picture.latest(drawn, clock, now) < max(begins, default=now)


def test_what_lies_far_apart_is_another_story() -> None:
    look = Look("v1", "running", True, "group")
    drawn = lanes([Sighting(0, "i-1", look), Sighting(10_000_000, "i-2", look), Sighting(10_000_500, "i-3", look)])
    manual = lane_picture.latest(drawn, Clock(mode="manual"), 10_001_000)
    assert manual == 10_000_000 - 1000
    assert lane_picture.latest(drawn, Clock(mode="wall", speed=0.1), 10_001_000) < 0


def test_pages_and_files_have_one_table_of_colours() -> None:
    style = svg.kinds()
    for kind, _ in lane_picture.legend(tuple("abcdef")):
        assert f".{kind.split()[0]} {{ fill:" in style
