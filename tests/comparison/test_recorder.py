"""Moments become lanes, and a name is followed for as long as somebody remembers its old address."""

import pytest

from beanpole.command.comparison.moment import Moment, Seat, Side
from beanpole.command.comparison.recorder import Lane, Reach, Span, record


def seat(id_: str, version: str | None = "v1", state: str = "running", in_service: bool = True) -> Seat:
    return Seat(id_, version, state, in_service, "group")


def side(name: str, *fleet: Seat, answers: bool = True, called_until: int = 0) -> Side:
    return Side(name, answers, f"{name}.elb", "Ready", "Ok", None, fleet, called_until)


def test_what_does_not_change_is_one_span() -> None:
    moments = [Moment(at, (side("blue", seat("i-1")),)) for at in (0, 10, 25)]
    assert record(moments, 40).lanes == (Lane("blue", "i-1", (Span(0, 40, "v1", "running", True, "group"),)),)


def test_every_change_begins_a_span_and_an_instance_that_is_gone_ends() -> None:
    moments = [
        Moment(0, (side("blue", seat("i-1"), seat("i-2")),)),
        Moment(10, (side("blue", seat("i-1", state="deploying", in_service=False), seat("i-2")),)),
        Moment(20, (side("blue", seat("i-1", "v2")),)),
    ]
    assert record(moments, 30).lanes == (
        Lane(
            "blue",
            "i-1",
            (
                Span(0, 10, "v1", "running", True, "group"),
                Span(10, 20, "v1", "deploying", False, "group"),
                Span(20, 30, "v2", "running", True, "group"),
            ),
        ),
        Lane("blue", "i-2", (Span(0, 20, "v1", "running", True, "group"),)),
    )


def test_what_is_seen_at_the_end_lasts_no_time_but_tells_where_the_name_leads() -> None:
    moments = [
        Moment(0, (side("blue", seat("i-1")), side("green", answers=False))),
        Moment(10, (side("blue", answers=False), side("green", seat("i-2")))),
    ]
    recording = record(moments, 10)
    assert [lane.id for lane in recording.lanes] == ["i-1"]
    assert recording.endpoints == ("blue.elb", "green.elb")


def test_an_old_address_is_called_until_it_is_forgotten() -> None:
    moments = [
        Moment(0, (side("blue"), side("green", answers=False))),
        Moment(100, (side("blue", answers=False, called_until=160), side("green"))),
        Moment(120, (side("blue", answers=False, called_until=160), side("green"))),
        Moment(200, (side("blue", answers=False, called_until=160), side("green"))),
    ]
    assert record(moments, 300).reaches == (Reach("blue", 0, 160), Reach("green", 100, 300))
    assert record(moments, 130).reaches == (Reach("blue", 0, 130), Reach("green", 100, 130))


def test_a_name_that_nobody_holds_is_no_recording() -> None:
    with pytest.raises(ValueError, match="at 0 no environment holds the CNAME"):
        record([Moment(0, (side("blue", answers=False),))], 10)
