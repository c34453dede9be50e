"""A hook of botocore by which an application in this process answers a client, before the request reaches a network."""

import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

_OF_CONTENT = ("CONTENT_TYPE", "CONTENT_LENGTH")  # the headers that have no HTTP_ in an environment of WSGI


class Wire:
    """Answers a request that botocore is about to send: `client.meta.events.register("before-send.s3", Wire(app))`.

    The environment of WSGI is put together here: werkzeug's client takes as long for it as the application for a call.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]  # it has no types

        status, headers, content = _answer(self._app, _environ(request))
        return AWSResponse(request.url, status, headers, _Raw(content))


def _environ(request: Any) -> dict[str, Any]:
    url, body = urlsplit(request.url), _body(request.body)
    target = f"{url.path}?{url.query}" if url.query else url.path
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_NAME": url.hostname or "localhost",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ |= _headers(request)
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _headers(request: Any) -> dict[str, str]:
    """The headers of a request by their names in WSGI; the values of one that is there several times are one list."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key != "TRANSFER_ENCODING":  # the body is read
            key = key if key in _OF_CONTENT else f"HTTP_{key}"
            headers[key] = f"{headers[key]}, {_text(value)}" if key in headers else _text(value)
    return headers


def _answer(app: Any, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer; of a header that is there several times, the first."""
    begun: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], None]:
        begun[:] = status, headers
        return written.append

    pieces = app(environ, start_response)
    try:
        content = b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    status, headers = begun
    return int(status[:3]), dict(reversed(headers)), b"".join(written) + content


def _body(body: Any) -> bytes:
    """The body as bytes; a client may hand over a file or a text."""
    content = body.read() if hasattr(body, "read") else body or b""
    return content.encode() if isinstance(content, str) else bytes(content)


def _text(value: str | bytes) -> str:
    """The text of a header, which in botocore may be bytes."""
    return value.decode() if isinstance(value, bytes) else value


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, amt: int = 1 << 16, **_: Any) -> Iterator[bytes]:
        """The body in pieces."""
        while piece := self.read(amt):
            yield piece
