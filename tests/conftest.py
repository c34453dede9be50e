"""What all tests share."""

from collections.abc import Iterator

import pytest

from servers import redis_server


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the golden timelines instead of holding the stories against them."""
    parser.addoption("--update-golden", action="store_true", help="write the golden timelines anew")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server of this test process's own."""
    with redis_server() as url:
        yield url
