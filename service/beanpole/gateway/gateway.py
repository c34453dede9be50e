"""The table of contents of every request: our API, a neighbour of it, or the companion.

The gateway stands before the WSGI application of the API, and reads no body. Requests for other services are admitted
by the rules of our own routes: no foreign page, and no foreign Host.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any

from beanpole.api import admission
from beanpole.gateway import identity, scopes
from beanpole.gateway.companion import Application, Companion
from beanpole.gateway.refusals import refuse
from beanpole.tables import limits

StartResponse = Callable[..., Any]

PEEKED = limits.most("unsigned_form")
_CALLS = BoundedSemaphore(limits.most("companion_calls"))
_STS_VERSION = b"Version=2011-06-15"
_RESET = "/_beanpole/reset"
ALONE = (
    "beanpole answers Elastic Beanstalk, and no companion answers {service}: install 'beanpole[companions]', "
    "or start it with --companion URL."
)


def answer_before(
    app: Any,
    companion: Companion,
    neighbours: Mapping[str, Application] | None = None,
    allowed_hosts: Collection[str] = (),
) -> None:
    """Put a gateway before an app of Flask, which then gets only the requests for Elastic Beanstalk.

    `neighbours` has applications by the signing names of their services, such as `ec2`. They come before the companion.
    """
    app.wsgi_app = Gateway(app.wsgi_app, companion, neighbours or {}, allowed_hosts)


class Gateway:
    """The application before `ours`."""

    def __init__(
        self,
        ours: Application,
        companion: Companion,
        neighbours: Mapping[str, Application],
        allowed_hosts: Collection[str] = (),
    ) -> None:
        self._ours = ours
        self._companion = companion
        self._neighbours = neighbours
        self._allowed_hosts = allowed_hosts

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request to the application of its service, or refuse it."""
        service = scopes.service(environ) or self._of_form(environ)
        if service == scopes.OURS:
            return self._ours(_resetting(environ), start_response)
        refusal = admission.refusal(environ, self._allowed_hosts, of_services=True)
        if refusal is not None:
            return refuse(environ, start_response, service, "AccessDenied", refusal, 403)
        application = self._neighbours.get(service) or self._companion.application(service)
        if application is None and service == "sts":
            application = identity.answer
        if application is None:
            return refuse(environ, start_response, service, "NotImplemented", ALONE.format(service=service))
        return _bounded(application, environ, start_response, service)

    def _of_form(self, environ: dict[str, Any]) -> str:
        """The service of an unsigned request, by its form: a request with a path reads a public object of S3."""
        signed = environ.get("HTTP_AUTHORIZATION")
        if not signed and environ.get("PATH_INFO", "/") not in ("", "/") and self._companion.application("s3"):
            return "s3"
        return "sts" if not signed and _is_sts_form(environ) else scopes.OURS


def _bounded(
    application: Application, environ: dict[str, Any], start_response: StartResponse, service: str
) -> Iterable[bytes]:
    """The answer of another application. Each call holds a thread, so the number of calls at once is bounded."""
    if not _CALLS.acquire(blocking=False):
        return refuse(environ, start_response, service, "ServiceUnavailable", limits.sentence("companion_calls"), 503)
    environ[scopes.SERVICE] = service
    try:
        answer = application(environ, start_response)
    except BaseException:
        _CALLS.release()
        raise
    return _CountedAnswer(answer)


class _CountedAnswer:
    """An answer that counts as a call in progress until the server closes it."""

    def __init__(self, answer: Iterable[bytes]) -> None:
        self._answer = answer
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Close the answer, once."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            _CALLS.release()


def _resetting(environ: dict[str, Any]) -> dict[str, Any]:
    """The request, where a reset of moto becomes one of ours, with its token and its checks; moto ignores the body."""
    if environ.get("PATH_INFO") == scopes.RESET and environ["REQUEST_METHOD"] == "POST":
        return {**environ, "PATH_INFO": _RESET, "CONTENT_TYPE": "application/json"}
    return environ


def _is_sts_form(environ: dict[str, Any]) -> bool:
    """Tell whether an unsigned form is a call of STS, as AssumeRoleWithWebIdentity; its body is read and put back."""
    form = str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not form or environ["REQUEST_METHOD"] != "POST" or not length.isdecimal() or not 0 < int(length) <= PEEKED:
        return False
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return _STS_VERSION in body
