"""The protocols of the neighbours: a request becomes a call, and a result or a refusal becomes a response.

A call in a form is answered in XML, and one whose operation is in the header `X-Amz-Target` in JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from werkzeug.wrappers import Request as WebRequest
from werkzeug.wrappers import Response

from beanpole.machine import entropy
from beanpole.wire import json_rpc, query, schemas, xml
from beanpole.wire.errors import ProtocolError
from beanpole.wire.query import Pairs
from beanpole.wire.schemas import Request
from beanpole.wire.spec import NeighbourSpec, Operation

XML = "text/xml;charset=UTF-8"


class Call(Struct, frozen=True):
    """A call of a service: its action, and its parameters, either of a form or of a JSON document."""

    spec: NeighbourSpec
    action: str
    parameters: Pairs = ()
    document: Mapping[str, Any] | None = None

    @property
    def operation(self) -> Operation | None:
        """The operation; None if we do not answer it."""
        return self.spec.operation(self.action)

    def nested(self, operation: Operation) -> Mapping[str, Any]:
        """The parameters in the nesting of the operation's input; raises ProtocolError."""
        if self.document is None:
            return query.nest(self.parameters, operation.input)
        texts: Mapping[str, Any] = json_rpc.texts(self.document, operation.input)
        return texts

    def request(self, operation: Operation) -> Request:
        """The checked request; raises ProtocolError."""
        return schemas.load(operation, self.nested(operation))


def is_json(request: WebRequest) -> bool:
    """Tell whether a request is in the JSON protocol."""
    return "X-Amz-Target" in request.headers


def read(request: WebRequest, body: bytes, specs: Sequence[NeighbourSpec]) -> Call:
    """The call in a request to one of the services that share a scope; raises ProtocolError.

    The API version selects the service; without a version it is the first.
    """
    if is_json(request):
        target = request.headers["X-Amz-Target"]
        for spec in specs:
            if (action := json_rpc.action(target, spec.service)) is not None:
                return Call(spec, action, document=json_rpc.parse(body))
        raise ProtocolError("UnknownOperationException", f"There is no operation {target}")
    headers = request.headers
    call = query.parse(request.method, request.query_string, body, headers.get("Content-Type"), headers.get("Accept"))
    spec = next((spec for spec in specs if spec.service.api_version == call.version), specs[0])
    return Call(spec, call.action, call.parameters)


def answer(call: Call, operation: Operation, result: Any) -> Response:
    """The response with a result."""
    request_id = entropy.request_id()
    if call.document is not None:
        return _response(json_rpc.render(operation, result), 200, json_rpc.CONTENT_TYPE, request_id)
    return _response(xml.render(operation, result, request_id, call.spec.service), 200, XML, request_id)


def refuse(request: WebRequest, spec: NeighbourSpec, error: ProtocolError) -> Response:
    """The response with a refusal, in the protocol of the request."""
    request_id = entropy.request_id()
    type_ = "Sender" if error.status < 500 else "Receiver"
    if is_json(request):
        response = _response(
            json_rpc.render_error(error.code, error.message), error.status, json_rpc.CONTENT_TYPE, request_id
        )
        response.headers["x-amzn-query-error"] = f"{error.code};{type_}"
        return response
    body = xml.render_error(error.code, error.message, type_, request_id, spec.service)
    return _response(body, error.status, XML, request_id)


def _response(body: bytes, status: int, content_type: str, request_id: str) -> Response:
    return Response(body, status, {"Content-Type": content_type, "x-amzn-RequestId": request_id})
