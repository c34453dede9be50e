"""The instance profiles and the roles of an account, as the companion's IAM knows them."""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from beanpole.gateway import scopes
from beanpole.gateway.companion import Application, Companion

_SCOPE = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=beanpole"


LINKED = "AWSServiceRoleFor"  # begins the names of roles that a service makes for itself


def instance_profiles(companion: Companion) -> Callable[[str, str], bool] | None:
    """A function that tells whether an account has an instance profile of a name; None without IAM."""
    iam = companion.application("iam")
    if iam is None:
        return None
    return lambda account_id, name: _has(iam, account_id, "GetInstanceProfile", InstanceProfileName=name)


def service_roles(companion: Companion) -> Callable[[str, str], bool] | None:
    """A function that tells whether an account has a role of a name; None without IAM."""
    iam = companion.application("iam")
    if iam is None:
        return None
    return lambda account_id, name: name.startswith(LINKED) or _has(iam, account_id, "GetRole", RoleName=name)


def _has(iam: Application, account_id: str, action: str, **parameters: str) -> bool:
    """Tell whether a role or profile may exist: only a 404 of IAM denies it."""
    form = urlencode({"Action": action, "Version": "2010-05-08", **parameters}).encode()
    statuses: list[int] = []

    def start_response(status: str, *_: Any) -> None:
        statuses.append(int(status.partition(" ")[0]))

    answer = iam(_environ(account_id, form), start_response)
    try:
        b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    return statuses[0] != HTTPStatus.NOT_FOUND


def _environ(account_id: str, form: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(form)),
        "HTTP_HOST": "iam.amazonaws.com",
        "HTTP_AUTHORIZATION": _SCOPE.format(account_id),
        "wsgi.input": BytesIO(form),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        scopes.SERVICE: "iam",
    }
