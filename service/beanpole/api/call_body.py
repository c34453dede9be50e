"""The body of a call, within its bound."""

from flask import Request
from werkzeug.exceptions import ClientDisconnected

from beanpole.tables import limits

MOST = limits.most("call_body")


def read(request: Request) -> bytes:
    """The body; raises RequestEntityTooLarge for more bytes than that, ClientDisconnected for fewer than announced.

    One that fits is read at once; Werkzeug would read it in pieces, and count them.
    """
    length = request.environ.get("CONTENT_LENGTH", "")
    if not (length.isascii() and length.isdigit()) or len(length) > len(str(MOST)) or int(length) > MOST:
        request.max_content_length = MOST
        return request.get_data(cache=False)
    body: bytes = request.environ["wsgi.input"].read(int(length))
    if len(body) < int(length):
        raise ClientDisconnected
    return body
