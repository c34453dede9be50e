"""The log files of instances as objects of the account's bucket: a GET of a presigned S3 URL, with S3's errors.

The signature in the URL is enough to read a file; neither a credential nor a control token is needed.
"""

from email.utils import formatdate
from functools import partial
from hmac import compare_digest
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

from flask import Blueprint, Response, abort, request

from beanpole.catalog.catalog import Catalog
from beanpole.machine import entropy
from beanpole.machine.clock import real_now
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.logs import log_links
from beanpole.store.store import Store
from beanpole.wire.xml import escape

RULE = f"/<bucket>/{log_links.FOLDER}/<info_type>/<environment_id>/<instance_id>/<name>"


class Refusal(NamedTuple):
    """One of S3's errors."""

    status: HTTPStatus
    code: str
    message: str


UNSIGNED = Refusal(HTTPStatus.FORBIDDEN, "AccessDenied", "Access Denied")
EXPIRED = Refusal(HTTPStatus.FORBIDDEN, "AccessDenied", "Request has expired")
NO_SUCH_KEY = Refusal(HTTPStatus.NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
WRONG_SIGNATURE = Refusal(
    HTTPStatus.FORBIDDEN,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
)


def logs(store: Store, catalog: Catalog) -> Blueprint:
    """The route of the log files; a bucket that is not an account's is answered as an unknown path."""
    blueprint = Blueprint("logs", __name__)
    view = partial(_fetch, store, catalog)
    blueprint.add_url_rule(RULE, "fetch", view, methods=["GET", "HEAD"], provide_automatic_options=False)
    return blueprint


def _fetch(
    store: Store, catalog: Catalog, bucket: str, info_type: str, environment_id: str, instance_id: str, name: str
) -> Response:
    owner = log_links.bucket_owner(bucket)
    if owner is None:
        abort(HTTPStatus.NOT_FOUND)
    world = store.world(owner.account_id, owner.region)
    info = world.environment_info(environment_id, info_type)
    refusal = _refusal(store, owner.account_id, info, name)
    if refusal is not None or info is None:
        return _error_document(refusal or NO_SUCH_KEY)
    from beanpole.api import log_contents  # with the first log file that is read, so that the server starts soon

    content = log_contents.content(store, world, catalog, info, instance_id)
    if content is None:
        return _error_document(NO_SUCH_KEY)
    modified = formatdate(info.sampled_at / 1000, usegmt=True)
    return Response(content, 200, {"Content-Type": log_links.CONTENT_TYPES[info.info_type], "Last-Modified": modified})


def _refusal(store: Store, account_id: str, info: EnvironmentInfo | None, name: str) -> Refusal | None:
    """The refusal of an unsigned request, an unknown sample, a wrong signature or an expired URL; None for others."""
    signature = request.args.get("X-Amz-Signature")
    if signature is None:
        return UNSIGNED
    if info is None or name != log_links.file_name(info):
        return NO_SUCH_KEY
    if not compare_digest(signature.encode(), info.secret.encode()):
        return WRONG_SIGNATURE
    return EXPIRED if store.clocks.get(account_id).now(real_now()) >= log_links.expires(info) else None


def _error_document(refusal: Refusal) -> Response:
    """S3's error document."""
    request_id = entropy.request_id()
    members = {
        "Code": refusal.code,
        "Message": refusal.message,
        "Key": quote(request.path.removeprefix("/").partition("/")[2]),
        "RequestId": request_id,
        "HostId": "beanpole",
    }
    elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{elements}</Error>'
    return Response(body, refusal.status, {"Content-Type": "application/xml", "x-amz-request-id": request_id})
