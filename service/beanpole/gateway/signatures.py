"""Signatures of requests, where the server has keys to check them: Version 4, and Version 2 for S3.

Every call of a service is checked: with a header or presigned, its scope, its age, its headers and its body, unless a
header of S3 says that the body is unsigned. Not checked are the control routes, which have a token, the addresses of
environments, and the calls that are unsigned on AWS: reads of public objects of S3, and the calls by which a client
without a key gets one.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from beanpole.api.admission import UNSIGNED
from beanpole.caller.credential import ControlAccess
from beanpole.gateway import (
    payloads,
    posted_forms,
    scopes,
    signature_parts,
    signature_version_2,
    signature_version_4,
    signing_errors,
)
from beanpole.gateway.access_keys import AccessKeys, Issuer
from beanpole.gateway.companion import Application
from beanpole.gateway.refusals import protocol, refuse
from beanpole.gateway.signing_errors import Refused
from beanpole.machine.clock import real_now

_OPEN = frozenset({"sts", "cognito-idp", "cognito-identity"})  # they have unsigned calls
_READS = ("GET", "HEAD", "OPTIONS")


class Signatures:
    """The application before `app` that lets signed requests pass; `keys` has a secret for each access key.

    `names` are the names of this server, to which a bucket may be prefixed, and `issuer` knows more keys. A call of
    Elastic Beanstalk passes without a signature, too, if its caller says so and has `access` to the control routes.
    """

    def __init__(
        self,
        app: Application,
        keys: Mapping[str, str],
        names: Iterable[str] = (),
        issuer: Issuer | None = None,
        access: ControlAccess | None = None,
    ) -> None:
        self._app = app
        self._keys = AccessKeys(keys, issuer)
        self._names = frozenset(names)
        self._access = access

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, or refuse it."""
        service = scopes.service(environ)
        if service == scopes.OURS and scopes.is_of_environment(environ):
            return self._app({**environ, UNSIGNED: True}, start_response)
        if service == scopes.OURS and self._access is not None and self._access.is_called_by(environ):
            return self._app(environ, start_response)
        if service == scopes.OURS and environ.get("PATH_INFO", "/") not in ("", "/"):
            return self._app(environ, start_response)
        if service is None:  # an unsigned path is that of an object
            service = scopes.OURS if environ.get("PATH_INFO", "/") in ("", "/") else "s3"
        try:
            now = datetime.fromtimestamp(real_now() / 1000, UTC)
            if service == "s3" and posted_forms.is_posted(environ):
                with posted_forms.check(environ, self._keys, self._names, now):
                    return self._app(environ, start_response)
            body = self._check(environ, service, now)
            return self._app(environ, start_response) if body is None else self._read(environ, start_response, body)
        except Refused as refused:
            error = refused.error(protocol(environ, service))
            return refuse(environ, start_response, service, error.code, error.sentence or "", error.status)

    def _check(self, environ: dict[str, Any], service: str, now: datetime) -> payloads.Body | None:
        """The body, if it is to be checked while it is read.

        Raises Refused unless one of the keys signed the request, or the request needs no signature.
        """
        if service == "s3" and signature_version_2.is_signed(environ):
            signature_version_2.check(environ, self._keys, self._names, now)
            return None
        signed = signature_parts.signature_of(environ)
        if signed is not None:
            return signature_version_4.check(environ, signed, service, self._keys, now)
        if service in _OPEN or (service == "s3" and _reads_an_object(environ)):
            return None
        raise signing_errors.unsigned()

    def _read(
        self, environ: dict[str, Any], start_response: Callable[..., Any], body: payloads.Body
    ) -> Iterable[bytes]:
        """The answer to a request whose body is checked while the application reads it.

        If the body is refused, the refusal is the answer, whatever the application answers.
        """
        begun: list[tuple[Any, ...]] = []
        is_judged = False

        def hold(*line: Any) -> Any:
            if is_judged:
                return start_response(*line)
            begun.append(line)
            return lambda _: None

        answer: Iterable[bytes] = ()
        try:
            answer = self._app({**environ, "wsgi.input": body}, hold)
        finally:
            is_judged = True
            if body.refusal is not None:
                getattr(answer, "close", lambda: None)()
                raise body.refusal
        if begun:
            start_response(*begun[-1])
        return answer


def _reads_an_object(environ: Mapping[str, Any]) -> bool:
    """Tell whether an unsigned request can only be a read of S3, or of the keys of a user pool.

    A companion that is moto takes the service from a target, a body, or a path of the form SERVICE_REGION; no bucket
    has an underscore in its name.
    """
    path = str(environ.get("PATH_INFO", "/"))
    is_bare = str(environ.get("CONTENT_LENGTH") or "0") == "0" and "HTTP_X_AMZ_TARGET" not in environ
    is_of_pool = "/.well-known/" in path
    is_bucket = "_" not in path.strip("/").partition("/")[0]
    return environ["REQUEST_METHOD"] in _READS and is_bare and (is_bucket or is_of_pool)
