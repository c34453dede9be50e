"""The calls of a boto3 client on an application in this process; botocore makes and parses the same call only once.

It takes longer to make, sign and parse a call than the application to answer it. A call that only reads, and repeats an
earlier one, is sent as that was, and the application answers it again. If botocore has parsed the same answer before,
byte for byte but for the id of the request, the result is the same but for this id, too.
"""

import pickle
from io import BytesIO
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

from botocore.awsrequest import AWSResponse
from werkzeug.test import create_environ, run_wsgi_app

READS = ("Describe", "Get", "List")
ID = "x-amzn-RequestId"  # the header with the id of the request


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


class Request(NamedTuple):
    """A request as the application gets it: its environment, and the bytes of its body."""

    environ: WSGIEnvironment
    body: bytes


class Response(NamedTuple):
    """What the application answers."""

    status: int
    headers: dict[str, str]
    body: bytes


class Calls:
    """The requests of a client, and the results that botocore has made of their answers."""

    def __init__(self, client: Any, app: WSGIApplication) -> None:
        self._call, self._app = client._make_api_call, app
        self._requests: dict[str, Request] = {}
        self._results: dict[tuple[str, int, bytes], bytes] = {}
        self._sent: Request | None = None
        self._response: Response | None = None

    def make(self, operation: str, members: dict[str, Any]) -> Any:
        """The result of a call, as botocore gives it; it raises what botocore raises."""
        if not operation.startswith(READS):
            self._response = None
            return self._call(operation, members)
        call = f"{operation} {members!r}"
        self._response = self._answer(self._requests[call]) if call in self._requests else None
        if self._response is not None and (known := self._results.get(_key(call, self._response))):
            return _with_id(pickle.loads(known), self._response)
        result = self._call(operation, members)
        assert self._sent is not None
        assert self._response is not None
        self._requests.setdefault(call, self._sent)
        self._results[_key(call, self._response)] = pickle.dumps(result)
        return result

    def respond(self, request: Any, **_: Any) -> AWSResponse:
        """The response of the application to a request of botocore, unless it has responded already."""
        if self._response is None:
            headers = [
                (name, value.decode() if isinstance(value, bytes) else value) for name, value in request.headers.items()
            ]
            body = request.body or b""
            body = body.read() if hasattr(body, "read") else body  # of an object
            data = body.encode() if isinstance(body, str) else body
            self._sent = Request(create_environ(request.url, method=request.method, headers=headers, data=data), data)
            self._response = self._answer(self._sent)
        response = self._response
        return AWSResponse(request.url, response.status, response.headers, _Raw(response.body))

    def _answer(self, request: Request) -> Response:
        """The application's answer; werkzeug's own client would make the environment of a request anew each time."""
        environ = request.environ | {"wsgi.input": BytesIO(request.body)}
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        return Response(int(status.split()[0]), dict(headers), b"".join(body))


def _key(call: str, response: Response) -> tuple[str, int, bytes]:
    """The call and its answer, without the id of the request."""
    return call, response.status, response.body.replace(response.headers.get(ID, "").encode() or b"\0", b"")


def _with_id(result: Any, response: Response) -> Any:
    metadata = result["ResponseMetadata"]
    metadata["HTTPHeaders"] = {name.lower(): value for name, value in response.headers.items()}
    if ID in response.headers:
        metadata["RequestId"] = response.headers[ID]
    return result
