"""The pytest plugin: a world for one test, in its process, on a clock that only the test moves.

The plugin opens no socket and starts no thread. boto3 signs and sends as usual; its requests are answered before they
reach the network. Modules are imported when a test requests a world, so a test run without one pays nothing.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from beanpole.model.clock import Target
    from beanpole.model.events.event import Event
    from beanpole.model.instance.request import Commands

ACCOUNT = "123456789012"
REGION = "us-east-1"
STORY = timedelta(days=1)  # how long `until` waits by default, on the clock of the world


class Beanstalk:
    """One account on a manual clock with seed 0, in a store of its own unless `redis` is a connection to another.

    `with_objects` adds an object store, `objects`, in which every source bundle must exist. `commands` says how the
    commands of bundles are carried out: `enact`, `record` or `run`, which needs a sandbox.
    """

    def __init__(self, redis: Any = None, with_objects: bool = False, commands: "Commands" = "enact") -> None:
        from beanpole import catalog
        from beanpole.api.app import create_app
        from beanpole.files.object_store import Shelf
        from beanpole.model.clock import Clock
        from beanpole.store.connection import embedded
        from beanpole.store.store import Store
        from beanpole.traffic.server import answer_before

        self.catalog = catalog.load()
        self.store = Store(redis or embedded(), Clock("manual", seed=0), commands)
        self.objects = Shelf()
        self.app = create_app(self.store, self.catalog, objects=self.objects if with_objects else None)
        answer_before(self.app, self.store, self.catalog, self.objects if with_objects else None)
        self._clients: dict[tuple[str, str], Any] = {}
        self._targets = count(1)

    @property
    def client(self) -> Any:
        """A boto3 client of the world's account in us-east-1."""
        return self.clients()

    def clients(self, region: str = REGION, account: str = ACCOUNT) -> Any:
        """A boto3 client in any region, of any account of 12 digits; each account has a clock of its own."""
        if (region, account) not in self._clients:
            self._clients[region, account] = _client(self.app, region, account)
        return self._clients[region, account]

    @property
    def now(self) -> int:
        """The reading of the clock, in milliseconds since the epoch."""
        return self.store.clocks.get(ACCOUNT).reading

    def advance(self, span: float | timedelta) -> None:
        """Move the clock by seconds or by a timedelta; everything that is due until then happens."""
        seconds = span.total_seconds() if isinstance(span, timedelta) else span
        self._play(self._target(self.now + round(seconds * 1000)))

    def until_ready(self, name: str) -> None:
        """Move the clock until the environment is Ready."""
        self.until(name, "Ready")

    def until(self, name: str, status: str, within: timedelta = STORY) -> None:
        """Move the clock until the environment has that status, and no further; fail the test if it never has."""
        world = self.store.world(ACCOUNT, REGION)
        id_ = next((each.environment_id for each in world.environments() if each.environment_name == name), None)
        if id_ is None:
            pytest.fail(f"there is no environment {name}")
        bound = self.now + round(within.total_seconds() * 1000)
        self._play(self._target(bound, environment=id_, region=REGION, status=status))
        environment = world.environment(id_)
        if environment is None or environment.status != status:
            events = "\n".join(f"{event.severity:<5} {event.message}" for event in self.events(name))
            pytest.fail(f"within {within} {name} is {environment and environment.status}, not {status}:\n{events}")

    def events(self, environment: str | None = None) -> "tuple[Event, ...]":
        """All events, or those of one environment, oldest first."""
        from beanpole.store.event_log import EventFilter

        world = self.store.world(ACCOUNT, REGION)
        events: list[Event] = []
        token = None
        while True:
            page, token = world.events(EventFilter(environment_name=environment, next_token=token))
            events += page
            if token is None:
                return tuple(reversed(events))

    def _target(self, to: int, **until: Any) -> "Target":
        from beanpole.model.clock import Target

        return Target(str(next(self._targets)), to, **until)

    def _play(self, target: "Target") -> None:
        from beanpole_workers.play import manual

        manual.advance(self.store, self.catalog, ACCOUNT, target, self._run)

    def _run(self, member: str) -> None:
        from beanpole_workers.play import runs

        runs.run(self.store, self.catalog, self.objects, member, "this test")


@pytest.fixture
def beanstalk() -> Beanstalk:
    """A world for one test: `client`, `clients`, `advance`, `until`, `until_ready`, `events`, `now`."""
    return Beanstalk()


@pytest.fixture
def beanstalk_with_objects() -> Beanstalk:
    """A world with an object store: `objects.write(bucket, key, content)` puts a source bundle there."""
    return Beanstalk(with_objects=True)


@cache
def _session() -> Any:
    """The session of all worlds: to read the service's model takes longer than everything else."""
    try:
        import botocore.session  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        pytest.fail("the beanstalk fixture needs boto3: pip install boto3")
    session = botocore.session.Session()
    session.set_config_variable("config_file", None)
    return session


def _client(app: Any, region: str, account: str) -> Any:
    from botocore.config import Config  # type: ignore[import-untyped]  # it has no types

    client = _session().create_client(
        "elasticbeanstalk",
        region_name=region,
        endpoint_url=f"http://elasticbeanstalk.{region}.amazonaws.com",
        aws_access_key_id=account,
        aws_secret_access_key="not checked",
        config=Config(retries={"max_attempts": 0}, ignore_configured_endpoint_urls=True),
    )
    client.meta.events.register("before-send.elasticbeanstalk", _Wire(app))
    return client


class _Wire:
    """Answers a request that botocore is about to send."""

    def __init__(self, app: Any) -> None:
        self._client = app.test_client()

    def __call__(self, request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]  # it has no types

        headers = [(name, _text(value)) for name, value in request.headers.items()]
        answer = self._client.open(request.url, method=request.method, headers=headers, data=request.body)
        return AWSResponse(request.url, answer.status_code, dict(answer.headers), _Raw(answer.data))


def _text(value: str | bytes) -> str:
    """The text of a header, which in botocore may be bytes."""
    return value.decode() if isinstance(value, bytes) else value


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The whole body at once."""
        yield self.read()
