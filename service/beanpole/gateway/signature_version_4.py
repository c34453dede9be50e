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

from beanpole.gateway import payloads, scopes, signing_errors
from beanpole.gateway import signature_part_errors as part_errors
from beanpole.gateway.access_keys import AccessKey, AccessKeys
from beanpole.gateway.signature_parts import ALGORITHM, Signed
from beanpole.gateway.signing_errors import Refused
from beanpole.tables import limits

AGE = timedelta(minutes=15)  # by which a signed request may be older or newer than now
AGES: dict[str, timedelta] = dict.fromkeys(  # services that take less (docs/facts.md#signatures)
    ("cloudformation", "ecs", "elasticbeanstalk", "elasticloadbalancing", "kinesis", "lambda"), timedelta(minutes=5)
)
MOST_SIGNED = limits.most("state_body")  # the body of a call whose hash is not in a header
WEEK = 604_800  # seconds; no presigned request lasts longer
_SPACES = re.compile(r" +")
_NUMBER = re.compile(r"-?[0-9]+")
_EMPTY = sha256(b"").hexdigest()
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")


def check(
    environ: dict[str, Any], signed: Signed, service: str, keys: AccessKeys, now: datetime
) -> payloads.Body | None:
    """The body, if it is to be checked while it is read; raises Refused unless one of the keys signed the request."""
    key = keys.signer(environ, signed.key, _token(environ), now)
    _check_age(environ, signed, service, now)
    signing = _Signing(signed, key)
    payload = _payload(environ, signed, service)
    expected = signing.of_request(environ, service, payload)
    if not hmac.compare_digest(expected.encode(), signed.signature.encode()):
        raise signing_errors.differs()
    return _body(environ, signing, payload) if service == "s3" else None


def _token(environ: Mapping[str, Any]) -> str:
    """The token that goes with a temporary key."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")) or query.get("X-Amz-Security-Token", "")


def _check_age(environ: Mapping[str, Any], signed: Signed, service: str, now: datetime) -> None:
    """Raise Refused for a signature that is too old or too new, and for an expired presigned request."""
    try:
        at = datetime.strptime(signed.at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise part_errors.bad_date(signed.at, signed.presigned) from None
    age = AGES.get(service, AGE)
    if signed.presigned and now > at + _lifetime(environ, service, age):
        raise signing_errors.expired()
    if at > now + age:
        raise part_errors.too_new(signed.at, now, age, signed.presigned)
    if not signed.presigned and at < now - age:
        raise part_errors.too_old(signed.at, now, age)


def _lifetime(environ: Mapping[str, Any], service: str, default: timedelta) -> timedelta:
    """The time for which a presigned request is valid; raises Refused for a time that no service accepts.

    S3 needs it, the others have a default [I].
    """
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    text = query.get("X-Amz-Expires")
    if text is None:
        if service == "s3":
            raise part_errors.missing_in_query(["Expires"])
        return default
    if not _NUMBER.fullmatch(text):
        raise signing_errors.bad_lifetime(signing_errors.NO_NUMBER)
    if text.startswith("-"):
        raise signing_errors.bad_lifetime(signing_errors.NEGATIVE)
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
        return self("\n".join((ALGORITHM, signed.at, signed.scope, digest)))


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
