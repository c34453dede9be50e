"""Answers that no application gives: those of the load balancer, of the proxy on an instance, and of DNS."""

from html import escape
from http import HTTPStatus

from msgspec import Struct

from beanpole.model.environment.environment import Environment

Headers = tuple[tuple[str, str], ...]

_PAGE = (
    "<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1></center>\r\n"
    "{foot}</body>\r\n</html>\r\n"
)
_NGINX = "<hr><center>nginx</center>\r\n"
_BALANCER: Headers = (("Server", "awselb/2.0"), ("Content-Type", "text/html"))
PROXY: Headers = (("Server", "nginx"),)
_WORDS = {  # where nginx has others than HTTP
    HTTPStatus.GATEWAY_TIMEOUT: "Gateway Time-out",
    HTTPStatus.METHOD_NOT_ALLOWED: "Not Allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large",
    HTTPStatus.SERVICE_UNAVAILABLE: "Service Temporarily Unavailable",
}


class Answer(Struct, frozen=True):
    """A status line without the protocol, the headers of the answer beside its length, and its body.

    `note` is a line for the proxy's error log.
    """

    status: str
    headers: Headers = ()
    body: bytes = b""
    note: str | None = None

    @property
    def code(self) -> int:
        """The number of the status."""
        return int(self.status[:3])


class Answered(Struct, frozen=True):
    """An answer and the headers that name who gave it."""

    answer: Answer
    headers: Headers = ()


def nothing_in_service(environment: Environment) -> Answer:
    """The answer of the environment's load balancer while no instance is in service.

    A classic load balancer has no page. Where there is none at all, and for the balancers of a network, which refuse
    the connection, the page of an application load balancer stands in (docs/facts.md#traffic).
    """
    balancer = environment.balancer
    if balancer is not None and not balancer.name.startswith("arn:"):
        return Answer("503 Service Unavailable: Back-end server is at capacity")
    line = "503 Service Temporarily Unavailable"
    return Answer(line, _BALANCER, _PAGE.format(line=line, foot="").encode())


def no_proxy() -> Answer:
    """The answer of a load balancer whose instance refuses the connection, since its proxy does not run."""
    line = "502 Bad Gateway"
    return Answer(line, _BALANCER, _PAGE.format(line=line, foot="").encode())


def of_proxy(status: HTTPStatus, *more: tuple[str, str], note: str | None = None) -> Answer:
    """A page of the proxy on an instance."""
    line = f"{status.value} {_WORDS.get(status, status.phrase)}"
    headers = (*PROXY, ("Content-Type", "text/html"), *more)
    return Answer(line, headers, _PAGE.format(line=line, foot=_NGINX).encode(), note)


def of_error(status: int) -> Answer:
    """An answer of an application that fails, by the proxy's page of that status."""
    return of_proxy(HTTPStatus(status))


def unresolved(name: str, why: str) -> Answer:
    """The stand-in for a name that does not resolve."""
    headers = (("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"))
    return Answer("404 Not Found", headers, f"{name} does not resolve: {why}\n".encode())


def page(title: str, paragraphs: tuple[str, ...], line: str | None = None) -> bytes:
    """A page of our own, with a line of code if there is one; all texts are shown as they are."""
    code = "" if line is None else f"<pre>{escape(line)}</pre>\n"
    text = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in paragraphs)
    head = f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
    return f"{head}<body>\n<h1>{escape(title)}</h1>\n{text}{code}</body>\n</html>\n".encode()
