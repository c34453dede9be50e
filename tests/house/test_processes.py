"""The very commands that the image and the composition name, run as processes on a Redis."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from beanpole.machine.clock import real_now, sleep
from environments import STACK
from house.container import command, compose, health_command, settings
from servers import redis_server
from settings_of_processes import free_port, listens

BOUND = 60_000  # milliseconds of real time that anything here may take
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/elasticbeanstalk/aws4_request"}
TOKEN = "bean"


class Api:
    """A running API, asked by one account over a socket."""

    def __init__(self, port: int, account: str) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._headers = {"Authorization": SIGNED["Authorization"].format(account), "X-Beanpole-Token": TOKEN}

    def control(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self._send(method, f"/_beanpole/{path}", data, {"Content-Type": "application/json"}))

    def call(self, action: str, **parameters: str) -> Any:
        data = urlencode({"Action": action, "ContentType": "JSON", **parameters}).encode()
        return json.loads(self._send("POST", "/", data))[f"{action}Response"][f"{action}Result"]

    def launch(self) -> None:
        self.call("CreateApplication", ApplicationName="shop")
        self.call("CreateEnvironment", ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK)

    def status(self) -> str:
        (environment,) = self.call("DescribeEnvironments")["Environments"]
        return str(environment["Status"])

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str] | None = None) -> bytes:
        request = urllib.request.Request(self._base + path, data, self._headers | (headers or {}), method=method)
        with urllib.request.urlopen(request, timeout=BOUND / 1000) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """What the processes find set: the image's environment, with a Redis and a port of this test's own."""
    with redis_server() as url:
        port = free_port()
        own = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "BEANPOLE_REDIS_URL": url,
            "BEANPOLE_HOST": "0.0.0.0",
            "BEANPOLE_CONTROL_TOKEN": TOKEN,
            "BEANPOLE_PORT": str(port),
            "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",
        }
        assert own.keys() >= settings().keys() - {"PYTHONUNBUFFERED"}
        yield own


@pytest.fixture(scope="module")
def port(environment: dict[str, str]) -> Iterator[int]:
    """The port of an API that answers, with two workers behind it."""
    worker = compose()["services"]["worker"]["command"]
    with ExitStack() as processes:
        for argv in (command(), worker, worker):
            processes.enter_context(_running(argv, environment))
        _until(lambda: listens(int(environment["BEANPOLE_PORT"])), "the API listens")
        _until(lambda: _healthy(environment), "the health check succeeds")
        yield int(environment["BEANPOLE_PORT"])


def test_it_says_how_it_is(port: int) -> None:
    health = Api(port, "100000000000").control("GET", "health")
    assert (health["status"], health["store"]) == ("ok", "redis")
    assert health["versions"].keys() >= {"beanpole", "python"}


def test_an_environment_launches_at_once(port: int) -> None:
    api = Api(port, "100000000001")
    api.control("PUT", "clock", {"mode": "wall", "speed": "instant"})
    api.launch()
    _until(lambda: api.status() == "Ready", "the environment is Ready")
    fleet = api.control("GET", "environments/shop-web/fleet")
    assert fleet["plan"] is None
    assert [instance["in_service"] for instance in fleet["instances"]] == [True]


def test_a_clock_that_is_moved_by_hand_is_played_by_the_workers(port: int) -> None:
    api = Api(port, "100000000002")
    api.control("PUT", "clock", {"mode": "manual", "seed": 5})
    api.launch()
    until = {"environment": "shop-web", "status": "Ready"}
    clock = api.control("POST", "clock/advance", {"until": until})
    assert clock["now"] > "2026-01-01T00:01"
    assert api.status() == "Ready"
    messages = [event["Message"] for event in api.call("DescribeEvents")["Events"]]
    assert "Successfully launched environment: shop-web" in messages


def test_without_the_token_there_is_no_control(port: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_beanpole/clock", timeout=BOUND / 1000)
    with refused.value as answer:
        assert (answer.code, answer.headers["Content-Type"]) == (401, "application/problem+json")


@contextmanager
def _running(argv: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
        assert process.poll() is None, f"{argv[0]} ended by itself"
    finally:
        process.terminate()
        try:
            process.wait(BOUND / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def _healthy(environment: dict[str, str]) -> bool:
    return subprocess.run(health_command(), env=environment, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _until(true: Callable[[], bool], what: str) -> None:
    deadline = real_now() + BOUND
    while not true():
        assert real_now() < deadline, f"not within {BOUND} ms: {what}"
        sleep(0.02)
