"""Tests that move a clock are told from tests that move none, and none moves one unseen."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from beanpole.testing import Beanstalk
from mould import moulded
from moving import held_still, moves


def by_itself(world: Beanstalk) -> None:
    world.advance(60)


def by_a_function(world: Beanstalk) -> None:
    by_itself(world)


def by_a_function_inside(world: Beanstalk) -> Callable[[], None]:
    def wait() -> None:
        world.until_ready("web1")

    return wait


def by_a_route(world: Beanstalk) -> None:
    world.app.test_client().post("/_beanpole/clock/advance", json={"seconds": 60})


class Waiting:
    """A test's own class."""

    def wait(self, world: Beanstalk) -> None:
        """Wait."""
        by_a_function(world)


def by_a_class(world: Beanstalk) -> None:
    Waiting().wait(world)


TABLE: dict[str, Any] = {"later": (partial(by_itself), 60)}


def by_a_table(world: Beanstalk) -> None:
    TABLE["later"][0](world)


def never(world: Beanstalk) -> None:
    world.client.describe_applications()


def by_a_name_that_is_made(world: Beanstalk) -> None:
    getattr(world, "adv" + "ance")(60)


MOVING = [by_itself, by_a_function, by_a_function_inside, by_a_route, by_a_class, by_a_table]


@pytest.mark.parametrize("test", MOVING)
def test_a_test_that_moves_a_clock_is_seen(test: Callable[..., object]) -> None:
    assert moves(test, [])
    assert moves(never, [test])


def test_a_parameter_that_moves_a_clock_is_seen() -> None:
    def test(world: Beanstalk, act: Callable[..., object]) -> None:
        act(world)

    assert not moves(test, [never])
    assert moves(pytest.mark.parametrize("act", [never, by_itself])(test), [])


def test_a_test_that_makes_a_world_by_calls_alone_moves_none() -> None:
    def test(world: Beanstalk) -> None:
        moulded(world, "an application", lambda: world.client.create_application(ApplicationName="shop"))

    assert not moves(test, [])


def test_a_test_that_moves_a_clock_unseen_fails() -> None:
    assert not moves(by_a_name_that_is_made, [])
    for move in (by_a_name_that_is_made, by_a_route):
        world = Beanstalk()
        with held_still(world), pytest.raises(pytest.fail.Exception, match="this test moves a clock"):
            move(world)
        by_itself(world)
        assert world.now == Beanstalk().now + 60_000
