"""A test's whole life with the fixture of the plugin, beside the same calls of boto3 that nobody answers."""

from collections.abc import Callable, Iterator
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from beanpole import testing
from beanpole.plugin import boto
from beanpole.testing import Beanstalk
from bench.row import Row

_ROUNDS = 15
_NAME = "shop-web"
_OPTIONS = [
    {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "4"},
    {"Namespace": "aws:autoscaling:asg", "OptionName": "MaxSize", "Value": "4"},
    {"Namespace": "aws:elasticbeanstalk:environment", "OptionName": "LoadBalancerType", "Value": "application"},
    {"Namespace": "aws:elasticbeanstalk:command", "OptionName": "DeploymentPolicy", "Value": "Rolling"},
]


class Answer(NamedTuple):
    """An answer of the application, as WSGI has it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Noting:
    """The application of a world, which notes each answer."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.answers: list[Answer] = []

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        """The answer of the application."""
        begun: list[Any] = []
        body = b"".join(self._app(environ, lambda status, headers, *_: begun.extend((status, headers))))
        self.answers.append(Answer(*begun, body))
        start_response(*begun)
        return [body]


class Nobody:
    """A world that takes its answers from a list, and where no time passes."""

    def __init__(self, answers: list[Answer]) -> None:
        self._left = iter(answers)
        self.client = boto.client_of(self, "elasticbeanstalk", testing.REGION, testing.ACCOUNT, retries=0)

    def __call__(self, _: Any, start_response: Any) -> list[bytes]:
        """The next answer."""
        status, headers, body = next(self._left)
        start_response(status, headers)
        return [body]

    def until(self, *_: Any) -> None:
        """Nothing happens."""


def life_in_the_plugin() -> Iterator[Row]:
    """Two versions, a launch of 4 instances behind a load balancer, a rolling deployment and a termination.

    The floor makes the same calls of the same client, and gets the same bytes from a list; both in processor time.
    """
    world = Beanstalk()
    stack = next(stack.name for stack in world.catalog.platforms.stacks if "Python 3" in stack.name)
    world.app = noting = Noting(world.app)  # type: ignore[assignment]  # all that the client calls of it
    live(world, stack)
    ours, floor = [], []
    for _ in range(_ROUNDS):
        ours.append(_spent(lambda: live(Beanstalk(), stack)))
        floor.append(_spent(lambda: live(Nobody(noting.answers), stack)))
    spent, least = median(ours), median(floor)
    figure, beside = f"{spent * 1000:.1f} ms", f"{least * 1000:.1f} ms by nobody"
    yield Row("a test's whole life in the plugin", figure, beside, spent / least, 5, "x the calls", most=True)


def live(world: Any, stack: str) -> None:
    """A life in a world that is new."""
    client, named = world.client, {"ApplicationName": "shop"}
    client.create_application(**named)
    for label in ("v1", "v2"):
        client.create_application_version(**named, VersionLabel=label)
    whole = named | {"EnvironmentName": _NAME, "SolutionStackName": stack, "VersionLabel": "v1"}
    client.create_environment(**whole, OptionSettings=_OPTIONS)
    world.until(_NAME, "Ready")
    client.update_environment(EnvironmentName=_NAME, VersionLabel="v2")
    world.until(_NAME, "Ready")
    client.describe_environments(EnvironmentNames=[_NAME])
    client.describe_events(EnvironmentName=_NAME)
    client.terminate_environment(EnvironmentName=_NAME)
    world.until(_NAME, "Terminated")


def _spent(once: Callable[[], None]) -> float:
    began = process_time()
    once()
    return process_time() - began
