"""Signatures of requests, Signature Version 4, where the server has keys of its own to check them with.

Checked is every call of a service: with a header or presigned, its scope, its age, its headers and, unless S3 says
otherwise, its body. Not checked are the control routes, which have a token, the addresses of environments, and what
nobody signs: public objects of S3, and the calls by which somebody without a key gets one.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from msgspec import Struct

from beanpole import limits
from beanpole.clock import real_now
from beanpole.gateway import scopes
from beanpole.gateway.companion import Application
from beanpole.gateway.refusals import refuse
from beanpole.model import errors

AGE = timedelta(minutes=15)  # by which a signed request may be older or newer than now
MOST_SIGNED = limits.most("state_body")  # the body of a call whose hash is not in a header
_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})\s*"
)
_PRESIGNED = ("Credential", "Date", "SignedHeaders", "Signature")
_SPACES = re.compile(r" +")
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
_OPEN = frozenset({"s3", "sts", "cognito-idp", "cognito-identity"})  # they have calls that nobody signs


class Refused(Exception):
    """Why a request is refused: the code and the message of a query service, the code of S3, and the status."""

    def __init__(self, code: str, message: str, s3: str, status: int = 403) -> None:
        super().__init__(message)
        self.code, self.message, self.s3, self.status = code, message, s3, status


class Signed(Struct, frozen=True):
    """What a request says of its signature."""

    key: str
    scope: str
    at: str
    headers: tuple[str, ...]
    signature: str
    presigned: bool = False


class Signatures:
    """The application before `app` that lets signed requests pass; `keys` has a secret for each access key."""

    def __init__(self, app: Application, keys: Mapping[str, str]) -> None:
        self._app = app
        self._keys = keys

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, or refuse it."""
        service = scopes.service(environ)
        if service in (None, scopes.OURS) and environ.get("PATH_INFO", "/") not in ("", "/"):
            return self._app(environ, start_response)
        if service == scopes.OURS and scopes.is_of_environment(environ):
            return self._app(environ, start_response)
        try:
            self._check(environ, service or scopes.OURS)
        except Refused as refused:
            code = refused.s3 if service == "s3" else refused.code
            return refuse(environ, start_response, service or scopes.OURS, code, refused.message, refused.status)
        return self._app(environ, start_response)

    def _check(self, environ: dict[str, Any], service: str) -> None:
        """Raise Refused unless the request is signed by one of the keys, or is one that nobody signs."""
        signed = _signed(environ)
        if signed is None:
            if service in _OPEN:
                return
            raise _refusal(errors.MissingAuthenticationToken, "AccessDenied")
        secret = self._keys.get(signed.key)
        if secret is None:
            raise _refusal(errors.InvalidClientTokenId, "InvalidAccessKeyId")
        _check_age(environ, signed)
        if not hmac.compare_digest(_signature(environ, signed, secret, service), signed.signature):
            raise _refusal(errors.SignatureDoesNotMatch, "SignatureDoesNotMatch")


def _refusal(error: type[errors.ServiceError], s3: str) -> Refused:
    """A refusal with the code, the sentence and the status of an error, and the code that S3 has for it."""
    return Refused(error.code, error.sentence, s3, error.status)


def _signed(environ: Mapping[str, Any]) -> Signed | None:
    """The signature of a header or of a query; None without one. Raises Refused for one that is not whole."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if authorization:
        found = _HEADER.fullmatch(authorization)
        if found is None:
            raise _incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'.")
        at = str(environ.get("HTTP_X_AMZ_DATE", ""))
        return _of_parts(found["credential"], at, found["headers"], found["signature"])
    if query.get("X-Amz-Algorithm") == _ALGORITHM:
        credential, at, headers, signature = (query.get(f"X-Amz-{name}", "") for name in _PRESIGNED)
        return _of_parts(credential, at, headers, signature, presigned=True)
    if "AWSAccessKeyId" in query or "Signature" in query:
        raise _incomplete("Only Signature Version 4 is accepted.")
    return None


def _of_parts(credential: str, at: str, headers: str, signature: str, presigned: bool = False) -> Signed:
    parts = credential.split("/")
    if len(parts) != 5 or not all(parts) or parts[-1] != "aws4_request":
        raise _incomplete("Credential must have exactly 5 slash-delimited elements.")
    if "host" not in headers.split(";"):
        raise _incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    key, _, rest = credential.partition("/")
    return Signed(key, rest, at, tuple(headers.split(";")), signature, presigned)


def _incomplete(message: str) -> Refused:
    return Refused("IncompleteSignature", message, "AuthorizationHeaderMalformed", 400)


def _check_age(environ: Mapping[str, Any], signed: Signed) -> None:
    """Raise Refused for a request that was signed too long ago, or that is presigned and has expired."""
    try:
        at = datetime.strptime(signed.at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise _incomplete("Authorization header requires existence of a 'X-Amz-Date' header.") from None
    if signed.at[:8] != signed.scope[:8]:
        raise _incomplete("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
    now = datetime.fromtimestamp(real_now() / 1000, UTC)
    lasts = AGE
    if signed.presigned:
        seconds = dict(parse_qsl(environ.get("QUERY_STRING", ""))).get("X-Amz-Expires", "")
        lasts = timedelta(seconds=int(seconds)) if re.fullmatch(r"\d{1,6}", seconds) else timedelta()
        if now > at + lasts:
            raise Refused("RequestExpired", "Request has expired", "AccessDenied")
    if at > now + AGE or (not signed.presigned and at < now - lasts):
        says, bound = ("earlier", now - AGE) if at < now else ("later", now + AGE)
        what = "expired" if at < now else "not yet current"
        message = f"Signature {what}: {signed.at} is now {says} than {bound:%Y%m%dT%H%M%SZ} ({now:%Y%m%dT%H%M%SZ})"
        raise Refused("SignatureDoesNotMatch", message, "RequestTimeTooSkewed")


def _signature(environ: dict[str, Any], signed: Signed, secret: str, service: str) -> str:
    """The signature that the request must have."""
    canonical = "\n".join(
        (
            environ["REQUEST_METHOD"],
            _path(environ, service),
            _query(environ, signed),
            *(f"{name}:{_header(environ, name)}" for name in signed.headers),
            "",
            ";".join(signed.headers),
            _payload(environ, signed, service),
        )
    )
    text = "\n".join((_ALGORITHM, signed.at, signed.scope, sha256(canonical.encode("latin-1")).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (*signed.scope.split("/"), text):
        key = hmac.digest(key, part.encode("latin-1"), "sha256")
    return key.hex()


def _path(environ: Mapping[str, Any], service: str) -> str:
    """The canonical path: as it came for S3, encoded once more for the others."""
    path = str(environ.get("REQUEST_URI") or quote(environ.get("PATH_INFO", "/").encode("latin-1"))).partition("?")[0]
    return path or "/" if service == "s3" else quote(path or "/", safe="/-_.~")


def _query(environ: Mapping[str, Any], signed: Signed) -> str:
    pairs = []
    for part in filter(None, environ.get("QUERY_STRING", "").split("&")):
        name, _, value = part.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    own = "X-Amz-Signature" if signed.presigned else None
    return "&".join(f"{name}={value}" for name, value in sorted(pairs) if name != own)


def _encoded(text: str) -> str:
    """A part of a query, encoded as signatures have it."""
    return quote(unquote(text.replace("+", "%20"), "latin-1").encode("latin-1"), safe="-_.~")


def _header(environ: Mapping[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")
    return _SPACES.sub(" ", str(value).strip())


def _payload(environ: dict[str, Any], signed: Signed, service: str) -> str:
    """The hash of the body. What S3 has signed in a header is compared with the body by whoever stores it."""
    given = str(environ.get("HTTP_X_AMZ_CONTENT_SHA256", ""))
    if service == "s3":
        return given or (_UNSIGNED[0] if signed.presigned else sha256(b"").hexdigest())
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length) > MOST_SIGNED:
        raise Refused("RequestEntityTooLarge", limits.sentence("state_body"), "EntityTooLarge", 413)
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return sha256(body).hexdigest()
