"""What all tests share."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from beanpole.testing import Beanstalk
from servers import redis_server, worker_processes
from worked import Worked

# A slow machine is no failure of a law. `--hypothesis-profile hunt` looks for counterexamples as long as it takes.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("hunt", settings.get_profile("house"), max_examples=3000)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the golden timelines instead of holding the stories against them."""
    parser.addoption("--update-golden", action="store_true", help="write the golden timelines anew")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server of this test process's own."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def workers() -> Iterator[str]:
    """Two worker processes on a Redis of their own, of which this is the URL."""
    with redis_server() as url, worker_processes(url, 2):
        yield url


@pytest.fixture(params=["embedded", "redis"])
def beanstalk(request: pytest.FixtureRequest) -> Iterator[Beanstalk]:
    """A world of the test's own, once in process and once on Redis with two worker processes."""
    yield from _world(request, with_objects=False)


@pytest.fixture(params=["embedded", "redis"])
def beanstalk_with_objects(request: pytest.FixtureRequest) -> Iterator[Beanstalk]:
    """Such a world with an object store, in which source bundles are looked for."""
    yield from _world(request, with_objects=True)


def _world(request: pytest.FixtureRequest, with_objects: bool) -> Iterator[Beanstalk]:
    if request.param == "embedded":
        yield Beanstalk(with_objects=with_objects)
        return
    world = Worked(request.getfixturevalue("workers"), with_objects)
    yield world
    world.close()


@pytest.fixture(scope="session")
def fresh_world() -> Callable[[], Beanstalk]:
    """Make as many worlds as a test wants."""
    return Beanstalk


@pytest.fixture(scope="session")
def http_of() -> Callable[[], FlaskClient]:
    """A plain HTTP client, in process, of a world of its own."""
    return lambda: Beanstalk().app.test_client()
