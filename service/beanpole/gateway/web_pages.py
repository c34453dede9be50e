"""Web pages as errors of a companion: no client can read one, so each becomes an error of the service.

moto's server answers with a page for every path that it does not know, such as an operation that it lacks.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from beanpole.gateway.companion import Application, whole
from beanpole.gateway.refusals import refuse

_BEGINNINGS = (b"<!doctype html", b"<html")
_WITH_PAGES = frozenset({"s3"})  # a bucket may have pages of its own for errors
_LACKING = "The companion does not implement this call of {service}."


class _Start:
    """The status line and headers of an answer, kept until its body is known."""

    def __init__(self) -> None:
        self.line: tuple[Any, ...] = ("", [])

    def __call__(self, *line: Any) -> None:
        self.line = line

    @property
    def status(self) -> int:
        return int(self.line[0].partition(" ")[0])

    @property
    def may_be_page(self) -> bool:
        headers = {name.lower(): value for name, value in self.line[1]}
        return self.status >= HTTPStatus.BAD_REQUEST and headers.get("content-type", "").startswith("text/html")


def answer_without_pages(
    application: Application, environ: dict[str, Any], start_response: Callable[..., Any], service: str
) -> Iterable[bytes]:
    """The answer of an application that calls `start_response` before it returns, without pages of errors."""
    if service in _WITH_PAGES:
        return application(environ, start_response)
    start = _Start()
    pieces = application(environ, start)
    if not start.may_be_page:
        start_response(*start.line)
        return pieces
    body = whole(pieces)
    if not body.lstrip()[:20].lower().startswith(_BEGINNINGS):
        start_response(*start.line)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
    is_own_fault = start.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    status = HTTPStatus.NOT_IMPLEMENTED if is_own_fault else HTTPStatus.BAD_REQUEST
    return refuse(environ, start_response, service, "NotImplemented", _LACKING.format(service=service), status)
