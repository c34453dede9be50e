"""HTTP over raw sockets: requests may be bytes of any kind, and several may be on their way at once."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

from beanpole.machine.clock import real_now, sleep

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TOKEN = "secret"  # of the control routes, where a server asks for one
TIMEOUT = 30  # seconds without a byte
BOUND = 60_000  # milliseconds until a read must be answered
UNAVAILABLE = (b"<Code>ServiceUnavailable</Code>", b"The store is unavailable: ", b"calls wait already")


class Answer(NamedTuple):
    """An answer; `status` is 0 if there was none; `closes`: no other answer comes on its connection."""

    status: int
    headers: dict[str, str]
    body: bytes
    closes: bool

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode("utf-8", "replace")


NONE = Answer(0, {}, b"", closes=True)


def is_unavailable(answer: Answer) -> bool:
    """Tell whether a 503 names the missing part in a known form."""
    return any(form in answer.body for form in UNAVAILABLE)


class Connection:
    """A connection of a client; `read` gives the answers in the order of the requests."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self, sent: bytes) -> None:
        """Send bytes; if the server has closed the connection, the next read shows that."""
        with suppress(OSError):
            self._socket.sendall(sent)

    def finish(self) -> None:
        """Say that nothing more is sent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def read(self, head: bool = False) -> Answer:
        """The next answer, without a body after HEAD; `NONE` if the server closes before it has begun."""
        while b"\r\n\r\n" not in self._received:
            if not self._receive():
                return NONE
        top, _, rest = self._received.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        status = int(first.split(" ", 2)[1])
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if head or status in (100, 204, 304) else int(headers.get("content-length", -1))
        while len(rest) < length or length < 0:
            if not self._receive():
                break
            rest = self._received.partition(b"\r\n\r\n")[2]
        whole = len(rest) if length < 0 else length
        self._received = rest[whole:]
        if status == 100:
            return self.read(head)
        closes = length < 0 or headers.get("connection", "").lower() == "close"
        return Answer(status if len(rest) >= whole else 0, headers, rest[:whole], closes)

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer, whose body may never end; 0 if the server closes before."""
        while b"\r\n\r\n" not in self._received:
            if not self._receive():
                return 0, {}
        first, *lines = self._received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        return int(first.split(" ", 2)[1]), {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }

    def _receive(self) -> bool:
        try:
            received = self._socket.recv(1 << 16)
        except ConnectionError:
            return False
        self._received += received
        return bool(received)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def request(method: str, target: str, body: bytes = b"", kind: str = FORM, account: str = "", more: str = "") -> bytes:
    """The bytes of a request; `more` are lines of its head."""
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Beanpole-Token: {TOKEN}\r\n"
    if account:
        credential = f"Credential={account}/20260101/us-east-1/elasticbeanstalk/aws4_request"
        head += f"Authorization: AWS4-HMAC-SHA256 {credential}\r\n"
    if body or method in ("POST", "PUT"):
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return (head + more + "\r\n").encode("latin-1", "replace") + body


def form(action: str, account: str = "", **parameters: str) -> bytes:
    """The bytes of a call of an operation; a `__` of a parameter's name stands for a dot."""
    pairs = {name.replace("__", "."): value for name, value in parameters.items()}
    body = urlencode({"Action": action, "Version": "2010-12-01", **pairs})
    return request("POST", "/", body.encode(), account=account)


def ask(port: int, sent: bytes) -> Answer:
    """The answer to a request on a connection of its own, `NONE` if there is none."""
    try:
        connection = Connection(port)
    except OSError:
        return NONE
    try:
        connection.send(sent)
        return connection.read()
    except OSError:  # a time-out, too: no answer within `TIMEOUT`
        return NONE
    finally:
        connection.close()


def sure(call: Callable[[bytes], Answer], sent: bytes) -> Answer:
    """The answer to a read, whose call is repeated until its status is 200."""
    begun = real_now()
    while (answer := call(sent)).status != 200:
        assert real_now() - begun < BOUND, f"{sent[:200]!r} is answered {answer.status}: {answer.text[:300]}"
        sleep(0.02)
    return answer
