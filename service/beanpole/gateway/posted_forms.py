"""Forms that are posted to a bucket of S3: the policy in them is signed, by Version 4 or 2, and not the request.

boto3's `generate_presigned_post` makes such forms (Amazon S3 API reference, Authenticating Requests in Browser-Based
Uploads Using POST).
"""

import hmac
import os
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from io import RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from msgspec import Struct
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import parse_form_data

from beanpole.gateway import post_policies, scopes
from beanpole.gateway.access_keys import AccessKeys
from beanpole.gateway.signing_errors import Error, Refused, bad_lifetime, cut_off, differs, unsigned
from beanpole.tables import limits

_MOST_FIELDS = limits.most("post_fields")
_MOST = limits.most("companion_body")
_PARTS = 1000  # more than any form has that S3 takes [I]
_IN_MEMORY = 1 << 20  # bytes of a body, and of a field and its piece while the form is read
_PIECE = 1 << 16
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
_FILENAME = "${filename}"


class _Counter(RawIOBase):
    """A file that has nothing but its size."""

    size = 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset


class Form(Struct, frozen=True):
    """The fields of a form, by names in lower case, and the size of its file."""

    fields: Mapping[str, str]
    size: int


def is_posted(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request posts a form to a bucket, without a signature of its own.

    A query would make another operation of it, as `?delete`.
    """
    is_form = str(environ.get("CONTENT_TYPE", "")).lower().startswith("multipart/form-data")
    is_signed = bool(environ.get("HTTP_AUTHORIZATION") or environ.get("QUERY_STRING"))
    return environ["REQUEST_METHOD"] == "POST" and is_form and not is_signed


def check(environ: dict[str, Any], keys: AccessKeys, names: frozenset[str], now: datetime) -> IO[bytes]:
    """The body, read and put back; raises Refused unless one of the keys signed the policy, and the form fulfils it.

    A bucket may be prefixed to one of `names`.
    """
    bucket, body = _bucket(environ, names), _read(environ)
    try:
        environ["wsgi.input"] = body
        _check(environ, keys, bucket, now)
        body.seek(0)
    except BaseException:
        body.close()
        raise
    return body


def _check(environ: dict[str, Any], keys: AccessKeys, bucket: str, now: datetime) -> None:
    form = _form(environ)
    policy = form.fields.get("policy")
    if policy is None:
        raise unsigned()
    _check_signature(environ, keys, form.fields, policy, now)
    post_policies.check(policy, {**form.fields, "bucket": bucket}, form.size, now)


def _bucket(environ: Mapping[str, Any], names: frozenset[str]) -> str:
    """The bucket to which a form is posted; raises Refused for a form that is posted to an object."""
    bucket, path = scopes.bucket_of_host(environ, names), str(environ.get("PATH_INFO", "/")).strip("/")
    name = path if bucket is None else bucket
    if (bucket and path) or not _BUCKET.fullmatch(name):
        raise unsigned()
    return name


def _read(environ: Mapping[str, Any]) -> IO[bytes]:
    """The body in a temporary file, so that it can be read twice."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not length.isdecimal():
        raise Refused(Error("MissingContentLength", 411, "You must provide the Content-Length HTTP header."))
    if len(length) > len(str(_MOST)) or int(length) > _MOST:
        raise Refused("too_large")
    body, left = SpooledTemporaryFile(_IN_MEMORY), int(length)  # noqa: SIM115  # the caller closes it
    while left and (piece := environ["wsgi.input"].read(min(left, _PIECE))):
        left -= body.write(piece)
    if left:
        body.close()
        raise cut_off()
    body.seek(0)
    return body


def _form(environ: dict[str, Any]) -> Form:
    """The form in a body, which has exactly one file, as a part or as a field; raises Refused for any other."""
    pairs, uploads = _parsed(environ)
    if sum(len(name) + len(value) for name, value in pairs) > _MOST_FIELDS:
        raise _too_many()
    fields = {name.lower(): value for name, value in pairs}
    names_of_files = [*(name for name, _ in uploads), *({"file"} & fields.keys())]
    if len(fields) < len(pairs) or names_of_files != ["file"]:
        message = "POST requires exactly one file upload per request."
        raise Refused(Error("IncorrectNumberOfFilesInPostRequest", 400, message))
    if not uploads:
        return Form(fields, len(fields["file"].encode()))
    upload = uploads[0][1]
    if "key" in fields:
        fields["key"] = fields["key"].replace(_FILENAME, os.path.basename(upload.filename or ""))
    return Form(fields, upload.stream.size)  # type: ignore[attr-defined]  # it is a _Counter


def _parsed(environ: dict[str, Any]) -> tuple[list[tuple[str, str]], list[tuple[str, FileStorage]]]:
    """The texts and the files of a body, by name."""
    try:
        _, texts, files = parse_form_data(
            dict(environ),
            lambda *_, **__: cast(IO[bytes], _Counter()),
            max_form_memory_size=_IN_MEMORY,
            max_form_parts=_PARTS,
            silent=False,
        )
    except RequestEntityTooLarge:
        raise _too_many() from None
    except ValueError:
        message = "The body of your POST request is not well-formed multipart/form-data."
        raise Refused(Error("MalformedPOSTRequest", 400, message)) from None
    return list(texts.items(multi=True)), list(files.items(multi=True))


def _check_signature(
    environ: dict[str, Any], keys: AccessKeys, fields: Mapping[str, str], policy: str, now: datetime
) -> None:
    token = fields.get("x-amz-security-token", "")
    signature = fields.get("x-amz-signature")
    if signature is None:
        if "awsaccesskeyid" not in fields or "signature" not in fields:
            raise unsigned()
        key = keys.signer(environ, fields["awsaccesskeyid"], token, now)
        expected = b64encode(hmac.digest(key.secret.encode(), policy.encode(), "sha1")).decode()
        signature = fields["signature"]
    else:
        key_id, _, scope = fields.get("x-amz-credential", "").partition("/")
        is_whole = scope.count("/") == 3 and scope.endswith("/s3/aws4_request")
        if fields.get("x-amz-algorithm") != _ALGORITHM or not is_whole or not _SIGNATURE.fullmatch(signature):
            raise bad_lifetime("The fields of the signature are incomplete or malformed.")
        key = keys.signer(environ, key_id, token, now)
        expected = hmac.digest(key.of_scope(scope), policy.encode(), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise differs()


def _too_many() -> Refused:
    return Refused(Error("MaxPostPreDataLengthExceeded", 400, limits.sentence("post_fields")))
