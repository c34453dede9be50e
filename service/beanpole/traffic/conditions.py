"""Conditional and partial answers of a static file, as nginx gives them (RFC 9110): 200, 206, 304, 412 or 416."""

from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from werkzeug.http import http_date, is_resource_modified, parse_if_range_header, parse_range_header

from beanpole.traffic.answers import PROXY, Answer, Headers, of_proxy

Environ = Mapping[str, Any]


def answer(environ: Environ, body: bytes, content_type: str, changed_at: int) -> Answer:
    """The answer with a file that was last changed at an instant in milliseconds."""
    seconds = changed_at // 1000
    etag = f'"{seconds:x}-{len(body):x}"'
    validators = (("Last-Modified", formatdate(seconds, usegmt=True)), ("ETag", etag))
    is_conditional = "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ
    if is_conditional and not is_resource_modified(dict(environ), etag, last_modified=http_date(seconds)):
        return Answer("304 Not Modified", (*PROXY, *validators))
    headers = (*PROXY, ("Content-Type", content_type), *validators, ("Accept-Ranges", "bytes"))
    range_header = environ.get("HTTP_RANGE")
    if range_header is not None and _is_unchanged(environ, etag, seconds):
        return _part(range_header, body, headers)
    return Answer("200 OK", headers, body)


def _is_unchanged(environ: Environ, etag: str, seconds: int) -> bool:
    """Tell whether the file is as `If-Range` has it; without that header a range is always taken."""
    header = environ.get("HTTP_IF_RANGE")
    if header is None:
        return True
    condition = parse_if_range_header(header)
    if condition.etag is not None:
        return f'"{condition.etag}"' == etag
    return condition.date is not None and int(condition.date.timestamp()) == seconds


def _part(range_header: str, body: bytes, headers: Headers) -> Answer:
    """One range of the body; a malformed header, or one with several ranges, is answered with the whole body."""
    ranges = parse_range_header(range_header)
    if ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1:
        return Answer("200 OK", headers, body)
    start, stop = ranges.ranges[0]
    start, stop = (max(0, start + len(body)), len(body)) if stop is None and start < 0 else (start, stop or len(body))
    stop = min(stop, len(body))
    if start >= stop:
        return of_proxy(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, ("Content-Range", f"bytes */{len(body)}"))
    part = ("Content-Range", f"bytes {start}-{stop - 1}/{len(body)}")
    return Answer("206 Partial Content", (*headers, part), body[start:stop])
