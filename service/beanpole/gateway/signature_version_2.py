"""Signature Version 2 of S3, in a header or presigned: the default of boto3 for presigned addresses.

No other service is called with it here (Amazon S3 developer guide, RESTAuthentication).
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from beanpole.gateway import scopes
from beanpole.gateway.access_keys import AccessKeys
from beanpole.gateway.signing_errors import Refused, differs, expired, incomplete

AGE = timedelta(minutes=15)
_HEADER = re.compile(r"AWS (?P<key>[^:\s]{1,128}):(?P<signature>[A-Za-z0-9+/=]{1,64})")
_NUMBER = re.compile(r"[0-9]{1,12}")

# The parts of a query that belong to the resource, beside those that override headers of the answer.
_OF_RESOURCE = frozenset(
    (
        *("accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location"),
        *("logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment"),
        *("restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId"),
        *("versioning", "versions", "website"),
    )
)
_OVERRIDE = "response-"


def is_signed(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request has a signature of this version, complete or not."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return str(environ.get("HTTP_AUTHORIZATION", "")).startswith("AWS ") or "AWSAccessKeyId" in query


def check(environ: dict[str, Any], keys: AccessKeys, names: frozenset[str], now: datetime) -> None:
    """Raise Refused unless one of the keys signed the request; a bucket may be prefixed to one of `names`."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    if authorization:
        parts = _HEADER.fullmatch(authorization)
        if parts is None:
            raise incomplete("AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")
        key, signature, date = parts["key"], parts["signature"], _signed_date(environ, now)
    else:
        key, signature, date = query.get("AWSAccessKeyId", ""), query.get("Signature", ""), query.get("Expires", "")
        if not signature or not date:
            message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
            raise Refused("not_of_s3", message)
        if not _NUMBER.fullmatch(date):
            raise Refused("not_of_s3", f"Invalid date (should be seconds since epoch): {date}")
    token = str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")) or query.get("x-amz-security-token", "")
    signer = keys.signer(environ, key, token, now)
    if not authorization and now.timestamp() > int(date):
        raise expired()
    text = _text(environ, query if not authorization else {}, date, names)
    expected = b64encode(hmac.digest(signer.secret.encode(), text.encode("latin-1", "replace"), "sha1")).decode()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise differs()


def _signed_date(environ: Mapping[str, Any], now: datetime) -> str:
    """The date that a header signs; Amazon's own header replaces the usual one. Raises Refused."""
    of_amazon = str(environ.get("HTTP_X_AMZ_DATE", ""))
    text = of_amazon or str(environ.get("HTTP_DATE", ""))
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    except (ValueError, TypeError, OverflowError):
        message = "AWS authentication requires a valid Date or x-amz-date header"
        raise Refused("not_of_s3", message) from None
    if abs(at - now) > AGE:
        raise Refused("other_age")
    return "" if of_amazon else text


def _text(environ: Mapping[str, Any], query: Mapping[str, str], date: str, names: frozenset[str]) -> str:
    """The text to sign; headers that a presigned address names count as if they had been sent."""
    values = {name.lower(): value for name, value in query.items()}
    md5 = str(environ.get("HTTP_CONTENT_MD5", "") or values.get("content-md5", ""))
    kind = str(environ.get("CONTENT_TYPE", "") or values.get("content-type", ""))
    headers = dict(_of_amazon(environ))
    headers |= {name: value for name, value in values.items() if name.startswith("x-amz-") and name not in headers}
    lines = [f"{name}:{value}" for name, value in sorted(headers.items())]
    return "\n".join((environ["REQUEST_METHOD"], md5, kind, date, *lines, _resource(environ, names)))


def _of_amazon(environ: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        if key.startswith("HTTP_X_AMZ_"):
            yield key.removeprefix("HTTP_").replace("_", "-").lower(), " ".join(str(value).split())


def _resource(environ: Mapping[str, Any], names: frozenset[str]) -> str:
    """The path with the bucket, as the client sent it, and the parts of the query that belong to the resource."""
    path = scopes.target(environ).partition("?")[0]
    bucket = scopes.bucket_of_host(environ, names)
    parts = []
    for part in filter(None, environ.get("QUERY_STRING", "").split("&")):
        name, sign, value = part.partition("=")
        if name in _OF_RESOURCE or name.startswith(_OVERRIDE):
            parts.append((name, f"={unquote(value, 'latin-1')}" if sign else ""))
    written = "&".join(name + value for name, value in sorted(parts, key=lambda pair: pair[0]))
    return (f"/{bucket}{path}" if bucket else path or "/") + (f"?{written}" if written else "")
