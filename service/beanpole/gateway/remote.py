"""A companion at an address: requests and answers are passed on unchanged, within bounds of time.

The Host stays the client's, because the signature covers it; so the companion can check signatures.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from beanpole.gateway import account, scopes
from beanpole.gateway.refusals import refuse
from beanpole.gateway.web_pages import answer_without_pages
from beanpole.tables import limits

CONNECTING = 5.0  # seconds
SECONDS = float(limits.most("companion_seconds"))
PIECE = 1 << 16  # bytes that are passed on at once
_HOP_BY_HOP = frozenset(
    (
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te"),
        *("trailer", "transfer-encoding", "upgrade"),
    )
)
_SET_BY_US = frozenset((*_HOP_BY_HOP, "content-length", "expect", "x-moto-account-id"))
_UNREACHABLE = "The companion at {url} does not answer: {why}."


class Remote:
    """The application that passes requests on to an `http` or `https` address; raises ValueError for any other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is no http or https address")
        self.url = url.rstrip("/")
        self._host, self._port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        self._below = parts.path.rstrip("/")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on to the companion."""
        service = str(environ.get(scopes.SERVICE, "s3"))

        def forward(request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            return self._forward(request, start, service)

        return answer_without_pages(forward, environ, start_response, service)

    def _forward(self, environ: dict[str, Any], start_response: Callable[..., Any], service: str) -> Iterable[bytes]:
        connection = self._connection()
        try:
            answer = self._send(connection, environ)
        except TimeoutError:
            connection.close()
            return refuse(
                environ, start_response, service, "ServiceUnavailable", limits.sentence("companion_seconds"), 503
            )
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            message = _UNREACHABLE.format(url=self.url, why=why)
            return refuse(environ, start_response, service, "ServiceUnavailable", message, 503)
        start_response(f"{answer.status} {answer.reason}", _headers(answer))
        return _Pieces(connection, answer)

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=CONNECTING)
        return http.client.HTTPSConnection(self._host, self._port, timeout=CONNECTING, context=self._tls)

    def _send(self, connection: http.client.HTTPConnection, environ: dict[str, Any]) -> http.client.HTTPResponse:
        connection.connect()
        connection.sock.settimeout(SECONDS)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        target = scopes.target(environ)
        connection.putrequest(
            environ["REQUEST_METHOD"], self._below + target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in _request_headers(environ):
            connection.putheader(name, value)
        connection.endheaders()
        left = int(environ.get("CONTENT_LENGTH") or 0)
        while left and (piece := environ["wsgi.input"].read(min(left, PIECE))):
            connection.send(piece)
            left -= len(piece)
        return connection.getresponse()


class _Pieces:
    """The body of an answer in pieces; an answer that breaks off does so for the client, too."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._answer.read1(PIECE):
            yield piece

    def close(self) -> None:
        """Close the connection to the companion."""
        self._answer.close()
        self._connection.close()


def _request_headers(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The headers of a request, with the account of its caller for a companion that is moto's."""
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").lower()
        if key.startswith("HTTP_") and name not in _SET_BY_US:
            yield name, str(value)
    if environ.get("CONTENT_TYPE"):
        yield "content-type", str(environ["CONTENT_TYPE"])
    if environ.get("CONTENT_LENGTH"):
        yield "content-length", str(environ["CONTENT_LENGTH"])
    yield "x-moto-account-id", account.of(environ)[0]
    yield "connection", "close"


def _headers(answer: http.client.HTTPResponse) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
