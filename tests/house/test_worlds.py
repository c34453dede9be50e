"""A world that served a test before is a new one to the next."""

import pytest

from beanpole.store import snapshot, world_document
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK, arm
from options import SINGLE
from worlds import Worlds


def _live(world: Beanstalk) -> bytes:
    """Live a short life in a world, and return its state as a document."""
    world.client.create_application(ApplicationName="shop")
    world.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=[SINGLE]
    )
    world.until_ready("web1")
    return world_document.encode(snapshot.take(world.store, ACCOUNT))


def test_a_world_that_comes_back_is_empty_and_lives_as_a_new_one() -> None:
    worlds = Worlds()
    world = worlds.take()
    arm(world, what="command-fails", times=1)
    world.client.create_application(ApplicationName="other")
    world.advance(90)
    worlds.end_test()
    again = worlds.take()
    assert again is world
    assert again.store.redis.keys() == []
    assert again.now == Beanstalk().now
    assert _live(again) == _live(Beanstalk())


def test_a_test_has_as_many_worlds_as_it_takes() -> None:
    worlds = Worlds()
    first, second = worlds.take(), worlds.take()
    first.client.create_application(ApplicationName="shop")
    assert first is not second
    assert second.client.describe_applications()["Applications"] == []


def test_a_world_with_another_part_serves_no_other_test(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = Worlds()
    world = worlds.take()
    monkeypatch.setattr(world.store, "world", None)
    worlds.end_test()
    assert worlds.take() is not world
