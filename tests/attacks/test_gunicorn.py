"""The processes of gunicorn are held by no slow client, refuse what is no HTTP, and end when they are told to."""

import http.client
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from beanpole.machine.clock import real_now, sleep
from control.listening import Listener
from environments import STACK
from programs import Program
from servers import redis_server
from settings_of_processes import GUNICORN, free_port
from settings_of_processes import gunicorn as gunicorn_of

SLOW = 200  # clients, many more than there are threads
JSON = {"Content-Type": "application/json"}
BOUND = 30_000  # milliseconds until a state must have come
PARTS = [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx"]


@pytest.fixture(scope="module")
def gunicorn() -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """The image's command on a port of its own."""
    with redis_server() as url, tempfile.TemporaryDirectory() as home:
        port = free_port()
        command, variables = gunicorn_of(url, port, home)
        pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        process = Program(command[1:], GUNICORN, env=variables, **pipes)
        until(lambda: answers(port), "it answers")
        yield port, process
        process.terminate()
        _, log = process.communicate(timeout=BOUND / 1000)
        assert process.returncode == 0
        assert "Traceback" not in log


def until(true, what: str) -> None:
    begun = real_now()
    while not true():
        assert real_now() - begun < BOUND, what
        sleep(0.02)


def answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/_beanpole/health")
            return connection.getresponse().status == 200
    except OSError:
        return False


@pytest.mark.parametrize("sends", PARTS, ids=["nothing", "half a head", "half a body"])
def test_slow_clients_leave_others_answered(gunicorn, sends: bytes) -> None:
    port, _ = gunicorn
    with ExitStack() as stack:
        for _ in range(SLOW):
            stack.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(sends)
        for _ in range(10):
            assert answers(port)


def test_open_streams_leave_others_answered_and_hear_of_others(gunicorn) -> None:
    """They are many more than all processes have threads; the call may be answered by another process."""
    port, _ = gunicorn
    with ExitStack() as stack:
        path, token = "/_beanpole/stream?account=222222222222", {"X-Beanpole-Token": "secret"}
        pages = [stack.enter_context(closing(Listener(port, path, **token))) for _ in range(SLOW)]
        assert answers(port)
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("PUT", "/_beanpole/clock?account=222222222222", b'{"speed": 5}', JSON | token)
            assert connection.getresponse().status == 200
        for page in pages:
            page.until("clock", speed=5)


def test_the_name_of_an_environment_is_its_own_and_any_other_one_is_that_of_the_api(gunicorn) -> None:
    """Nothing makes time pass here, so that the environment has no endpoint yet."""
    port, _ = gunicorn
    host = "blue.us-east-1.elasticbeanstalk.com.localhost"
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for name, action in (("", "CreateApplication"), ("blue", "CreateEnvironment")):
            named = f"&EnvironmentName={name}&CNAMEPrefix={name}&SolutionStackName={STACK}" if name else ""
            body = f"Action={action}&ApplicationName=shop{named}"
            connection.request("POST", "/", body, {"Content-Type": "application/x-www-form-urlencoded"})
            response = connection.getresponse()
            assert response.status == 200, response.read()
            response.read()
        for method in ("GET", "HEAD", "POST", "HEAD", "GET"):
            connection.request(method, "/?Action=DescribeApplications", headers={"Host": host})
            response = connection.getresponse()
            assert (response.status, response.headers["X-Beanpole-Environment"]) == (404, "blue")
            assert (response.read() == b"") is (method == "HEAD")
        connection.request("GET", "/?Action=DescribeApplications", headers={"Host": host.replace("blue", "green")})
        assert b"DescribeApplicationsResponse" in connection.getresponse().read()


def test_a_bad_chunk_is_a_bad_request(gunicorn) -> None:
    port, _ = gunicorn
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert answers(port)


def test_the_metrics_show_each_process_whoever_answers(gunicorn) -> None:
    port, _ = gunicorn

    def process_names() -> set[str]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/_beanpole/metrics", headers={"Authorization": "Bearer secret"})
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, text
        return set(re.findall(r'^process_resident_memory_bytes\{process="([^"]+)"\} [0-9.e+]+$', text, re.MULTILINE))

    until(lambda: answers(port) and len(process_names()) == 2, "both processes are shown")
