"""Every process that is told to end while it is busy ends within seconds, with status 0 and without a traceback."""

import http.client
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from beanpole.machine.clock import real_now, sleep
from beanpole.store.connection import connect
from clients_environment import environment
from environments import STACK
from programs import Program
from servers import redis_server
from settings_of_processes import GUNICORN, free_port, gunicorn

BOUND = 10  # seconds until a process that was told to end has ended
ENVIRONMENTS = 50
SERVE = ["serve", "--speed", "instant", "--port"]


class Process:
    """A process and what it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr or ()))
        self._reader.start()

    def end(self) -> tuple[int, list[str]]:
        """Its status once it is told to end, and what it has said, if a traceback is in it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(BOUND)
        finally:
            self.close()
        return status, self.lines if any("Traceback" in line for line in self.lines) else []

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        if self.process.stderr:
            self.process.stderr.close()


@contextmanager
def running(arguments: list[str], variables: dict[str, str] | None = None) -> Iterator[Process]:
    """`beanpole` with its arguments, or with variables gunicorn."""
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    if variables is None:
        process = Process(Program(arguments, env=environment(), **pipes))
    else:
        process = Process(Program(arguments, GUNICORN, env=variables, **pipes))
    try:
        yield process
    finally:
        process.close()


def call(port: int, action: str, **parameters: str) -> int:
    """The status of an answer, 0 if there was none."""
    body = urlencode({"Action": action, "Version": "2010-12-01", **parameters})
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("POST", "/", body, {"Content-Type": "application/x-www-form-urlencoded"})
            return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0


def until_it_answers(port: int) -> None:
    begun = real_now()
    while call(port, "DescribeApplications") != 200:
        assert real_now() - begun < 60_000, "it does not answer"
        sleep(0.05)


def launch_many(port: int) -> None:
    """Begin as many launches as keep an engine busy."""
    assert call(port, "CreateApplication", ApplicationName="shop") == 200
    for number in range(ENVIRONMENTS):
        more = {"EnvironmentName": f"web-{number}", "SolutionStackName": STACK}
        assert call(port, "CreateEnvironment", ApplicationName="shop", **more) == 200


@contextmanager
def busy(port: int) -> Iterator[None]:
    """Clients that call without a pause."""
    ended = threading.Event()

    def calling() -> None:
        while not ended.is_set():
            assert call(port, "DescribeEnvironments") in (0, 200)

    clients = [threading.Thread(target=calling) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        ended.set()
        for client in clients:
            client.join()


def test_an_embedded_server_ends_while_environments_launch() -> None:
    port = free_port()
    with running([*SERVE, str(port)]) as server:
        until_it_answers(port)
        launch_many(port)
        with busy(port):
            assert server.end() == (0, [])


@pytest.mark.parametrize("front", ["serve", "gunicorn"])
def test_a_server_and_a_worker_on_redis_end_while_environments_launch(front: str) -> None:
    port = free_port()
    with redis_server() as url, tempfile.TemporaryDirectory() as home:
        arguments, variables = [*SERVE, str(port), "--redis", url], None
        if front == "gunicorn":
            (_, *arguments), variables = gunicorn(url, port, home)
            variables["BEANPOLE_SPEED"] = "instant"
        with running(arguments, variables) as server, running(["worker", "--redis", url]) as worker:
            until_it_answers(port)
            launch_many(port)
            with busy(port):
                assert worker.end() == (0, [])
                assert server.end() == (0, [])


def status_of(entry: str) -> int:
    """The status of a worker that ends by itself, in a program with this entry point."""
    with redis_server() as url, Program([url], entry, env=environment()) as worker:
        try:
            return worker.wait(30)
        finally:
            worker.kill()


def test_a_worker_that_is_told_to_end_while_it_is_made_ends() -> None:
    """As between two tries to reach Redis: what was told then is not forgotten."""
    assert status_of("attacks.ended_worker:main") == 0


def test_a_worker_ends_though_what_a_signal_raised_was_caught_on_its_way() -> None:
    """As redis-py catches what is raised while it counts a command."""
    assert status_of("attacks.deaf_worker:main") == 0


def test_a_worker_listens_to_no_commands_in_redis() -> None:
    """Whoever can publish there could end it; and where a connection breaks, the thread that listens may end."""
    with redis_server() as url, running(["worker", "--redis", url]) as worker:
        client = connect(url)
        begun = real_now()
        while not client.smembers("rq:workers"):
            assert real_now() - begun < 60_000, "it does not work"
            sleep(0.05)
        assert client.pubsub_channels() == [b"beanpole:nudge"]
        client.close()
        assert worker.end() == (0, [])
