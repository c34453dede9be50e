"""What all tests share."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from servers import redis_server

if TYPE_CHECKING:
    from beanpole.testing import Beanstalk
    from flask.testing import FlaskClient


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the golden timelines instead of holding the stories against them."""
    parser.addoption("--update-golden", action="store_true", help="write the golden timelines anew")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server of this test process's own."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def fresh_world() -> "Callable[[], Beanstalk]":
    """Make as many worlds as a test wants."""
    from beanpole.testing import Beanstalk

    return Beanstalk


@pytest.fixture(scope="session")
def http_of(fresh_world: "Callable[[], Beanstalk]") -> "Callable[[], FlaskClient]":
    """A plain HTTP client, in process, of a world of its own."""
    return lambda: fresh_world().app.test_client()
