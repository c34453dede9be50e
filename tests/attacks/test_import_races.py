"""A world that is imported while a worker plays the one before is not played by the clock of that one."""

from collections.abc import Callable
from typing import Any

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now
from beanpole.model.time.clock import Clock, Target
from beanpole.store import restoration, snapshot
from beanpole.store.clocks import Clocks
from beanpole.store.due import Due, member
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.testing import ACCOUNT
from beanpole_workers.play import kinds, manual, wall
from control.calling import Caller

CLOCK = member(ACCOUNT, "", "clock", ACCOUNT)
# Where the import comes: before or after a call of these names, by which a worker plays a member of a manual account.
POINTS = [
    (Clocks, "target"),
    (Due, "next_manual"),
    (Clocks, "move"),
    (kinds, "load"),
    (kinds, "change"),
    (Store, "commit_all"),
]


def launch(store: Store) -> None:
    Caller(create_app(store, catalog.load()).test_client(), store, ACCOUNT).launch("web-1")


def advance(store: Store, seconds: int) -> None:
    manual.advance(store, catalog.load(), ACCOUNT, Target(f"by-{seconds}", by=seconds * 1000))


def test_a_call_that_began_before_an_import_does_not_write_by_the_clock_of_the_old_world(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first attempt conflicts, and the second one sees the clock of the imported world."""
    launch(store)
    advance(store, 20)
    earlier = snapshot.take(store, ACCOUNT)
    advance(store, 600)
    happened = interrupted(monkeypatch, World, "ids", True, lambda: restoration.restore(store, earlier))
    caller = Caller(create_app(store, catalog.load()).test_client(), store, ACCOUNT)
    caller.call("CreateApplication", ApplicationName="second")
    assert happened()
    copy = snapshot.take(store, ACCOUNT)
    (region,) = copy.regions.values()
    assert next(application.date_created for application in region.applications) == earlier.clock.reading
    assert all(event.at <= earlier.clock.reading + 1000 for event in region.events)
    assert copy.clock == earlier.clock


def interrupted(
    patch: pytest.MonkeyPatch, place: Any, name: str, after: bool, act: Callable[[], None]
) -> Callable[[], bool]:
    """Let something happen once, before or after the first call of that name; says whether it has."""
    call, happened = getattr(place, name), []

    def once(*arguments: Any, **more: Any) -> Any:
        if not after and not happened:
            happened.append(True)
            act()
        answer = call(*arguments, **more)
        if after and not happened:
            happened.append(True)
            act()
        return answer

    patch.setattr(place, name, once)
    return lambda: bool(happened)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("place", "name"), POINTS, ids=[name for _, name in POINTS])
def test_an_import_between_two_looks_of_a_worker_leaves_the_imported_world_as_it_is(
    store: Store, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: bool
) -> None:
    """The imported world is the same one, some minutes ago: it has the same environment, with less behind it."""
    launch(store)
    advance(store, 20)
    earlier = snapshot.take(store, ACCOUNT)
    advance(store, 60)
    store.clocks.advance(ACCOUNT, Target("far", by=600_000))
    happened = interrupted(monkeypatch, place, name, after, lambda: restoration.restore(store, earlier))
    manual.drain(store, catalog.load(), [CLOCK], others_wait=lambda: False)
    assert happened()
    monkeypatch.undo()
    assert snapshot.take(store, ACCOUNT) == earlier


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("place", "name"), [(Store, "read_ahead"), (kinds, "load_all"), (kinds, "change"), (Store, "commit_all")]
)
def test_the_wall_clock_of_another_world_moves_nothing_in_the_imported_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: bool
) -> None:
    """The clock of the world that is replaced is ten minutes ahead; the imported world goes on by its own."""
    store.clocks.set(ACCOUNT, Clock("wall", speed=1.0))
    launch(store)
    earlier = snapshot.take(store, ACCOUNT)
    store.clocks.set(ACCOUNT, Clock("manual"))
    advance(store, 30)
    store.clocks.move(ACCOUNT, store.clocks.get(ACCOUNT).reading + 600_000)
    store.clocks.set(ACCOUNT, Clock("wall", speed=1.0))
    members, _ = store.due.pop(real_now(), 100, 1000)
    assert members
    happened = interrupted(monkeypatch, place, name, after, lambda: restoration.restore(store, earlier))
    wall.play(store, catalog.load(), members)
    assert happened()
    monkeypatch.undo()
    copy = snapshot.take(store, ACCOUNT)
    now = copy.clock.now(real_now())
    assert now < real_now() + 60_000
    (region,) = copy.regions.values()
    assert all(event.at <= now for event in region.events)
    (environment,) = region.environments
    assert environment.activity is not None
    assert environment.activity.began <= now
