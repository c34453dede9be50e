"""The measurer, by lanes that are drawn by hand: a letter is ten seconds.

`a` and `b` serve on v1 and v2, `A` and `B` run them out of service, `.` boots, and a blank is no instance.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.command.comparison.measure import Course, downtimes, measure, receivers
from beanpole.command.comparison.recorder import Lane, Reach, Recording, Span

TICK = 10_000


def recording_of(*rows: str, environments: str = "", reaches: tuple[Reach, ...] = (), endpoints: int = 1) -> Recording:
    """Lanes as they are drawn; `environments` names each by a letter."""
    ended = max(map(len, rows)) * TICK
    lanes = tuple(
        Lane(environments[place : place + 1] or "x", f"i-{place}", tuple(_spans(row))) for place, row in enumerate(rows)
    )
    met = tuple(Reach(reach.environment, reach.began * TICK, reach.ended * TICK) for reach in reaches) or (
        Reach("x", 0, ended),
    )
    return Recording(0, ended, lanes, met, tuple(f"endpoint-{number}" for number in range(endpoints)))


def _spans(row: str):
    for place, letter in enumerate(row):
        if letter != " ":
            version = {"a": "v1", "b": "v2"}.get(letter.lower())
            state = "pending" if letter == "." else "running"
            yield Span(place * TICK, (place + 1) * TICK, version, state, letter.islower(), "group")


@pytest.mark.parametrize(
    ("rows", "course"),
    [
        pytest.param(("aab", "aab"), Course(30.0, 2, 1, 0, 0.0, False), id="in one instant"),
        pytest.param(("aAAb", "aAAb"), Course(40.0, 0, 1, 0, 20.0, False), id="all at once"),
        pytest.param(("aAbbb", "aaaAb"), Course(50.0, 1, 2, 0, 0.0, False), id="one after the other"),
        pytest.param(("aaa ", "aaa ", " .bb", " .bb"), Course(40.0, 2, 2, 2, 0.0, False), id="beside the old ones"),
        pytest.param(("a A ", " A a"), Course(40.0, 0, 1, 0, 20.0, False), id="a hole in the middle"),
    ],
)
def test_a_course_is_what_the_lanes_say(rows: tuple[str, ...], course: Course) -> None:
    assert measure(recording_of(*rows)) == course


def test_who_knows_the_old_address_meets_the_old_environment() -> None:
    swapped = (Reach("x", 0, 4), Reach("y", 2, 5))
    course = measure(recording_of("aaaaa", "bbbbb", environments="xy", reaches=swapped, endpoints=2))
    assert (course.versions, course.lowest, course.downtime, course.dns_change) == (2, 1, 0.0, True)


def test_an_environment_that_is_felled_too_early_is_missed_by_those_who_know_no_better() -> None:
    swapped = (Reach("x", 0, 4), Reach("y", 2, 5))
    recording = recording_of("aaa  ", "bbbbb", environments="xy", reaches=swapped, endpoints=2)
    assert measure(recording).downtime == 10.0
    assert downtimes(recording) == ((30_000, 40_000),)


def test_an_environment_that_nobody_calls_counts_for_nothing_but_its_price() -> None:
    course = measure(recording_of("aaa", "  B", environments="xy"))
    assert (course.lowest, course.versions, course.downtime, course.extra) == (1, 1, 0.0, 1)


def test_receivers_are_told_apart_by_whether_they_were_there() -> None:
    assert receivers(recording_of("aAb", "aaa", " .b", " .b"), "v2") == (1, 2)


@given(st.lists(st.text("aAbB. ", min_size=6, max_size=6), min_size=1, max_size=5))
def test_capacity_downtime_and_price_agree(rows: list[str]) -> None:
    recording = recording_of("aaaaaa", *rows)
    course = measure(recording)
    assert (course.downtime > 0) == (course.lowest == 0)
    assert course.downtime == sum(ended - began for began, ended in downtimes(recording)) / 1000
    assert course.lowest + course.extra + len(rows) >= 1
    assert course.seconds == 60.0
    assert sum(receivers(recording, "v2")) == sum("b" in row.lower() for row in rows)


def test_a_fleet_that_is_out_for_good_is_down_to_the_end() -> None:
    recording = recording_of("aAA", "aAA")
    assert downtimes(recording) == ((10_000, 30_000),)
    assert (measure(recording).downtime, measure(recording).still_down) == (20.0, True)
    assert not measure(recording_of("aAb", "aAb")).still_down
