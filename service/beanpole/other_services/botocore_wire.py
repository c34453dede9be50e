"""A hook of botocore by which an application in this process answers a client, before the request reaches a network."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit


class Wire:
    """Answers a request that botocore is about to send: `client.meta.events.register("before-send.s3", Wire(app))`."""

    def __init__(self, app: Any) -> None:
        from werkzeug.test import Client

        self._client = Client(app)

    def __call__(self, request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]  # it has no types

        headers = [(name, _text(value)) for name, value in request.headers.items() if name != "Transfer-Encoding"]
        url = urlsplit(request.url)
        answer = self._client.open(
            request.url,
            base_url=f"{url.scheme}://{url.netloc}",
            method=request.method,
            headers=headers,
            data=_body(request.body),
        )
        try:
            return AWSResponse(request.url, answer.status_code, dict(answer.headers), _Raw(answer.data))
        finally:
            answer.close()


def _body(body: Any) -> Any:
    """The body as bytes; a client may hand over a file."""
    return body.read() if hasattr(body, "read") else body


def _text(value: str | bytes) -> str:
    """The text of a header, which in botocore may be bytes."""
    return value.decode() if isinstance(value, bytes) else value


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, amt: int = 1 << 16, **_: Any) -> Iterator[bytes]:
        """The body in pieces."""
        while piece := self.read(amt):
            yield piece
