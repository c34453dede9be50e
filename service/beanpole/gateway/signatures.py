"""Signatures of requests, where the server has keys to check them: Version 4, and Version 2 for S3.

Every call of a service is checked: with a header or presigned, its scope, its age, its headers and its body, unless a
header of S3 says that the body is unsigned. Not checked are the control routes, which have a token, the addresses of
environments, and the calls that are unsigned on AWS: reads of public objects of S3, and the calls by which a client
without a key gets one.
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
from beanpole.api.admission import UNSIGNED
from beanpole.clock import real_now
from beanpole.gateway import payloads, posted_forms, scopes, signature_version_2, signing_errors
from beanpole.gateway.access_keys import AccessKey, AccessKeys, Issuer
from beanpole.gateway.companion import Application
from beanpole.gateway.refusals import protocol, refuse
from beanpole.gateway.signing_errors import Refused, incomplete

AGE = timedelta(minutes=15)  # by which a signed request may be older or newer than now
MOST_SIGNED = limits.most("state_body")  # the body of a call whose hash is not in a header
_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})\s*"
)
WEEK = 604_800  # seconds; no presigned request lasts longer
_PRESIGNED = ("Credential", "Date", "SignedHeaders", "Signature")
_SPACES = re.compile(r" +")
_NUMBER = re.compile(r"[0-9]+")
_EMPTY = sha256(b"").hexdigest()
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
_OPEN = frozenset({"sts", "cognito-idp", "cognito-identity"})  # they have unsigned calls
_READS = ("GET", "HEAD", "OPTIONS")


class Signed(Struct, frozen=True):
    """The signature of a request and the facts that it covers."""

    key: str
    scope: str
    at: str
    headers: tuple[str, ...]
    signature: str
    presigned: bool = False


class Signatures:
    """The application before `app` that lets signed requests pass; `keys` has a secret for each access key.

    `names` are the names of this server, to which a bucket may be prefixed, and `issuer` knows more keys.
    """

    def __init__(
        self, app: Application, keys: Mapping[str, str], names: Iterable[str] = (), issuer: Issuer | None = None
    ) -> None:
        self._app = app
        self._keys = AccessKeys(keys, issuer)
        self._names = frozenset(names)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, or refuse it."""
        service = scopes.service(environ)
        if service == scopes.OURS and scopes.is_of_environment(environ):
            return self._app({**environ, UNSIGNED: True}, start_response)
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
        signed = _signed(environ)
        if signed is None:
            if service in _OPEN or (service == "s3" and _reads_an_object(environ)):
                return None
            raise signing_errors.unsigned()
        key = self._keys.signer(environ, signed.key, _token(environ), now)
        _check_age(environ, signed, now)
        signing = _Signing(signed, key)
        payload = _payload(environ, signed, service)
        if not hmac.compare_digest(signing.of_request(environ, service, payload), signed.signature):
            raise signing_errors.differs()
        return _body(environ, signing, payload) if service == "s3" else None

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


def _signed(environ: Mapping[str, Any]) -> Signed | None:
    """The signature in a header or a query; None without one. Raises Refused for an incomplete one."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if authorization:
        parts = _HEADER.fullmatch(authorization)
        if parts is None:
            raise incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'.")
        at = str(environ.get("HTTP_X_AMZ_DATE", ""))
        return _of_parts(parts["credential"], at, parts["headers"], parts["signature"])
    if query.get("X-Amz-Algorithm") == _ALGORITHM:
        credential, at, headers, signature = (query.get(f"X-Amz-{name}", "") for name in _PRESIGNED)
        return _of_parts(credential, at, headers, signature, presigned=True)
    if "AWSAccessKeyId" in query or "Signature" in query:
        raise incomplete("Only Signature Version 4 is accepted.")  # [I]
    return None


def _token(environ: Mapping[str, Any]) -> str:
    """The token that goes with a temporary key."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")) or query.get("X-Amz-Security-Token", "")


def _of_parts(credential: str, at: str, headers: str, signature: str, presigned: bool = False) -> Signed:
    parts = credential.split("/")
    if len(parts) != 5 or not all(parts) or parts[-1] != "aws4_request":
        raise incomplete("Credential must have exactly 5 slash-delimited elements.")
    if "host" not in headers.split(";"):
        raise incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    key, _, rest = credential.partition("/")
    return Signed(key, rest, at, tuple(headers.split(";")), signature, presigned)


def _check_age(environ: Mapping[str, Any], signed: Signed, now: datetime) -> None:
    """Raise Refused for a signature that is too old or too new, and for an expired presigned request."""
    try:
        at = datetime.strptime(signed.at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise incomplete("Authorization header requires existence of a 'X-Amz-Date' header.") from None
    if signed.at[:8] != signed.scope[:8]:
        raise incomplete("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
    if signed.presigned and now > at + _lifetime(environ):
        raise signing_errors.expired()
    if at > now + AGE or (not signed.presigned and at < now - AGE):
        says, bound = ("earlier", now - AGE) if at < now else ("later", now + AGE)
        what = "expired" if at < now else "not yet current"
        message = f"Signature {what}: {signed.at} is now {says} than {bound:%Y%m%dT%H%M%SZ} ({now:%Y%m%dT%H%M%SZ})"
        raise Refused("other_age", message)


def _lifetime(environ: Mapping[str, Any]) -> timedelta:
    """The time for which a presigned request is valid; raises Refused for a time that no service accepts."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    text = query.get("X-Amz-Expires", "")
    if not _NUMBER.fullmatch(text):
        raise signing_errors.bad_lifetime(signing_errors.NO_NUMBER)
    if len(text) > len(str(WEEK)) or int(text) > WEEK:
        raise signing_errors.bad_lifetime(signing_errors.TOO_LONG)
    return timedelta(seconds=int(text))


class _Signing:
    """The key of a request, which signs it and the chunks of its body."""

    def __init__(self, signed: Signed, key: AccessKey) -> None:
        self.signed = signed
        self._key = key.of_scope(signed.scope)

    def __call__(self, text: str) -> str:
        """The signature of a text."""
        return hmac.digest(self._key, text.encode("latin-1", "replace"), "sha256").hex()

    def of_request(self, environ: dict[str, Any], service: str, payload: str) -> str:
        """The signature that the request must have."""
        signed = self.signed
        canonical = "\n".join(
            (
                environ["REQUEST_METHOD"],
                _path(environ, service),
                _query(environ, signed),
                *(f"{name}:{_header(environ, name)}" for name in signed.headers),
                "",
                ";".join(signed.headers),
                payload,
            )
        )
        digest = sha256(canonical.encode("latin-1", "replace")).hexdigest()
        return self("\n".join((_ALGORITHM, signed.at, signed.scope, digest)))


def _path(environ: Mapping[str, Any], service: str) -> str:
    """The canonical path: as the client sent it for S3, encoded once more for other services."""
    path = scopes.target(environ).partition("?")[0]
    return path or "/" if service == "s3" else quote(path or "/", safe="/-_.~")


def _query(environ: Mapping[str, Any], signed: Signed) -> str:
    pairs = []
    for part in filter(None, environ.get("QUERY_STRING", "").split("&")):
        name, _, value = part.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    own = "X-Amz-Signature" if signed.presigned else None
    return "&".join(f"{name}={value}" for name, value in sorted(pairs) if name != own)


def _encoded(text: str) -> str:
    """A part of a query in the encoding of signatures."""
    return quote(unquote(text.replace("+", "%20"), "latin-1").encode("latin-1"), safe="-_.~")


def _header(environ: Mapping[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")
    return _SPACES.sub(" ", str(value).strip())


def _payload(environ: dict[str, Any], signed: Signed, service: str) -> str:
    """The hash of the body in the signature; for S3 the value of a header, which `_body` compares with the body."""
    hash_header = str(environ.get("HTTP_X_AMZ_CONTENT_SHA256", ""))
    if service == "s3":
        return hash_header or (_UNSIGNED[0] if signed.presigned else _EMPTY)
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length) > MOST_SIGNED:
        raise Refused("too_large")
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return sha256(body).hexdigest()


def _body(environ: Mapping[str, Any], signing: _Signing, payload: str) -> payloads.Body | None:
    """The body of a call of S3 that is checked while it is read; None for an unsigned body."""
    if payload in _UNSIGNED:
        return None
    length = str(environ.get("CONTENT_LENGTH") or "0")
    signed = signing.signed
    check: payloads.Check
    if payload in (payloads.CHUNKED, payloads.WITH_TRAILER):
        has_trailer = payload == payloads.WITH_TRAILER
        check = payloads.ByChunk(signing, signed.at, signed.scope, signed.signature, has_trailer)
    else:
        check = payloads.ByHash(payload)
    return payloads.Body(environ["wsgi.input"], int(length) if length.isdecimal() else 0, check)
