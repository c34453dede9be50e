"""Reading, setting and moving an account's clock."""

from typing import Any

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.control import messages
from beanpole.control.instants import format_instant
from beanpole.machine.clock import real_now
from beanpole.model.time.clock import Clock
from beanpole.store import watch
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from control.calling import ACCOUNT, Caller

CLOCK, ADVANCE = "/_beanpole/clock", "/_beanpole/clock/advance"
START = {"mode": "manual", "speed": 60.0, "now": "2026-01-01T00:00:00.000Z", "seed": 0}


def test_a_wall_clock_shows_real_time(wall: Caller) -> None:
    before, clock = format_instant(real_now()), wall.request("GET", CLOCK)
    assert before <= clock.pop("now") <= format_instant(real_now())
    assert clock == {"mode": "wall", "speed": 60.0, "seed": 0}


def test_the_clock_of_an_empty_account_can_be_set_to_any_instant(wall: Caller) -> None:
    assert wall.request("PUT", CLOCK, {"mode": "manual"}) == START
    settings = {"mode": "manual", "speed": "instant", "now": "2031-02-03T04:05:06.789Z", "seed": 7}
    assert wall.request("PUT", CLOCK, settings) == settings
    assert wall.request("PUT", CLOCK, {"now": "2030-01-01T01:00:00+01:00"})["now"] == "2030-01-01T00:00:00.000Z"
    assert wall.request("GET", CLOCK)["seed"] == 7


def test_the_clock_of_an_account_with_a_past_is_moved_by_advance_only(manual: Caller) -> None:
    manual.launch()
    for now in ("2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z"):
        assert "clock/advance" in manual.request("PUT", CLOCK, {"now": now}, 409)["detail"]
    assert manual.request("PUT", CLOCK, {"now": START["now"]}) == START


def test_members_that_are_not_given_stay(manual: Caller) -> None:
    manual.launch()
    assert manual.request("PUT", CLOCK, {"speed": 5}) == START | {"speed": 5.0}
    assert manual.send("PUT", CLOCK).json == START | {"speed": 5.0}


def test_a_wall_clock_is_neither_set_nor_advanced(wall: Caller) -> None:
    assert "wall clock" in wall.request("PUT", CLOCK, {"now": "2030-01-01T00:00:00Z"}, 409)["detail"]
    assert "wall clock" in wall.request("POST", ADVANCE, {"seconds": 1}, 409)["detail"]


def test_a_clock_is_advanced_by_seconds_or_to_an_instant(manual: Caller) -> None:
    assert manual.request("POST", ADVANCE, {"seconds": 1.5})["now"] == "2026-01-01T00:00:01.500Z"
    assert manual.request("POST", ADVANCE, {"to": "2026-07-01T00:00:00Z"})["now"] == "2026-07-01T00:00:00.000Z"
    assert "go back" in manual.request("POST", ADVANCE, {"to": "2026-06-30T00:00:00Z"}, 409)["detail"]


def test_until_stops_at_the_status_and_no_further(manual: Caller) -> None:
    manual.launch()
    until = {"environment": "shop-web", "status": "Ready"}
    now = manual.request("POST", ADVANCE, {"until": until})["now"]
    assert "2026-01-01T00:01:00.000Z" < now < "2026-01-01T00:30:00.000Z"
    assert "<Status>Ready</Status>" in manual.call("DescribeEnvironments")
    assert manual.request("POST", ADVANCE, {"until": until})["now"] == now


def test_until_gives_up_at_its_bound(manual: Caller) -> None:
    manual.launch()
    until = {"environment": "shop-web", "status": "Terminated", "within": 3600}
    problem = manual.request("POST", ADVANCE, {"until": until}, 409)
    assert "2026-01-01T01:00:00.000Z" in problem["detail"]
    assert manual.request("GET", CLOCK)["now"] == "2026-01-01T01:00:00.000Z"


def test_until_reaches_the_end_of_an_environment(manual: Caller) -> None:
    manual.launch()
    manual.request("POST", ADVANCE, {"seconds": 3600})
    manual.call("TerminateEnvironment", EnvironmentName="shop-web")
    manual.request("POST", ADVANCE, {"until": {"environment": "shop-web", "status": "Terminated"}})
    assert "<Status>Terminated</Status>" in manual.call("DescribeEnvironments")


def test_ids_do_not_depend_on_how_the_clock_is_advanced(manual: Caller) -> None:
    ids = []
    for steps in (1, 10):
        manual.request("POST", "/_beanpole/reset")
        for _ in range(steps):
            manual.request("POST", ADVANCE, {"seconds": 60 / steps})
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
        ({f"member{number}": 1 for number in range(101)}, "_body"),
        (b'{"mode": "\\ud800"}', "_body"),
        (b"[" * 200_000, "_body"),
    ],
)
def test_a_wrong_clock_is_refused_with_the_name_of_the_member(manual: Caller, body: object, where: str) -> None:
    assert list(manual.request("PUT", CLOCK, body, 400)["errors"]) == [where]


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
def test_a_target_that_is_wrong_or_out_of_reach_is_refused(manual: Caller, body: dict[str, Any]) -> None:
    manual.request("POST", ADVANCE, body, 400)
    assert manual.request("GET", CLOCK) == START


def test_each_account_has_its_own_clock(manual: Caller) -> None:
    manual.request("POST", ADVANCE, {"seconds": 60})
    assert manual.request("GET", CLOCK, query_string={"account": "222222222222"}) == START
    assert manual.request("GET", CLOCK, headers={}) == START


def test_reset_forgets_one_account_or_all(manual: Caller) -> None:
    manual.launch()
    manual.request("POST", "/_beanpole/reset", query_string={"account": "222222222222"})
    assert "shop-web" in manual.call("DescribeEnvironments")
    manual.request("POST", "/_beanpole/reset", query_string={"all": "true"})
    assert "shop-web" not in manual.call("DescribeEnvironments")
    assert manual.request("GET", CLOCK) == START


def test_a_clock_that_shows_a_later_time_from_now_on_makes_no_worker_late(manual: Caller) -> None:
    """Members become due at instants long past, but nobody could have played them before."""
    manual.launch()
    manual.request("PUT", CLOCK, {"mode": "wall"})
    assert manual.request("GET", "/_beanpole/health")["oldest_due_seconds"] < 60


def test_no_seed_is_shown_before_an_account_has_drawn_its_own() -> None:
    store = Store(embedded(), Clock(), seeds_by_chance=True)
    caller, world = Caller(create_app(store, catalog.load()).test_client(), store), store.world(ACCOUNT, "us-east-1")
    nothing = watch.present(store, world)
    assert "seed" not in caller.request("GET", "/_beanpole/health")["clock"]
    assert b"seed" not in messages.write(watch.look(store, world, nothing._replace(clock="")), nothing, world)
    assert caller.request("GET", "/_beanpole/clock")["seed"] == store.clocks.get(ACCOUNT).seed
    assert b"seed" in messages.write(watch.look(store, world, nothing), nothing, world)


def test_a_seed_that_is_given_is_that_of_new_accounts() -> None:
    store = Store(embedded(), Clock(seed=7))
    caller = Caller(create_app(store, catalog.load()).test_client(), store)
    assert caller.request("GET", "/_beanpole/health")["clock"]["seed"] == 7
