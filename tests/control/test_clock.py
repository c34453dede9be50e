"""Reading, setting and moving an account's clock."""

from typing import Any

import pytest

from beanpole.clock import real_now
from beanpole.control.schemas import format_instant
from control.asking import Caller

CLOCK, ADVANCE = "/_beanpole/clock", "/_beanpole/clock/advance"
START = {"mode": "manual", "speed": 60.0, "now": "2026-01-01T00:00:00.000Z", "seed": 0}


def test_a_wall_clock_shows_real_time(wall: Caller) -> None:
    before, clock = format_instant(real_now()), wall.told("GET", CLOCK)
    assert before <= clock.pop("now") <= format_instant(real_now())
    assert clock == {"mode": "wall", "speed": 60.0, "seed": 0}


def test_an_account_that_has_nothing_yet_may_be_put_at_any_instant(wall: Caller) -> None:
    assert wall.told("PUT", CLOCK, {"mode": "manual"}) == START
    wanted = {"mode": "manual", "speed": "instant", "now": "2031-02-03T04:05:06.789Z", "seed": 7}
    assert wall.told("PUT", CLOCK, wanted) == wanted
    assert wall.told("PUT", CLOCK, {"now": "2030-01-01T01:00:00+01:00"})["now"] == "2030-01-01T00:00:00.000Z"
    assert wall.told("GET", CLOCK)["seed"] == 7


def test_an_account_that_has_a_past_keeps_it(manual: Caller) -> None:
    manual.launch()
    for now in ("2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z"):
        assert "clock/advance" in manual.told("PUT", CLOCK, {"now": now}, 409)["detail"]
    assert manual.told("PUT", CLOCK, {"now": START["now"]}) == START


def test_what_a_clock_is_not_told_stays(manual: Caller) -> None:
    manual.launch()
    assert manual.told("PUT", CLOCK, {"speed": 5}) == START | {"speed": 5.0}
    assert manual.ask("PUT", CLOCK).json == START | {"speed": 5.0}


def test_a_wall_clock_is_not_set(wall: Caller) -> None:
    assert "wall clock" in wall.told("PUT", CLOCK, {"now": "2030-01-01T00:00:00Z"}, 409)["detail"]
    assert "wall clock" in wall.told("POST", ADVANCE, {"seconds": 1}, 409)["detail"]


def test_a_clock_is_moved_by_seconds_and_to_an_instant(manual: Caller) -> None:
    assert manual.told("POST", ADVANCE, {"seconds": 1.5})["now"] == "2026-01-01T00:00:01.500Z"
    assert manual.told("POST", ADVANCE, {"to": "2026-07-01T00:00:00Z"})["now"] == "2026-07-01T00:00:00.000Z"
    assert "go back" in manual.told("POST", ADVANCE, {"to": "2026-06-30T00:00:00Z"}, 409)["detail"]


def test_until_stops_at_the_status_and_no_further(manual: Caller) -> None:
    manual.launch()
    until = {"environment": "shop-web", "status": "Ready"}
    now = manual.told("POST", ADVANCE, {"until": until})["now"]
    assert "2026-01-01T00:01:00.000Z" < now < "2026-01-01T00:30:00.000Z"
    assert "<Status>Ready</Status>" in manual.call("DescribeEnvironments")
    assert manual.told("POST", ADVANCE, {"until": until})["now"] == now


def test_until_gives_up_at_its_bound(manual: Caller) -> None:
    manual.launch()
    until = {"environment": "shop-web", "status": "Terminated", "within": 3600}
    problem = manual.told("POST", ADVANCE, {"until": until}, 409)
    assert "2026-01-01T01:00:00.000Z" in problem["detail"]
    assert manual.told("GET", CLOCK)["now"] == "2026-01-01T01:00:00.000Z"


def test_until_sees_the_end_of_an_environment(manual: Caller) -> None:
    manual.launch()
    manual.told("POST", ADVANCE, {"seconds": 3600})
    manual.call("TerminateEnvironment", EnvironmentName="shop-web")
    manual.told("POST", ADVANCE, {"until": {"environment": "shop-web", "status": "Terminated"}})
    assert "<Status>Terminated</Status>" in manual.call("DescribeEnvironments")


def test_how_a_clock_is_moved_does_not_show_in_the_ids(manual: Caller) -> None:
    ids = []
    for steps in (1, 10):
        manual.told("POST", "/_beanpole/reset")
        for _ in range(steps):
            manual.told("POST", ADVANCE, {"seconds": 60 / steps})
        manual.launch()
        ids.append(manual.call("DescribeEnvironments").partition("<EnvironmentId>")[2][:12])
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"mode": "lunar"}, "mode"),
        ({"speed": "fast"}, "speed"),
        ({"speed": True}, "speed"),
        ({"speed": 0}, "speed"),
        ({"now": "yesterday"}, "now"),
        ({"now": "2026-01-01T00:00:00"}, "now"),
        ({"now": "1969-12-31T23:59:59Z"}, "now"),
        ({"now": "9999-12-31T23:59:59Z"}, "now"),
        ({"seed": "1"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"tempo": 1}, "tempo"),
        ([], "_body"),
        (b"{", "_body"),
        (b'{"mode": "\\ud800"}', "_body"),
        (b"[" * 200_000, "_body"),
    ],
)
def test_what_is_wrong_with_a_clock_is_said_by_its_place(manual: Caller, body: object, where: str) -> None:
    assert list(manual.told("PUT", CLOCK, body, 400)["errors"]) == [where]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seconds": 1, "to": "2026-07-01T00:00:00Z"},
        {"seconds": "1"},
        {"seconds": -1},
        {"seconds": 1e300},
        {"seconds": 32503680000},
        {"to": 5},
        {"until": {"environment": "shop-web"}},
        {"until": {"environment": "shop-web", "status": "Fine"}},
        {"until": "Ready"},
    ],
)
def test_a_target_is_one_of_three_and_in_reach(manual: Caller, body: dict[str, Any]) -> None:
    manual.told("POST", ADVANCE, body, 400)
    assert manual.told("GET", CLOCK) == START


def test_accounts_have_clocks_of_their_own(manual: Caller) -> None:
    manual.told("POST", ADVANCE, {"seconds": 60})
    assert manual.told("GET", CLOCK, query_string={"account": "222222222222"}) == START
    assert manual.told("GET", CLOCK, headers={}) == START


def test_reset_forgets_one_account_or_all(manual: Caller) -> None:
    manual.launch()
    manual.told("POST", "/_beanpole/reset", query_string={"account": "222222222222"})
    assert "shop-web" in manual.call("DescribeEnvironments")
    manual.told("POST", "/_beanpole/reset", query_string={"all": "true"})
    assert "shop-web" not in manual.call("DescribeEnvironments")
    assert manual.told("GET", CLOCK) == START
