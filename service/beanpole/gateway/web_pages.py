"""Web pages among the errors of a companion: no client can read one, so each becomes an error of the service.

moto's server has one for every path that it does not know, as of an operation of a REST service that it lacks.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from beanpole.gateway.companion import Application
from beanpole.gateway.refusals import refuse

_BEGINNINGS = (b"<!doctype html", b"<html")
_ITS_OWN = frozenset({"s3"})  # a bucket may have pages of its own for errors
_LACKING = "The companion does not implement this call of {service}."


class _Start:
    """The beginning of an answer, held back until its body has been looked at."""

    def __init__(self) -> None:
        self.given: tuple[Any, ...] = ("", [])

    def __call__(self, *given: Any) -> None:
        self.given = given

    @property
    def status(self) -> int:
        return int(self.given[0].partition(" ")[0])

    @property
    def may_be_page(self) -> bool:
        headers = {name.lower(): value for name, value in self.given[1]}
        return self.status >= HTTPStatus.BAD_REQUEST and headers.get("content-type", "").startswith("text/html")


def answer_without_pages(
    application: Application, environ: dict[str, Any], start_response: Callable[..., Any], service: str
) -> Iterable[bytes]:
    """The answer of an application that calls `start_response` before it returns; a page of an error is refused."""
    if service in _ITS_OWN:
        return application(environ, start_response)
    start = _Start()
    pieces = application(environ, start)
    if not start.may_be_page:
        start_response(*start.given)
        return pieces
    try:
        body = b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    if not body.lstrip()[:20].lower().startswith(_BEGINNINGS):
        start_response(*start.given)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
    is_own_fault = start.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    status = HTTPStatus.NOT_IMPLEMENTED if is_own_fault else HTTPStatus.BAD_REQUEST
    return refuse(environ, start_response, service, "NotImplemented", _LACKING.format(service=service), status)
