"""The calls of a boto3 client on an application in this process; botocore makes and parses the same call only once.

It takes longer to make, sign and parse a call than the application to answer it. A call that only reads, and repeats an
earlier one, is sent as that was, and the application answers it again. If botocore has parsed the same answer before,
byte for byte but for the id of the request, the result is the same but for this id, too.
"""

import pickle
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from werkzeug.test import Client, TestResponse

READS = ("Describe", "Get", "List")
ID = "x-amzn-RequestId"  # the header with the id of the request


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


class Calls:
    """The requests of a client, and the results that botocore has made of their answers."""

    def __init__(self, client: Any, app: Client) -> None:
        self._call, self._app = client._make_api_call, app
        self._requests: dict[str, dict[str, Any]] = {}
        self._results: dict[tuple[str, int, bytes], bytes] = {}
        self._sent: dict[str, Any] = {}
        self._response: TestResponse | None = None

    def make(self, operation: str, members: dict[str, Any]) -> Any:
        """The result of a call, as botocore gives it; it raises what botocore raises."""
        if not operation.startswith(READS):
            self._response = None
            return self._call(operation, members)
        call = f"{operation} {members!r}"
        self._response = self._app.open(**self._requests[call]) if call in self._requests else None
        if self._response is not None and (known := self._results.get(_answer(call, self._response))):
            return _with_id(pickle.loads(known), self._response)
        result = self._call(operation, members)
        assert self._response is not None
        self._requests.setdefault(call, self._sent)
        self._results[_answer(call, self._response)] = pickle.dumps(result)
        return result

    def respond(self, request: Any, **_: Any) -> AWSResponse:
        """The response of the application to a request of botocore, unless it has responded already."""
        if self._response is None:
            headers = [
                (name, value.decode() if isinstance(value, bytes) else value) for name, value in request.headers.items()
            ]
            self._sent = {"path": request.url, "method": request.method, "headers": headers, "data": request.body}
            self._response = self._app.open(**self._sent)
        response = self._response
        return AWSResponse(request.url, response.status_code, dict(response.headers), _Raw(response.data))


def _answer(call: str, response: TestResponse) -> tuple[str, int, bytes]:
    """The call and its answer, without the id of the request."""
    return call, response.status_code, response.data.replace(response.headers.get(ID, "").encode() or b"\0", b"")


def _with_id(result: Any, response: TestResponse) -> Any:
    metadata = result["ResponseMetadata"]
    metadata["HTTPHeaders"] = {name.lower(): value for name, value in response.headers.items()}
    if ID in response.headers:
        metadata["RequestId"] = response.headers[ID]
    return result
