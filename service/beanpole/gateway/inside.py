"""Calls that the service makes of an application of another service, on behalf of an account."""

from io import BytesIO
from typing import Any, NamedTuple

from beanpole.gateway import scopes
from beanpole.gateway.companion import Application, whole

FORM = "application/x-www-form-urlencoded"
_SCOPE = "AWS4-HMAC-SHA256 Credential={}/20260101/{}/{}/aws4_request, SignedHeaders=host, Signature=beanpole"


class Answer(NamedTuple):
    """The status of an answer as a number, and its body."""

    status: int
    body: bytes


def answer(
    application: Application,
    account_id: str,
    service: str,
    body: bytes,
    *,
    method: str = "POST",
    path: str = "/",
    region: str = "us-east-1",
) -> Answer:
    """The answer to a call."""
    statuses: list[int] = []

    def start_response(status: str, *_: Any) -> None:
        statuses.append(int(status.partition(" ")[0]))

    content = whole(application(_environ(account_id, service, body, method, path, region), start_response))
    return Answer(statuses[0], content)


def _environ(account_id: str, service: str, body: bytes, method: str, path: str, region: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/xml" if method == "PUT" else FORM,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": f"{service}.amazonaws.com",
        "HTTP_AUTHORIZATION": _SCOPE.format(account_id, region, service),
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        scopes.SERVICE: service,
    }
