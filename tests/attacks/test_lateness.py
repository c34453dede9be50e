"""A law: a launch beside any advance is at most one and a half times as late as alone.

A worker and its timekeeper are played in one thread, by a real time in which nothing takes time but a commit and an
instant of a stretch, so the law does not depend on the machine.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine import clock
from beanpole.model.time.clock import Clock, Target
from beanpole.store import commit
from beanpole.store.store import Store
from beanpole_workers.play import manual, wall
from beanpole_workers.play.retries import LEASE
from beanpole_workers.play.timekeeper import BATCH, QUEUED
from control.calling import Caller
from environments import STACK

COST = 5  # milliseconds of a commit, and of an instant of a stretch
WALL, MANUAL = "100000000000", "20000000000%d"
MOST = 1.5
YEARS = 20 * 365 * 86_400
ADVANCES: Mapping[str, tuple[int, int]] = {  # the accounts whose clocks are moved, and the environments of each
    "an account with an environment": (1, 1),
    "an account with many environments": (1, 12),
    "many accounts": (5, 1),
}


class Time:
    """A real time that passes with each commit, and each instant that is played; `played` counts both."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = clock.real_now()
        self.played = 0
        patch.setattr(clock.time, "time_ns", lambda: self.now * 1_000_000)
        patch.setattr(clock.time, "sleep", self._sleep)
        patch.setattr(commit, "commit_all", self._slow(commit.commit_all))

    def play(self) -> None:
        self.now += COST
        self.played += 1

    def _sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1000)

    def _slow(self, write: Any) -> Any:
        def slow(*arguments: Any) -> Any:
            self.play()
            return write(*arguments)

        return slow


def launch(store: Store, account: str, environments: int = 1) -> None:
    caller = Caller(create_app(store, catalog.load()).test_client(), store, account)
    caller.launch("web-0")
    for number in range(1, environments):
        named = {"ApplicationName": "shop", "EnvironmentName": f"web-{number}", "SolutionStackName": STACK}
        caller.call("CreateEnvironment", **named)


class Worker:
    """A worker with its timekeeper, which hands over batches while the worker plays one."""

    def __init__(self, store: Store, time: Time) -> None:
        self._store, self._time = store, time
        self._queue: list[list[str]] = []
        self._following: int | None = None

    def until_ready(self, account: str) -> int:
        """The real time at which the only environment of an account is ready."""
        world = self._store.world(account, "us-east-1")
        while world.environments()[0].status != "Ready":
            if self._hand_over():
                self._work(self._queue.pop(0))
            else:
                assert self._following is not None
                self._time.now = max(self._time.now + 1, self._following)
        return self._time.now

    def _work(self, members: list[str]) -> None:
        clocks = [member for member in members if "|clock|" in member]
        wall.play(self._store, catalog.load(), [member for member in members if member not in clocks])
        if clocks:
            manual.drain(self._store, catalog.load(), clocks, others_wait=self._look)

    def _look(self) -> bool:
        """Whether jobs wait, before the next instant of a stretch."""
        self._time.play()
        return self._hand_over()

    def _hand_over(self) -> bool:
        """Whether jobs wait, once the timekeeper has looked."""
        if len(self._queue) < QUEUED:
            members, self._following = self._store.due.pop(self._time.now, BATCH, LEASE)
            self._queue += [members] if members else []
        return bool(self._queue)


def lateness(store: Store, patch: pytest.MonkeyPatch, accounts: int, environments: int) -> tuple[int, int]:
    """The real milliseconds from the call to the end of a launch, while the clocks of other accounts are moved.

    With the number of all commits and instants meanwhile.
    """
    for number in range(accounts):
        launch(store, MANUAL % number, environments)
        store.clocks.advance(MANUAL % number, Target(f"far-{number}", by=YEARS * 1000))
        store.redis.persist(f"beanpole:{MANUAL % number}:target:far-{number}")
    store.clocks.set(WALL, Clock("wall", speed=600.0))
    time = Time(patch)
    launch(store, WALL)
    begun, time.played = time.now, 0
    took = Worker(store, time).until_ready(WALL) - begun
    readings = [store.clocks.get(MANUAL % number).reading for number in range(accounts)]
    assert all(reading > Clock("manual").reading for reading in readings)
    return took, time.played


@pytest.mark.parametrize("advance", ADVANCES)
def test_a_launch_beside_an_advance_is_at_most_one_and_a_half_times_as_late_as_alone(
    store: Store, advance: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        alone, few = lateness(store, patch, 0, 0)
    store.reset()
    with pytest.MonkeyPatch.context() as patch:
        beside, many = lateness(store, patch, *ADVANCES[advance])
    assert alone > 200
    assert many >= 2 * few
    assert beside <= MOST * alone
