"""Both back ends for every test of the store."""

from collections.abc import Iterator

import pytest

from beanpole.store.connection import Connection, connect, embedded


@pytest.fixture(params=["fakeredis", "redis"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """An empty Redis."""
    if request.param == "fakeredis":
        yield embedded()
        return
    client = connect(request.getfixturevalue("redis_url"))
    client.flushall()
    yield client
    client.close()
