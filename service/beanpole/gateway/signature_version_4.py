"""Signature Version 4, in a header or presigned (IAM user guide, reference_sigv).

The signature covers the path, the query, the signed headers and the body. The body of a call of S3 is checked while it
is read.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from msgspec import Struct

from beanpole.gateway import payloads, scopes, signing_errors
from beanpole.gateway.access_keys import AccessKey, AccessKeys
from beanpole.gateway.signing_errors import Refused, incomplete
from beanpole.tables import limits

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


class Signed(Struct, frozen=True):
    """The signature of a request and the facts that it covers."""

    key: str
    scope: str
    at: str
    headers: tuple[str, ...]
    signature: str
    presigned: bool = False


def signature_of(environ: Mapping[str, Any]) -> Signed | None:
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


def check(
    environ: dict[str, Any], signed: Signed, service: str, keys: AccessKeys, now: datetime
) -> payloads.Body | None:
    """The body, if it is to be checked while it is read; raises Refused unless one of the keys signed the request."""
    key = keys.signer(environ, signed.key, _token(environ), now)
    _check_age(environ, signed, now)
    signing = _Signing(signed, key)
    payload = _payload(environ, signed, service)
    if not hmac.compare_digest(signing.of_request(environ, service, payload), signed.signature):
        raise signing_errors.differs()
    return _body(environ, signing, payload) if service == "s3" else None


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
