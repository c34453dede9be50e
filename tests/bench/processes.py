"""The servers that are compared, each in a process of its own."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlencode

# moto reads from the credential which service is meant; both servers get the very same requests.
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request, "
    "SignedHeaders=host, Signature=0",
}
APPLICATION = "shop"
UNLIMITED = {"quotas": {"environments": 1_000_000}}
PATIENCE = 120


@dataclass
class Server:
    """A running server; `spent` is the seconds from its start to its first answer."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    spent: float
    stack: str = ""

    def connection(self) -> HTTPConnection:
        """A connection that is kept."""
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def resident(self) -> float:
        """MiB of memory that it holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


def form(action: str, **parameters: str) -> str:
    """The body of a call."""
    return urlencode({"Action": action, "Version": "2010-12-01", **parameters})


def call(connection: HTTPConnection, body: str) -> bytes:
    """The answer to a call; whoever refuses one has no place in a bench."""
    connection.request("POST", "/", body, HEADERS)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {answer[:300]!r}")
    return answer


@contextmanager
def beanpole(speed: str = "60", *more: str) -> Iterator[Server]:
    """`beanpole serve`, embedded."""
    port = free_port()
    with NamedTemporaryFile("w", suffix=".json") as catalog:
        json.dump(UNLIMITED, catalog)
        catalog.flush()
        options = ["--port", str(port), "--speed", speed, "--catalog", catalog.name, *more]
        with serving("beanpole", port, [sys.executable, "-m", "beanpole", "serve", *options]) as server:
            yield server


@contextmanager
def moto() -> Iterator[Server]:
    """`moto_server`."""
    port = free_port()
    beside = Path(sys.executable).with_name("moto_server")
    command = str(beside) if beside.exists() else shutil.which("moto_server")
    if command is None:
        raise SystemExit("moto_server is missing: pip install -e '.[bench]'")
    with serving("moto", port, [command, "-p", str(port)]) as server:
        yield server


def prepare(server: Server, environments: int) -> None:
    """An application with a version and so many environments."""
    connection = server.connection()
    call(connection, form("CreateApplication", ApplicationName=APPLICATION))
    stacks = call(connection, form("ListAvailableSolutionStacks")).decode()
    server.stack = next(stack for stack in _between(stacks, "<member>", "</member>") if "Python 3" in stack)
    for number in range(environments):
        call(connection, create(server, f"env-{number:05}"))
    connection.close()


def create(server: Server, name: str) -> str:
    """The call that creates an environment."""
    return form("CreateEnvironment", ApplicationName=APPLICATION, EnvironmentName=name, SolutionStackName=server.stack)


def settle(server: Server, environments: int) -> None:
    """Wait until all are Ready."""
    connection, deadline = server.connection(), time.monotonic() + PATIENCE
    while call(connection, form("DescribeEnvironments")).count(b"<Status>Ready</Status>") < environments:
        if time.monotonic() > deadline:
            raise RuntimeError("the environments do not become Ready")
        time.sleep(0.5)
    connection.close()


@contextmanager
def serving(name: str, port: int, command: list[str]) -> Iterator[Server]:
    """A server that a command starts, once it answers."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _first_answer(process, port, command)
        yield Server(name, port, process, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def _first_answer(process: "subprocess.Popen[bytes]", port: int, command: list[str]) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError, HTTPException):
            connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            call(connection, form("DescribeEnvironments"))
            return
        time.sleep(0.003)
    raise RuntimeError(f"{' '.join(command)} ended before it answered")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _between(text: str, left: str, right: str) -> list[str]:
    return [line.partition(right)[0] for line in text.split(left)[1:]]
