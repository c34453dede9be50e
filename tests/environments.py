"""What tests say of environments again and again: the platform, a description, the events, a fault."""

from typing import Any

from beanpole.model.events.event import Event
from beanpole.store.world import World
from beanpole.testing import ACCOUNT, REGION, Beanstalk

STACK = "64bit Amazon Linux 2023 v4.13.7 running Python 3.14"
STACK_BEFORE = "64bit Amazon Linux 2023 v4.13.6 running Python 3.14"


def describe(world: Beanstalk, name: str = "web1") -> dict[str, Any]:
    """The description of the environment; of several namesakes the one that is listed first."""
    return dict(world.client.describe_environments(EnvironmentNames=[name])["Environments"][0])


def messages_of(world: Beanstalk, name: str | None = "web1") -> list[str]:
    """The messages of an environment's events, or of all events, oldest first."""
    return [event.message for event in world.events(name)]


def events_since(world: Beanstalk, instant: int, name: str | None = None) -> list[Event]:
    """The events from an instant on, of everything or of one environment, oldest first."""
    return [event for event in world.events(name) if event.at >= instant]


def arm(world: Beanstalk, **fault: Any) -> dict[str, Any]:
    """Arm a fault; it as the route answers."""
    answer = world.app.test_client().post(f"/_beanpole/faults?account={ACCOUNT}", json=fault)
    assert answer.status_code == 201, answer.data
    return dict(answer.get_json())


def with_version(world: Beanstalk) -> Beanstalk:
    """The world with an application and its version v1."""
    world.client.create_application(ApplicationName="shop")
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    return world


def home(world: Beanstalk) -> World:
    """The account and the region of tests, as the store has them."""
    return world.store.world(ACCOUNT, REGION)
