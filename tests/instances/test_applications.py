"""Applications that run: the address of an environment is answered by the process of an instance."""

import socket
import threading
from contextlib import closing, suppress
from types import SimpleNamespace

import pytest
from werkzeug.test import EnvironBuilder

from beanpole.tables import limits
from beanpole.traffic import applications
from beanpole.traffic.applications import passed_on
from beanpole.traffic.requests import Request
from instances.walk import SINGLE, files, launch, shop_that_runs, update, version
from options import PROPERTIES, option

HOST = "shop-web.us-east-1.elasticbeanstalk.com"
ECHO = """
def application(request, start_response):
    body = request["wsgi.input"].read(int(request.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("X-Seen", request["REQUEST_METHOD"] + " " + request["PATH_INFO"] + "?"
                                    + request["QUERY_STRING"] + " " + request.get("HTTP_X_FORWARDED_FOR", ""))])
    return [body[::-1]]
"""


@pytest.fixture
def world(works):
    return shop_that_runs()


def get(world, path="/", method="GET", data=None):
    name = world.client.describe_environments()["Environments"][0]["CNAME"]
    return world.app.test_client().open(path, method=method, data=data, headers={"Host": name})


def test_the_application_answers_and_a_new_version_takes_its_place(world):
    version(world, "v1", files("v1"))
    version(world, "v2", files("v2"))
    launch(world, [*SINGLE, option(PROPERTIES, "COLOUR", "green")])
    assert get(world).data == b"Hello World v1 in green"
    update(world, VersionLabel="v2")
    assert get(world).data == b"Hello World v2 in green"
    update(world, OptionSettings=[option(PROPERTIES, "COLOUR", "blue")])
    answer = get(world)
    assert answer.data == b"Hello World v2 in blue"
    assert answer.headers["X-Beanpole-Version"] == "v2"


def test_method_path_query_and_body_are_passed_on(world):
    version(world, "v1", {"application.py": ECHO, "Procfile": "web: gunicorn --bind 127.0.0.1:8000 application\n"})
    launch(world, SINGLE)
    answer = get(world, "/a%20b/c?d=e&f", "POST", b"hello")
    assert (answer.status_code, answer.data) == (200, b"olleh")
    assert answer.headers["X-Seen"] == "POST /a b/c?d=e&f 127.0.0.1"
    assert answer.headers["Server"] == "nginx"


@pytest.mark.parametrize(
    ("sent", "lines"),
    [
        ({}, {"X-Forwarded-For: 10.0.0.9"}),
        ({"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For: 192.0.2.1, 10.0.0.9"}),
        ({"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}, {"X-Forwarded-For: 192.0.2.1, 192.0.2.2, 10.0.0.9"}),
        ({"X-Real-Ip": "192.0.2.1", "Content-Length": "0"}, {"X-Real-IP: 10.0.0.9", "Content-Length: 0"}),
    ],
)
def test_a_proxy_adds_the_address_of_the_client_and_keeps_the_length_of_an_empty_body(sent, lines):
    upstream = Upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    environ = EnvironBuilder("/", method="POST", headers=sent).get_environ() | {"REMOTE_ADDR": "10.0.0.9"}
    environ |= {"CONTENT_LENGTH": sent["Content-Length"]} if "Content-Length" in sent else {}
    assert passed_on(upstream.client, Request(environ, "/"), "/").status == "200 OK"
    names = {line.partition(":")[0].lower() for line in lines}
    assert {
        line for line in upstream.received.decode().split("\r\n") if line.partition(":")[0].lower() in names
    } == lines


def test_an_application_that_ends_is_a_bad_gateway_until_it_runs_again(world):
    version(world, "v1", {"application.py": "raise SystemExit(1)\n"})
    launch(world, [*SINGLE, option("aws:elasticbeanstalk:command", "IgnoreHealthCheck", "true")])
    answer = get(world)
    assert (answer.status_code, answer.headers["Server"]) == (502, "nginx")
    assert b"<center>nginx</center>" in answer.data


class Upstream:
    """An application that gives the bytes of an answer, or none."""

    def __init__(self, answer: bytes | None) -> None:
        self.client, self._server = socket.socketpair()
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self.received = self._server.recv(65_536)
        if self._answer is not None:
            with suppress(OSError):  # the proxy may have had enough
                self._server.sendall(self._answer)
            self.close()

    def close(self) -> None:
        self._server.close()


def called(answer):
    with closing(Upstream(answer)) as upstream:
        return passed_on(upstream.client, Request(EnvironBuilder(path="/").get_environ(), "/"), "/")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", "204 No Content"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 OK"),
        (b"", "502 Bad Gateway"),
        (b"no http at all\r\n\r\n", "502 Bad Gateway"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", "502 Bad Gateway"),
    ],
)
def test_what_is_no_answer_is_a_bad_gateway(answer, status):
    assert called(answer).status == status


def test_an_application_that_does_not_answer_is_a_gateway_timeout(monkeypatch):
    monkeypatch.setattr(applications, "SECONDS", 0.05)
    assert called(None).status == "504 Gateway Time-out"


def test_no_connection_is_a_bad_gateway():
    assert passed_on(None, SimpleNamespace(), "/").status == "502 Bad Gateway"


def an_answer_of(size):
    return called(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)


def test_a_body_that_is_too_long_is_a_bad_gateway():
    most = limits.most("application_answer")
    assert an_answer_of(most).status == "200 OK"
    assert an_answer_of(most + 1).status == "502 Bad Gateway"
