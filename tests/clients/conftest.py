"""A served beanpole, as a user starts it, and what its clients need."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest

from clients_environment import CREDENTIALS, environment
from eb_cli import ENTRY, Eb, installed
from forked import Forked

ACCOUNTS = count(1)
CONFIG = ".elasticbeanstalk/config.yml"


class Served:
    """A running server, as one account sees it: `control` posts to its control routes as that account."""

    def __init__(
        self, url: str, process: "subprocess.Popen[str]", account: str = CREDENTIALS["AWS_ACCESS_KEY_ID"]
    ) -> None:
        self.url = url
        self.process = process
        self.account = account

    def of(self, account: str) -> "Served":
        """The same server as another account sees it."""
        return Served(self.url, self.process, account)

    def control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """What a control route answers."""
        request = Request(
            f"{self.url}/_beanpole/{path}?account={self.account}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:
            read = answer.read()
            return dict(json.loads(read)) if read else {}

    def client(self, service: str = "elasticbeanstalk", region: str = "us-east-1") -> Any:
        """A boto3 client of the account."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=self.account,
            aws_secret_access_key="secret",
        )


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Served]:
    """One `beanpole serve` with its companion, for all tests that have an account of their own there."""
    with _starting(20) as (start, started):
        yield start()
    assert {process.returncode for process in started} <= {0}


@pytest.fixture
def account(shared_server: Served) -> Served:
    """The shared server as an account of this test's own sees it."""
    return shared_server.of(f"{next(ACCOUNTS):012}")


@pytest.fixture
def at_once(account: Served) -> Served:
    """The account, where nothing takes time."""
    account.control("PUT", "clock", {"mode": "wall", "speed": "instant"})
    return account


@pytest.fixture(scope="session")
def eb_commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """The EB CLI, imported once."""
    with Forked(installed(), ENTRY, "eb", tmp_path_factory.mktemp("home")) as commands:
        yield commands


@pytest.fixture(scope="session")
def initialised(
    eb_commands: Forked, shared_server: Served, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """What `eb init` prints and writes for an application called shop, done once."""
    account = shared_server.of(f"{next(ACCOUNTS):012}").account
    eb = Eb(eb_commands, tmp_path_factory.mktemp("initialised"), shared_server.url, account)
    eb.write("application.py", "print('hello')\n")
    printed = eb("init", "shop", "-r", "us-east-1", "-p", "Python 3.14")
    return printed, (eb.project / CONFIG).read_text()


@pytest.fixture
def eb(
    request: pytest.FixtureRequest, eb_commands: Forked, at_once: Served, initialised: tuple[str, str], tmp_path: Path
) -> Iterator[Eb]:
    """`eb` in a project with one file, initialised for an application called shop, where nothing takes time.

    The test must drive it as its marks say.
    """
    project = tmp_path / "shop"
    made = Eb(eb_commands, project, at_once.url, at_once.account)
    made.write("application.py", "print('hello')\n")
    made.write(CONFIG, initialised[1])
    client = at_once.client()
    client.create_application(ApplicationName="shop")
    client.close()
    yield made
    named = {command for mark in request.node.iter_markers("drives") for command in mark.args[1:]}
    assert named <= made.driven


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start `beanpole serve` with the given arguments; all that was started is stopped."""
    with _starting(10) as (start, started):
        yield start
    assert {process.returncode for process in started} <= {0}


@pytest.fixture
def serve_anew() -> Iterator[Callable[..., Served]]:
    """Start `beanpole serve` as `serve` does; the test may end what it starts by any signal."""
    with _starting(20) as (start, _):
        yield start


@contextmanager
def _starting(patience: int) -> Iterator[tuple[Callable[..., Served], list["subprocess.Popen[str]"]]]:
    """A function that starts a server, and all the processes that it has started, which end within so many seconds."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Served:
        command = [sys.executable, "-m", "beanpole", "serve", "--port", "0", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("beanpole is listening on http://127.0.0.1:"), line
        return Served(line.split()[-1], process)

    yield start, started
    for process in started:
        process.terminate()
        process.wait(timeout=patience)
        assert process.stdout is not None
        process.stdout.close()
