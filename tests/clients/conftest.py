"""A served beanpole, as a user starts it, and what its clients need."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

from clients_environment import CREDENTIALS, environment


class Served:
    """A running server; `control` posts to its control routes as the tests' account."""

    def __init__(self, url: str, process: "subprocess.Popen[str]") -> None:
        self.url = url
        self.process = process

    def control(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """What a control route answers."""
        request = Request(
            f"{self.url}/_beanpole/{path}?account={CREDENTIALS['AWS_ACCESS_KEY_ID']}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:
            read = answer.read()
            return dict(json.loads(read)) if read else {}


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start `beanpole serve` with the given arguments; all that was started is stopped."""
    with _starting(10) as (start, started):
        yield start
    assert {process.returncode for process in started} <= {0}


@pytest.fixture
def serve_anew() -> Iterator[Callable[..., Served]]:
    """Start `beanpole serve` as `serve` does; the test may end what it starts by any signal."""
    with _starting(20) as (start, _):
        yield start


@contextmanager
def _starting(patience: int) -> Iterator[tuple[Callable[..., Served], list["subprocess.Popen[str]"]]]:
    """A function that starts a server, and all the processes that it has started, which end within so many seconds."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Served:
        command = [sys.executable, "-m", "beanpole", "serve", "--port", "0", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("beanpole is listening on http://127.0.0.1:"), line
        return Served(line.split()[-1], process)

    yield start, started
    for process in started:
        process.terminate()
        process.wait(timeout=patience)
        assert process.stdout is not None
        process.stdout.close()
