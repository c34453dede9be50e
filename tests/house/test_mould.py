"""A world from a mould is the world that the launch would have left, byte for byte, and lives on like it."""

from collections.abc import Sequence
from functools import partial

import pytest

from beanpole.model.events.event import Event
from beanpole.store import snapshot, world_document
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK, arm
from mould import moulded
from options import ALB, SINGLE
from worked import Worked


def _shop(
    setting: dict[str, str], is_moulded: bool = True, is_armed: bool = False, world: Beanstalk | None = None
) -> Beanstalk:
    world = world or Beanstalk()
    world.client.create_application(ApplicationName="shop")
    if is_armed:
        arm(world, what="command-fails", times=1)
    request = {"EnvironmentName": "web1", "SolutionStackName": STACK, "OptionSettings": [setting]}

    def launch() -> None:
        world.client.create_environment(ApplicationName="shop", **request)
        world.until_ready("web1")

    if is_moulded:
        moulded(world, f"{request}", launch)
    else:
        launch()
    return world


def _state(world: Beanstalk) -> bytes:
    return world_document.encode(snapshot.take(world.store, ACCOUNT))


@pytest.mark.parametrize("setting", [SINGLE, ALB])
def test_a_copy_is_what_the_launch_leaves_and_goes_on_like_it(setting: dict[str, str]) -> None:
    launched, first, copy = _shop(setting, is_moulded=False), _shop(setting), _shop(setting)
    assert _state(launched) == _state(first) == _state(copy)
    assert _live_on(launched) == _live_on(copy)


def _live_on(world: Beanstalk) -> tuple[bytes, Sequence[Event]]:
    """The state and the events of a world that has lived on."""
    world.client.restart_app_server(EnvironmentName="web1")
    world.advance(3600)
    world.client.terminate_environment(EnvironmentName="web1")
    world.until("web1", "Terminated")
    return _state(world), world.events()


def test_a_copy_on_redis_is_what_the_workers_leave_and_they_go_on_with_it_whatever_they_have_seen(
    worked: Worked,
) -> None:
    """The workers have seen the environment of the mould terminated, and another one at each of its generations."""
    states, lives = [], []
    for is_moulded, setting in [(False, ALB), (True, ALB), (True, SINGLE), (True, ALB), (True, SINGLE), (True, ALB)]:
        worked.store.reset()
        _shop(setting, is_moulded, world=worked)
        states.append((setting["Value"], _state(worked)))
        lives.append((setting["Value"], _live_on(worked)))
    assert len(set(states)) == len(set(lives)) == 2
    embedded = _shop(ALB, is_moulded=False)
    assert (states[0][1], lives[0][1]) == (_state(embedded), _live_on(embedded))


def test_a_launch_into_another_world_comes_from_another_mould() -> None:
    _shop(SINGLE)
    armed, launched = _shop(SINGLE, is_armed=True), _shop(SINGLE, is_moulded=False, is_armed=True)
    assert _state(armed) == _state(launched) != _state(_shop(SINGLE))


def test_calls_are_made_once_for_all_worlds_that_begin_alike() -> None:
    names = []

    def make(world: Beanstalk, name: str) -> None:
        names.append(name)
        world.client.create_application(ApplicationName=name)

    for _ in range(3):
        world = Beanstalk()
        for name in ("one", "other"):
            moulded(world, f"make {name}", partial(make, world, name))
        applications = world.client.describe_applications()["Applications"]
        assert {application["ApplicationName"] for application in applications} == {"one", "other"}
    assert names == ["one", "other"]
