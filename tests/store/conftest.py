"""Both back ends for every test of the store."""

from collections.abc import Iterator

import pytest

from beanpole.store.connection import Connection
from servers import empty_redis


@pytest.fixture(params=["fakeredis", "redis"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """An empty Redis."""
    with empty_redis(request) as redis:
        yield redis
