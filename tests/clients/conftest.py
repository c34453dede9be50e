"""A served beanpole, as a user starts it, and what its clients need."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from clients import compatibility
from clients.served import Served, starting
from eb_cli import ENTRY, Eb, installed
from forked import Commands, Kind
from run_of_tests import commands
from servers import redis_server, worker_processes

ACCOUNTS = count(1)
CONFIG = ".elasticbeanstalk/config.yml"


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Served]:
    """One `beanpole serve` with its companion, for all tests that have an account of their own there."""
    with starting(20) as (start, started):
        yield start()
    assert {process.returncode for process in started} <= {0}


@pytest.fixture(scope="session")
def shared_composition() -> Iterator[Served]:
    """A Redis, a worker process and one `beanpole serve` with its companion on that Redis."""
    with redis_server() as url, worker_processes(url, 1), starting(20) as (start, started):
        yield start("--redis", url)
    assert {process.returncode for process in started} <= {0}


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Served:
    """A shared server as an account of this test's own sees it; with the parameter `redis` that of the composition."""
    name = "shared_composition" if getattr(request, "param", "embedded") == "redis" else "shared_server"
    server: Served = request.getfixturevalue(name)
    return server.of(f"{next(ACCOUNTS):012}")


@pytest.fixture
def at_once(account: Served) -> Served:
    """The account, where nothing takes time."""
    account.control("PUT", "clock", {"mode": "wall", "speed": "instant"})
    return account


@pytest.fixture(scope="session")
def eb_commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The EB CLI, imported once."""
    with commands(Kind("eb", [installed()], ENTRY, modules=["botocore_files"]), tmp_path_factory.mktemp("home")) as eb:
        yield eb


@pytest.fixture(scope="session")
def initialised(
    eb_commands: Commands, shared_server: Served, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """What `eb init` prints and writes for an application called shop, done once."""
    account = shared_server.of(f"{next(ACCOUNTS):012}").account
    eb = Eb(eb_commands, tmp_path_factory.mktemp("initialised"), shared_server.url, account)
    eb.write("application.py", "print('hello')\n")
    printed = eb("init", "shop", "-r", "us-east-1", "-p", "Python 3.14")
    return printed, (eb.project / CONFIG).read_text()


@pytest.fixture
def eb(
    request: pytest.FixtureRequest, eb_commands: Commands, at_once: Served, initialised: tuple[str, str], tmp_path: Path
) -> Iterator[Eb]:
    """`eb` in a project with one file, initialised for an application called shop, where nothing takes time.

    The test must drive it as its marks say.
    """
    project = tmp_path / "shop"
    eb = Eb(eb_commands, project, at_once.url, at_once.account)
    eb.write("application.py", "print('hello')\n")
    eb.write(CONFIG, initialised[1])
    client = at_once.client()
    client.create_application(ApplicationName="shop")
    client.close()
    yield eb
    named = {command for mark in request.node.iter_markers("drives") for command in mark.args[1:]}
    assert named <= eb.driven


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start `beanpole serve` with the given arguments; all that was started is stopped."""
    with starting(10) as (start, started):
        yield start
    assert {process.returncode for process in started} <= {0}


@pytest.fixture
def serve_anew() -> Iterator[Callable[..., Served]]:
    """Start `beanpole serve` as `serve` does; the test may end what it starts by any signal."""
    with starting(20) as (start, _):
        yield start


OUTCOMES: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the outcome of each test: of the test itself, or of what it needs."""
    if report.when == "call" or report.outcome != "passed":
        OUTCOMES[report.nodeid] = report.outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table of clients anew, where that is asked for and each of them was run."""
    updates = session.config.getoption("--update-golden") and not hasattr(session.config, "workerinput")
    if updates and compatibility.is_whole(OUTCOMES):
        compatibility.PAGE.write_text(compatibility.page(OUTCOMES), encoding="utf-8")
