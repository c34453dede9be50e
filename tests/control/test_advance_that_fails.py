"""An advance that does not reach its target answers with a problem that names the cause, never with 200."""

from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import Clock, Target
from beanpole.store import keys
from beanpole.store.connection import connect, embedded
from beanpole.store.due import member
from beanpole.store.store import Store
from beanpole_workers.play import jobs
from control.calling import ACCOUNT, Caller
from servers import close

CLOCK, ADVANCE = "/_beanpole/clock", "/_beanpole/clock/advance"
UNREADABLE = "no member"  # a name in the due set that no worker can read
MINUTE = 60_000
STOPPED = "The clock stopped at 2026-01-01T00:01:00.000Z because a worker failed; its log says how."


@pytest.fixture(params=["embedded", "redis"])
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    """A service on a manual clock that a worker moves: one in this process, or worker processes on Redis."""
    if request.param == "embedded":
        store = Store(embedded(), Clock(mode="manual"))
        clock = member(ACCOUNT, "", "clock", ACCOUNT)
        _call_afterwards(store, lambda _: jobs.play(store, catalog.load(), [clock]))
    else:
        store = Store(connect(request.getfixturevalue("workers")), Clock(mode="manual"))
        store.reset()
    yield Caller(create_app(store, catalog.load()).test_client(), store)
    close(store)


@pytest.fixture
def interrupted() -> Callable[[Callable[[Store, Target], object]], Caller]:
    """A service whose clock is not moved to any target: something else happens to the account first."""

    def build(happens: Callable[[Store, Target], object]) -> Caller:
        store = Store(embedded(), Clock(mode="manual"))
        _call_afterwards(store, lambda target: happens(store, target))
        return Caller(create_app(store, catalog.load()).test_client(), store)

    return build


def _call_afterwards(store: Store, act: Callable[[Target], object]) -> None:
    advance = store.clocks.advance

    def advance_and_act(account_id: str, target: Target) -> None:
        advance(account_id, target)
        act(target)

    store.clocks.advance = advance_and_act  # type: ignore[method-assign]


def plant(caller: Caller) -> None:
    """A minute from now the worker that moves the clock raises."""
    at = caller.store.clocks.get(ACCOUNT).reading + MINUTE
    caller.store.redis.zadd(keys.manual_due(ACCOUNT), {UNREADABLE: at})


@pytest.mark.parametrize(
    "target",
    [
        {"seconds": 90},
        {"seconds": 60},  # the clock shows the target, but what is due then was not played
        {"to": "2026-01-01T01:00:00Z"},
        {"until": {"environment": "shop-web", "status": "Ready"}},
        {"until": {"environment": "shop-web", "status": "Ready", "within": 60}},
    ],
)
def test_a_worker_that_fails_is_answered_with_500(caller: Caller, target: dict[str, object]) -> None:
    caller.launch()
    plant(caller)
    assert caller.request("POST", ADVANCE, target, 500)["detail"] == STOPPED
    assert caller.request("GET", CLOCK)["now"] == "2026-01-01T00:01:00.000Z"


def test_the_next_advance_after_the_repair_reaches_its_target(caller: Caller) -> None:
    caller.launch()
    plant(caller)
    assert caller.request("POST", ADVANCE, {"seconds": 59})["now"] == "2026-01-01T00:00:59.000Z"
    caller.request("POST", ADVANCE, {"seconds": 31}, 500)
    caller.store.redis.zrem(keys.manual_due(ACCOUNT), UNREADABLE)
    assert caller.request("POST", ADVANCE, {"seconds": 30})["now"] == "2026-01-01T00:01:30.000Z"


def test_a_reset_forgets_the_failure(caller: Caller) -> None:
    plant(caller)
    caller.request("POST", ADVANCE, {"seconds": 90}, 500)
    assert list(caller.store.redis.scan_iter(match=f"{keys.account(ACCOUNT)}target:*")) != []
    caller.request("POST", "/_beanpole/reset")
    assert list(caller.store.redis.scan_iter(match=f"{keys.account(ACCOUNT)}*")) == []


@pytest.mark.parametrize("target", [{"seconds": 90}, {"until": {"environment": "shop-web", "status": "Ready"}}])
def test_a_reset_meanwhile_is_answered_with_409(interrupted: Callable[..., Caller], target: dict[str, object]) -> None:
    caller = interrupted(lambda store, _: store.reset(ACCOUNT))
    caller.launch()
    detail = caller.request("POST", ADVANCE, target, 409)["detail"]
    assert detail.startswith("The clock shows 2026-01-01T00:00:00.000Z, not 2026-01-0")
    assert "the account was reset or restored" in detail


@pytest.mark.parametrize("target", [{"seconds": 90}, {"until": {"environment": "shop-web", "status": "Ready"}}])
def test_a_clock_that_is_switched_to_wall_meanwhile_is_answered_with_409(
    interrupted: Callable[..., Caller], target: dict[str, object]
) -> None:
    def switch(store: Store, _: Target) -> None:
        store.clocks.set(ACCOUNT, replace(store.clocks.get(ACCOUNT), mode="wall"))
        jobs.play(store, catalog.load(), [member(ACCOUNT, "", "clock", ACCOUNT)])

    caller = interrupted(switch)
    caller.launch()
    detail = caller.request("POST", ADVANCE, target, 409)["detail"]
    assert detail == "The clock was set to mode wall while it was advanced."
