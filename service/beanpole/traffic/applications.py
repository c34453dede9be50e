"""Applications that run: the proxy of an instance passes requests on to the process that listens there."""

import http.client
import socket
from collections.abc import Iterator
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any, Protocol

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.logs.accesses import NOT_CONNECTED
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.traffic.answers import PROXY, Answer, of_proxy
from beanpole.traffic.requests import Request

MOST_AT_ONCE = limits.most("application_calls")
MOST_ANSWERED = limits.most("application_answer")
SECONDS = 20.0  # that an application may take to answer
_OF_ONE_HOP = frozenset(  # headers that a proxy does not pass on, or writes itself
    (
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("server", "te", "trailer", "transfer-encoding", "upgrade", "x-real-ip"),
    )
)
CALLS = BoundedSemaphore(MOST_AT_ONCE)


class Applications(Protocol):
    """The applications that run on instances."""

    def connect(self, world: World, environment: Environment, instance: Instance) -> socket.socket | None:
        """A connection to the application of an instance; None if none listens there."""

    def answered(self, instance: Instance) -> None:
        """The application of an instance has answered a request, and may have printed something."""


def passed_on(connection: socket.socket | None, request: Request, path: str) -> Answer:
    """The answer of an application, or the page of a proxy whose application does not answer."""
    if connection is None:
        return of_proxy(HTTPStatus.BAD_GATEWAY, note=NOT_CONNECTED)
    if not CALLS.acquire(blocking=False):
        connection.close()
        return of_proxy(HTTPStatus.SERVICE_UNAVAILABLE, note=f"{MOST_AT_ONCE} calls wait for applications already")
    try:
        connection.settimeout(SECONDS)
        return _answer(_Connection(connection), request, path)
    except TimeoutError:
        return of_proxy(HTTPStatus.GATEWAY_TIMEOUT, note="upstream timed out (110: Connection timed out)")
    except (OSError, http.client.HTTPException, ValueError):
        return of_proxy(HTTPStatus.BAD_GATEWAY, note=NOT_CONNECTED)
    finally:
        CALLS.release()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection that is there already."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__("localhost")
        self.sock = connection


def _answer(connection: _Connection, request: Request, path: str) -> Answer:
    body = request.environ["wsgi.input"].read(request.length) if request.length else b""
    connection.putrequest(request.method, _target(path) + request.query, skip_host=True, skip_accept_encoding=True)
    for name, value in _headers(request):
        connection.putheader(name, value)
    if body or request.environ.get("CONTENT_LENGTH"):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    with connection.getresponse() as answer:
        content = answer.read(MOST_ANSWERED + 1)
        if len(content) > MOST_ANSWERED:
            return of_proxy(HTTPStatus.BAD_GATEWAY, note="upstream sent too big a body")
        if answer.length and request.method != "HEAD":
            return of_proxy(HTTPStatus.BAD_GATEWAY, note="upstream prematurely closed connection")
        headers = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in _OF_ONE_HOP)
        return Answer(f"{answer.status} {answer.reason}".strip(), (*PROXY, *headers), content)


def _target(path: str) -> str:
    """The path as it came, without what a first line cannot carry."""
    return "".join(letter if "!" <= letter <= "~" and letter not in "?#" else _quoted(letter) for letter in path)


def _quoted(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("latin-1", "replace"))


def _headers(request: Request) -> Iterator[tuple[str, str]]:
    """The headers of a request, with those that the proxy adds."""
    environ: Any = request.environ
    client = str(environ.get("REMOTE_ADDR") or "127.0.0.1")
    yield "Host", str(environ.get("HTTP_HOST") or "localhost")
    yield "X-Real-IP", client
    former_hops = str(environ.get("HTTP_X_FORWARDED_FOR") or "")
    yield "X-Forwarded-For", f"{former_hops}, {client}" if former_hops else client
    yield "X-Forwarded-Proto", str(environ.get("wsgi.url_scheme") or "http")
    yield "Connection", "close"
    if environ.get("CONTENT_TYPE"):
        yield "Content-Type", str(environ["CONTENT_TYPE"])
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").title()
        if key.startswith("HTTP_") and name.lower() not in _OF_ONE_HOP and not name.startswith("X-Forwarded"):
            yield name, str(value)
