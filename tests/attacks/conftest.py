"""A Redis that can be killed, and one API process on it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from attacks.process_on_redis import process
from beanpole.store import connection as connections
from beanpole.store.connection import Connection
from killable import IN_MEMORY, Server
from servers import end_timers


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server; every connection that `connect` makes meanwhile is closed in the end."""
    clients, connect = [], connections.connect
    monkeypatch.setattr(connections, "ANSWER_TIMEOUT", 1.0)
    monkeypatch.setattr(connections, "connect", lambda url: clients.append(connect(url)) or clients[-1])
    with tempfile.TemporaryDirectory(prefix="beanpole-redis-", dir=IN_MEMORY) as folder:
        own_server = Server(Path(folder))
        yield own_server
        end_timers()
        for client in clients:
            client.close()
        own_server.close()


@pytest.fixture
def api(server: Server, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """One API process, as gunicorn makes it."""
    return process(server.url, monkeypatch)


@pytest.fixture
def redis(connection: Connection) -> Connection:
    """An empty Redis, of each kind."""
    return connection
