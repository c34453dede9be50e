"""Errors in the protocol of the service that was called, as its clients read them.

The protocol follows from how the client calls: a JSON client sends a target, a CBOR client its protocol, a query client
a form to the root; other requests have paths and are REST, with XML for a few services.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Literal

from beanpole.gateway.scopes import OURS, Environ
from beanpole.machine import clock, entropy
from beanpole.wire import query
from beanpole.wire.xml import escape

StartResponse = Callable[..., Any]
Protocol = Literal["ours", "s3", "cbor", "json", "ec2", "query", "rest-json"]  # ours: the JSON of Elastic Beanstalk

_REST_XML = frozenset({"s3", "s3-object-lambda", "s3-outposts", "s3express"})
_REST_XML_ENVELOPED = frozenset({"cloudfront", "route53"})
_STATUSES = {
    400: "400 Bad Request",
    401: "401 Unauthorized",
    403: "403 Forbidden",
    411: "411 Length Required",
    413: "413 Content Too Large",
    500: "500 Internal Server Error",
    501: "501 Not Implemented",
    503: "503 Service Unavailable",
}
_TEXT, _MAP = 0x60, 0xA0  # major types of CBOR


def refuse(
    environ: Environ, start_response: StartResponse, service: str, code: str, message: str, status: int = 400
) -> Iterable[bytes]:
    """Answer with an error of the service; every answer has a Date, without which the EB CLI ends."""
    request_id = entropy.request_id()
    content_type, body, more = _render(environ, service, code, message, request_id)
    id_header = "x-amz-request-id" if service in _REST_XML else "x-amzn-RequestId"
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("Date", clock.http_date()),
        (id_header, request_id),
        *more,
    ]
    start_response(_STATUSES[status], headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


def protocol(environ: Environ, service: str) -> Protocol:
    """The protocol in which a request calls a service."""
    if service == OURS and _variant(environ) == "json":
        return "ours"
    if service in _REST_XML:
        return "s3"
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return "cbor"
    if environ.get("HTTP_X_AMZ_TARGET") or str(environ.get("CONTENT_TYPE", "")).startswith("application/x-amz-json"):
        return "json"
    if service == "ec2":
        return "ec2"
    is_query = service in _REST_XML_ENVELOPED or environ.get("PATH_INFO", "/") in ("", "/")
    return "query" if is_query else "rest-json"


def _render(
    environ: Environ, service: str, code: str, message: str, request_id: str
) -> tuple[str, bytes, list[tuple[str, str]]]:
    """Content type, body and further headers."""
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    match protocol(environ, service):
        case "ours":
            ours = {"Error": {"Code": code, "Message": message, "Type": "Sender"}, "RequestId": request_id}
            return "application/json", json.dumps(ours).encode(), []
        case "s3":
            return "application/xml", _xml(f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"), []
        case "cbor":
            return "application/cbor", _cbor({"__type": code, "message": message}), [("smithy-protocol", "rpc-v2-cbor")]
        case "json":
            type_ = str(environ.get("CONTENT_TYPE", "")).partition(";")[0] or "application/x-amz-json-1.1"
            return type_, _json({"__type": code, "message": message, "Message": message}), []
        case "ec2":
            inner = f"<Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID>"
            return "text/xml", _xml(f"<Response>{inner}</Response>"), []
        case "query":
            inner = f"<Error><Type>Sender</Type>{error}</Error><RequestId>{request_id}</RequestId>"
            return "text/xml", _xml(f"<ErrorResponse>{inner}</ErrorResponse>"), []
        case "rest-json":
            return "application/json", _json({"message": message, "Message": message}), [("x-amzn-ErrorType", code)]


def _variant(environ: Environ) -> query.Variant:
    return query.variant(str(environ.get("QUERY_STRING", "")).encode("latin-1"), b"", environ.get("HTTP_ACCEPT"))


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def _json(body: dict[str, str]) -> bytes:
    return json.dumps(body).encode()


def _cbor(texts: dict[str, str]) -> bytes:
    """A short map of texts (RFC 8949)."""
    parts = [bytes([_MAP | len(texts)])]
    for text in (part for pair in texts.items() for part in pair):
        content = text.encode()
        size = len(content)
        head = bytes([_TEXT | size]) if size < 24 else bytes([_TEXT | 25]) + size.to_bytes(2, "big")
        parts += [head, content]
    return b"".join(parts)
