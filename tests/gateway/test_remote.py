"""A companion at an address: what it gets, what comes back, and how its absence and its slowness are told."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from werkzeug.test import Client

from beanpole.gateway import remote
from beanpole.gateway.companion import Companion
from beanpole.gateway.gateway import Gateway
from beanpole.gateway.remote import Remote

V4 = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"


class Handler(BaseHTTPRequestHandler):
    """A server that keeps what it got."""

    protocol_version = "HTTP/1.1"
    got: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    slow = threading.Event()

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((self.path, dict(self.headers), body))
        self.send_response(204)
        self.send_header("ETag", '"tag"')
        self.send_header("Connection", "close")
        self.end_headers()

    def do_GET(self):
        self.got.append((self.path, dict(self.headers), b""))
        if self.path.startswith("/late"):
            self.slow.wait(10)
            return
        self.send_response(200)
        if self.path.startswith("/broken"):
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b"first ", b"second"):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def companion():
    """The address of a server; what it got is `Handler.got`."""
    Handler.got, Handler.slow = [], threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Handler.slow.set()
    server.shutdown()
    thread.join()
    server.server_close()


def http(url):
    return Client(Gateway(lambda *_: [], Companion(Remote(url)), {}))


def ask(client, path, method="GET", data=None):
    environ = {"REMOTE_ADDR": "127.0.0.1", "REQUEST_URI": path}
    headers = {"Authorization": V4, "X-Amz-Meta-A": "b", "x-moto-account-id": "999999999999"}
    return client.open(
        path,
        method=method,
        data=data,
        headers=headers,
        environ_overrides=environ,
        base_url="http://localhost:5770",
        buffered=True,
    )


def test_a_request_is_passed_on_unchanged(companion):
    answer = ask(http(companion), "/bucket/a%2Fb?x=%20", "PUT", b"0" * 200_000)
    assert (answer.status_code, answer.headers["ETag"]) == (204, '"tag"')
    assert "Connection" not in answer.headers
    ((path, headers, body),) = Handler.got
    assert (path, len(body)) == ("/bucket/a%2Fb?x=%20", 200_000)
    lower = {name.lower(): value for name, value in headers.items()}
    assert (lower["host"], lower["authorization"], lower["x-amz-meta-a"]) == ("localhost:5770", V4, "b")
    assert lower["x-moto-account-id"] == "123456789012"


def test_an_answer_in_chunks_is_passed_on_whole(companion):
    assert ask(http(companion), "/bucket/key").data == b"first second"


def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(companion):
    answer = ask(http(companion), "/broken")
    assert answer.headers["Content-Length"] == "100"
    assert answer.data == b"half"


def test_a_late_companion_is_an_error_of_the_service(companion, monkeypatch):
    monkeypatch.setattr(remote, "SECONDS", 0.05)
    answer = ask(http(companion), "/late")
    assert (answer.status_code, "<Code>ServiceUnavailable</Code>" in answer.text) == (503, True)
    assert "did not answer within" in answer.text


def test_an_unreachable_companion_is_an_error_of_the_service():
    answer = ask(http("http://127.0.0.1:9"), "/bucket/key")
    assert (answer.status_code, "<Code>ServiceUnavailable</Code>" in answer.text) == (503, True)
    assert "http://127.0.0.1:9 does not answer: Connection refused" in answer.text


@pytest.mark.parametrize("url", ["nonsense", "ftp://localhost", "http://", "file:///etc/passwd", "http://host:port"])
def test_a_malformed_address_is_refused(url):
    with pytest.raises(ValueError, match=r"is no http or https address|Port could not be cast"):
        Remote(url)
