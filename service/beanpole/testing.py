"""The pytest plugin: a world for one test, in its process, on a clock that only the test moves.

The plugin opens no socket and starts no thread. boto3 signs and sends as usual; its requests are answered before they
reach the network. Modules are imported when a test requests a world, so a test run without one pays nothing.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, get_args

import pytest

from beanpole.plugin import boto
from beanpole.plugin.remembering import Remembering, last_events

if TYPE_CHECKING:
    from beanpole.model.bundles.configuration_file import CommandMode
    from beanpole.model.events.event import Event
    from beanpole.model.time.clock import Target
    from beanpole.plugin.arming import Faults
    from beanpole.plugin.endpoint import Endpoint, Server
    from beanpole.traffic.applications import Applications

ACCOUNT = "123456789012"
REGION = "us-east-1"
STORY = timedelta(days=1)  # how long `until` waits by default, on the clock of the world


class Beanstalk(Remembering):
    """One account on a manual clock with seed 0, in a store of its own unless `redis` is a connection to another.

    `with_objects` adds an object store, `objects`, in which every source bundle must exist. `commands` says how the
    commands of bundles are carried out: `enact`, `record` or `run`, which needs a sandbox.
    """

    def __init__(self, redis: Any = None, with_objects: bool = False, commands: "CommandMode" = "enact") -> None:
        from beanpole.api.app import create_app
        from beanpole.catalog import catalog
        from beanpole.files.object_store import Shelf
        from beanpole.model.time.clock import Clock
        from beanpole.store.connection import embedded
        from beanpole.store.store import Store
        from beanpole.traffic.server import answer_before

        self.catalog = catalog.load()
        self.store = Store(redis or embedded(), Clock("manual", seed=0), commands)
        self.objects = Shelf()
        self.app = create_app(self.store, self.catalog, objects=self.objects if with_objects else None)
        self._shelf = objects = self.objects if with_objects else None
        answer_before(self.app, self.store, self.catalog, objects, (), self._applications())
        self._clients: dict[tuple[str, str, str, int], Any] = {}
        self._endpoint: Endpoint | None = None
        self._targets = count(1)
        self._playing = threading.RLock()

    @property
    def client(self) -> Any:
        """A boto3 client of the world's account in us-east-1."""
        return self.clients()

    def clients(
        self,
        region: str = REGION,
        account: str = ACCOUNT,
        retries: int = 0,
        service: str = "elasticbeanstalk",
    ) -> Any:
        """A boto3 client in any region, of any account of 12 digits; each account has a clock of its own.

        `retries` is how often botocore tries a call again; inside `waiting` that takes no real time. A `service` beside
        Elastic Beanstalk is answered with the resources of environments, and by moto, where `beanpole[companions]` is.
        """
        key = service, region, account, retries
        if key not in self._clients:
            is_own = service == "elasticbeanstalk"
            app = self.app if is_own else self.endpoint.application
            self._clients[key] = client = boto.client_of(app, service, region, account, retries)
            if is_own:
                client._of_world = lambda service, **named: self.clients(service=service, **named)
        return self._clients[key]

    @property
    def endpoint(self) -> "Endpoint":
        """The AWS services of this world: ours, their neighbours and moto."""
        from beanpole.plugin.endpoint import Endpoint

        if self._endpoint is None:
            self._endpoint = Endpoint(self.app, self.store, self.catalog, self._shelf)
        return self._endpoint

    def close(self) -> None:
        """Forget what other services hold of this world."""
        if self._endpoint is not None:
            self._endpoint.close()

    @property
    def now(self) -> int:
        """The reading of the clock, in milliseconds since the epoch."""
        return self.now_of(ACCOUNT)

    def now_of(self, account: str) -> int:
        """The reading of the clock of an account, in milliseconds since the epoch."""
        return self.store.clocks.get(account).reading

    def begin_at(self, instant: datetime, account: str = ACCOUNT) -> None:
        """Set the clock of an account that has nothing yet; it begins at the start of 2026 unless this is called."""
        at = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._control("PUT", "clock", account, REGION, {"now": at})

    def require_instance_profile(self) -> None:
        """From now on a launch is refused if it names no IamInstanceProfile, as on AWS."""
        from beanpole.catalog.catalog import Catalog

        self.catalog = Catalog(overrides={"requirements": {"instance_profile": True}})

    def advance(self, span: float | timedelta, account: str = ACCOUNT) -> None:
        """Move the clock by seconds or by a timedelta; everything that is due until then happens.

        Raises ValueError for a span that is less than 0.
        """
        seconds = span.total_seconds() if isinstance(span, timedelta) else span
        if seconds < 0:
            raise ValueError(f"the clock does not go back, by {-seconds} seconds or at all")
        with self._playing:
            self._play(self._target(self.now_of(account) + round(seconds * 1000)), account)

    @contextmanager
    def waiting(self, account: str = ACCOUNT) -> Iterator[None]:
        """Inside, a wait by `time.sleep` moves the clock instead, so waiters and loops of scripts go on.

        That is true of the whole process, of boto3's waiters and retries too, but not of code that has bound `sleep`
        to a name of its own.
        """
        from beanpole.machine.clock import sleeping_by

        with sleeping_by(lambda seconds: self.advance(seconds, account)):
            yield

    def arm(self, what: str, *, account: str = ACCOUNT, region: str = REGION, **members: Any) -> str:
        """Arm a fault with the members of the route `POST /_beanpole/faults`; returns its id.

        Raises ValueError with the route's reasons for one that could never fire.
        """
        armed: dict[str, Any] = self._control("POST", "faults", account, region, {"what": what, **members})
        return str(armed["id"])

    def disarm(self, fault: str | None = None, *, account: str = ACCOUNT, region: str = REGION) -> None:
        """Disarm the fault of that id, or all faults."""
        self._control("DELETE", "faults" if fault is None else f"faults?id={fault}", account, region)

    def faults(self, *, account: str = ACCOUNT, region: str = REGION) -> list[dict[str, Any]]:
        """The armed faults, each with the count of its hits as `fired`."""
        return list(self._control("GET", "faults", account, region)["faults"])

    def until_ready(self, name: str, account: str = ACCOUNT, region: str = REGION) -> None:
        """Move the clock until the environment is Ready."""
        self.until(name, "Ready", account=account, region=region)

    def until(
        self, name: str, status: str, within: timedelta = STORY, account: str = ACCOUNT, region: str = REGION
    ) -> None:
        """Move the clock until the environment has that status, and no further; fail the test if it never has.

        Raises ValueError for a status that no environment ever has.
        """
        from beanpole.model.environment.status import Status

        if status not in get_args(Status):
            raise ValueError(f"{status!r} is no status of an environment; it is one of {', '.join(get_args(Status))}")
        world = self.store.world(account, region)
        id_ = next(
            (
                environment.environment_id
                for environment in world.environments()
                if environment.environment_name == name
            ),
            None,
        )
        if id_ is None:
            pytest.fail(f"there is no environment {name}")
        with self._playing:
            bound = self.now_of(account) + round(within.total_seconds() * 1000)
            self._play(self._target(bound, environment=id_, region=region, status=status), account)
        environment = world.environment(id_)
        if environment is None or environment.status != status:
            events = "\n".join(f"{event.severity:<5} {event.message}" for event in self.events(name, account, region))
            pytest.fail(f"within {within} {name} is {environment and environment.status}, not {status}:\n{events}")

    def events(
        self, environment: str | None = None, account: str = ACCOUNT, region: str = REGION
    ) -> "tuple[Event, ...]":
        """All events, or those of one environment, oldest first."""
        from beanpole.store.event_log import EventFilter

        world = self.store.world(account, region)
        events: list[Event] = []
        token = None
        while True:
            page, token = world.events(EventFilter(environment_name=environment, next_token=token))
            events += page
            if token is None:
                return tuple(reversed(events))

    def _target(self, to: int, **until: Any) -> "Target":
        from beanpole.model.time.clock import Target

        return Target(str(next(self._targets)), to, **until)

    def _play(self, target: "Target", account: str = ACCOUNT) -> None:
        from beanpole_workers.play import manual

        manual.advance(self.store, self.catalog, account, target, self._run)

    def _control(self, method: str, path: str, account: str, region: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer of a control route; raises ValueError with the problem that it tells."""
        mark = "&" if "?" in path else "?"
        url = f"/_beanpole/{path}{mark}account={account}&region={region}"
        answer = self.app.test_client().open(url, method=method, json=body)
        if answer.status_code >= 400:
            problem = answer.get_json()
            raise ValueError(f"{problem['detail']} {problem.get('errors') or ''}".strip())
        return answer.get_json()

    def _applications(self) -> "Applications | None":
        if self.store.commands != "run":
            return None
        from beanpole_workers.play.web_processes import WebProcesses

        return WebProcesses(self.store, self.catalog, self.objects)

    def _run(self, member: str) -> None:
        from beanpole_workers.play import runs

        runs.run(self.store, self.catalog, self.objects, member, "this test")


@pytest.fixture
def beanstalk() -> Iterator[Beanstalk]:
    """A world for one test: `client`, `advance`, `until_ready`, `waiting`, `arm`, `events`, `calls` and others."""
    world = Beanstalk()
    yield world
    world.close()


@pytest.fixture
def beanstalk_with_objects() -> Iterator[Beanstalk]:
    """A world with an object store: `objects.write(bucket, key, content)` or `client("s3")` puts a bundle there."""
    world = Beanstalk(with_objects=True)
    yield world
    world.close()


@pytest.fixture
def beanstalk_server(beanstalk: Beanstalk) -> Iterator["Server"]:
    """The world of `beanstalk` on a port of this machine: `url`, and `environment` for clients in other processes."""
    from beanpole.plugin.endpoint import Server

    with Server(beanstalk.endpoint, beanstalk.store) as server:
        yield server


@pytest.fixture
def beanstalk_environment(beanstalk_server: "Server", monkeypatch: pytest.MonkeyPatch) -> "Server":
    """The variables of `beanstalk_server` in this process: a client that the code under test makes itself calls it."""
    for name, value in beanstalk_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it may hold another key
    return beanstalk_server


@pytest.fixture
def faults(beanstalk: Beanstalk) -> "Faults":
    """The faults of the world of `beanstalk`: `faults.command_fails(times=1)`, and a method for each other one."""
    from beanpole.plugin.arming import Faults

    return Faults(beanstalk)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show the last events of the world of a test that failed."""
    report = yield
    fixtures = getattr(item, "funcargs", {})
    worlds = [(name, world) for name, world in fixtures.items() if type(world) is Beanstalk]
    if report.when == "call" and report.failed:
        report.sections += [(f"last events of {name}", last_events(world)) for name, world in worlds]
    return report
