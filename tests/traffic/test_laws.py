"""The same seed and the same requests give the same answers and logs, however the clock is moved, on both back ends."""

from collections.abc import Callable

import pytest

from beanpole.testing import Beanstalk
from environments import describe
from traffic.visits import HOST, add_version, get, launch, tails

Story = tuple[list[tuple[str, str, bytes]], dict[str, str]]


def story(world: Beanstalk, steps: int) -> Story:
    """What clients got while v2 was deployed, and the logs afterwards; a minute takes so many steps."""
    launch(world, size=2, DeploymentPolicy="Rolling", BatchSizeType="Fixed", BatchSize="1")
    add_version(world, "v2")
    world.client.update_environment(EnvironmentName="blue", VersionLabel="v2")
    answers = []
    while describe(world, "blue")["Status"] != "Ready":
        for _ in range(steps):
            world.advance(60 / steps)
        for _ in range(3):
            answer = get(world, HOST.format("blue"), "/page")
            answers.append((answer.status, answer.headers.get("X-Beanpole-Instance", ""), answer.data))
    return answers, tails(world)


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    """The stories so far."""
    return []


@pytest.mark.parametrize("steps", [1, 4])
def test_answers_and_logs_are_the_same(
    beanstalk: Beanstalk, steps: int, stories: list[Story], fresh_world: Callable[[], Beanstalk]
) -> None:
    first = stories[0] if stories else story(fresh_world(), 1)
    stories.append(first)
    assert story(beanstalk, steps) == first
    assert {status for status, _, _ in first[0]} == {"200 OK"}
    assert len({instance for _, instance, _ in first[0]}) == 2
    assert all("GET /page" in tail for tail in first[1].values())
