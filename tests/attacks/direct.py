"""Requests that an application answers with no client between them, so that what is measured is its own time."""

import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from flask import Flask

FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """The status of an answer and its body; of a stream, which never ends, its first piece."""

    status: int
    body: bytes


def send(
    app: Flask, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", form: str = FORM
) -> Answer:
    """The answer to a request, whose target is a path with its query, each as it stands in the request's first line."""
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body:
        environ |= {"CONTENT_TYPE": form, "CONTENT_LENGTH": str(len(body))}
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    statuses: list[str] = []

    def begin(status: str, *_: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes

    answer = app(environ, begin)
    try:
        content = next(iter(answer), b"")
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return Answer(int(statuses[-1][:3]), content)
