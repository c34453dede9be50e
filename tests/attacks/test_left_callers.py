"""A caller that closes its connection, or dies, while its advance waits: the advance is withdrawn, by either server."""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from beanpole.caller.credential import DEFAULT_ACCOUNT
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import MANUAL_EPOCH, Clock
from beanpole.store import keys
from beanpole.store.connection import connect
from beanpole.store.store import Store
from beanpole_workers.play import jobs
from clients_environment import environment
from programs import Program
from servers import redis_server
from settings_of_processes import GUNICORN, free_port, gunicorn

BOUND = 20_000  # milliseconds until a state must have come; a target lives for five seconds when nobody renews it
BODY = json.dumps({"seconds": 3600}).encode()
HEAD = (
    b"POST /_beanpole/clock/advance HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"X-Beanpole-Token: secret\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
CALLER = "import socket,sys,time; c=socket.create_connection(('127.0.0.1',{port})); c.sendall({head!r}); time.sleep(60)"


@pytest.fixture(scope="module", params=["waitress", "gunicorn"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[int, Store]]:
    """The port of a server on a Redis without workers, and a store on it."""
    with redis_server() as url, tempfile.TemporaryDirectory() as home:
        port = free_port()
        pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        store = Store(connect(url), Clock("manual"))
        store.clocks.get(DEFAULT_ACCOUNT)
        if request.param == "gunicorn":
            (_, *arguments), variables = gunicorn(url, port, home)
            process = Program(arguments, GUNICORN, env=variables, **pipes)
        else:
            process = Program(["serve", "--port", str(port), "--redis", url], env=environment(), **pipes)
        with process as server:
            try:
                until(lambda: listens(port), "the server listens")
                yield port, store
            finally:
                server.terminate()
                _, log = server.communicate(timeout=BOUND / 1000)
        assert "Traceback" not in log


def until(true: Any, what: str) -> None:
    begun = real_now()
    while not true():
        assert real_now() - begun < BOUND, what
        sleep(0.01)


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def states(store: Store) -> list[bytes | None]:
    """The states of the targets that are remembered."""
    return [store.redis.hget(key, "state") for key in store.redis.keys(keys.target(DEFAULT_ACCOUNT, "*"))]


@contextmanager
def closed(port: int) -> Iterator[None]:
    """A caller that closes its connection at the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
        caller.sendall(HEAD)
        yield


@contextmanager
def killed(port: int) -> Iterator[None]:
    """A caller whose process is killed at the end."""
    with subprocess.Popen([sys.executable, "-IS", "-c", CALLER.format(port=port, head=HEAD)]) as caller:
        yield
        caller.kill()


@pytest.mark.parametrize("caller", [closed, killed])
def test_the_advance_of_a_caller_that_has_left_moves_no_clock(served: tuple[int, Store], caller: Any) -> None:
    port, store = served
    store.reset(DEFAULT_ACCOUNT)
    store.clocks.get(DEFAULT_ACCOUNT)
    with caller(port):
        until(lambda: states(store) == [b"pending"], "the advance waits")
    until(lambda: states(store) == [b"withdrawn"], "the advance is withdrawn")
    jobs.play(store, catalog.load(), [f"{DEFAULT_ACCOUNT}||clock|{DEFAULT_ACCOUNT}"])
    assert store.clocks.get(DEFAULT_ACCOUNT).reading == MANUAL_EPOCH
    assert store.redis.llen(keys.targets(DEFAULT_ACCOUNT)) == 0
