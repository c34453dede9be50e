"""The parts of a Signature Version 4 as a header or a query has them: which must be there, and in which form.

Of all that is wrong with a signature, this is what a service says before it looks at the key.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct

from beanpole.gateway import signature_part_errors as part_errors
from beanpole.gateway.signing_errors import incomplete

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
_COMPONENTS = ("Credential", "Signature", "SignedHeaders")
_OF_QUERY = ("Credential", "Signature", "SignedHeaders", "Date")
_BASIC = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SPACES_OF_PAIRS = re.compile(r"[\s,]+")


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
    if authorization:
        return _of_header(environ, authorization)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        return _of_query(query)
    if "AWSAccessKeyId" in query or "Signature" in query:
        raise incomplete("Only Signature Version 4 is accepted.")  # [I]
    return None


def _of_header(environ: Mapping[str, Any], authorization: str) -> Signed:
    algorithm, _, rest = authorization.strip().partition(" ")
    pairs = [part.partition("=") for part in _SPACES_OF_PAIRS.split(rest.strip(" ,")) if part]
    digest = b64encode(sha256(authorization.encode("latin-1", "replace")).digest()).decode()
    if not all(sign for _, sign, _ in pairs):
        raise part_errors.not_of_version_4(part_errors.NO_PAIR.format(digest=digest))
    if algorithm != ALGORITHM and algorithm.startswith("AWS4"):
        raise part_errors.not_of_version_4(part_errors.OTHER_ALGORITHM.format(algorithm=algorithm))
    values = {name: value for name, _, value in pairs}
    missing = [part_errors.NEEDS_PART.format(name=name) for name in _COMPONENTS if not values.get(name)]
    at = str(environ.get("HTTP_X_AMZ_DATE", "")) or str(environ.get("HTTP_DATE", ""))
    if not at:
        missing.append(part_errors.NEEDS_DATE)
    if missing:
        raise part_errors.missing_in_header(missing, digest, has_parts=all(map(values.get, _COMPONENTS)))
    credential, signature, headers = (values[name] for name in _COMPONENTS)
    return _checked(credential, signature, headers, at)


def _of_query(query: Mapping[str, str]) -> Signed:
    if not all(query.get(f"X-Amz-{name}") for name in ("Algorithm", *_OF_QUERY)):
        names = [name for name in ("Algorithm", *_OF_QUERY) if not query.get(f"X-Amz-{name}")]
        raise part_errors.missing_in_query(names)
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise part_errors.bad_algorithm(query["X-Amz-Algorithm"])
    credential, signature, headers, at = (query[f"X-Amz-{name}"] for name in _OF_QUERY)
    return _checked(credential, signature, headers, at, presigned=True)


def _checked(credential: str, signature: str, headers: str, at: str, presigned: bool = False) -> Signed:
    """The signature of these parts; raises Refused for a credential, a date or headers that cannot be right."""
    parts = credential.split("/")
    if len(parts) != 5 or not all(parts):
        raise part_errors.bad_credential(credential, presigned)
    if not _BASIC.fullmatch(at):
        raise part_errors.bad_date(at, presigned)
    key, date, _, _, terminator = parts
    if terminator != TERMINATOR:
        raise part_errors.other_terminator(terminator, presigned)
    if at[:8] != date:
        raise part_errors.other_date(date, at, presigned)
    names = tuple(headers.split(";"))
    if "host" not in names:
        raise part_errors.host_unsigned()
    return Signed(key, credential.removeprefix(f"{key}/"), at, names, signature, presigned)
