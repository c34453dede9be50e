"""Facts about a call before it is carried out: its body, which is read first, and whether it only reads or waits."""

import re
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

_IN_MEMORY = 16 << 20  # bytes of a body
_LOOKED_AT = 1 << 16
_PIECE = 1 << 20
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
_READS = re.compile(
    r"(?:BatchGet|Describe|Get(?!SessionToken|FederationToken)|Head|List|Lookup|Query|Scan|Search|Select|Simulate)(?![a-z])"
)
_WAITS = frozenset({"ReceiveMessage"})  # until there is a message, for up to 20 seconds


class Start:
    """The beginning of an answer, held back until what the call has changed is written down."""

    def __init__(self) -> None:
        self.arguments: tuple[Any, ...] = ("", [])

    def __call__(self, *arguments: Any) -> None:
        self.arguments = arguments


Answer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_body(environ: dict[str, Any]) -> dict[str, Any]:
    """The request with its body at hand, so that no slow client holds up the others."""
    from werkzeug.wsgi import get_input_stream

    stream, length = get_input_stream(environ), 0
    body = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # it lives as long as the request
    while piece := stream.read(_PIECE):
        length += len(piece)
        body.write(piece)
    body.seek(0)
    headers = {name: value for name, value in environ.items() if name != "HTTP_TRANSFER_ENCODING"}
    return {**headers, "wsgi.input": body, "CONTENT_LENGTH": str(length), "wsgi.input_terminated": True}


def only_reads(environ: dict[str, Any]) -> bool:
    """Tell whether the name of the operation, or the method of a REST call, says that nothing is changed."""
    name = operation(environ)
    return environ["REQUEST_METHOD"] in ("GET", "HEAD") if name is None else _READS.match(name) is not None


def waits(environ: dict[str, Any]) -> bool:
    """Tell whether the call may wait for other calls."""
    return operation(environ) in _WAITS


def operation(environ: dict[str, Any]) -> str | None:
    """The name of the operation; None for a REST call, which has a path instead."""
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2]
    path = str(environ.get("PATH_INFO", "/"))
    if "/operation/" in path and "HTTP_SMITHY_PROTOCOL" in environ:
        return path.rpartition("/")[2]
    body = environ["wsgi.input"]
    form = _ACTION.search(str(environ.get("QUERY_STRING", "")).encode())
    if form is None and str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        form = _ACTION.search(body.read(_LOOKED_AT))
        body.seek(0)
    return None if form is None else form[1].decode()
