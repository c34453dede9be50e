"""The JSON protocol of newer services: the operation in a header, a document in the body, another one as the answer."""

from collections.abc import Mapping
from typing import Any

import msgspec

from beanpole.wire.errors import ProtocolError
from beanpole.wire.results import Verbatim, check, value_of
from beanpole.wire.spec import Operation, Service, Shape

CONTENT_TYPE = "application/x-amz-json-1.0"


def action(target: str | None, service: Service) -> str | None:
    """The operation that the header `X-Amz-Target` names; None if it names none of the service."""
    prefix, _, name = (target or "").partition(".")
    return name if name and prefix == service.target else None


def parse(body: bytes) -> dict[str, Any]:
    """The document of a request; raises ProtocolError SerializationException for any other body."""
    try:
        document = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ProtocolError("SerializationException", "The request is not a JSON object.")
    return document


def texts(document: Any, shape: Shape | None) -> Any:
    """The members of a document that the shape has, its scalars as texts, as parameters of a form are."""
    if shape is None:
        return {}
    if shape.kind == "structure" and isinstance(document, Mapping):
        named = {member.name: member for member in shape.members}
        return {
            name: texts(value, named[name].shape)
            for name, value in document.items()
            if name in named and value is not None
        }
    if shape.kind == "list" and isinstance(document, list):
        return [texts(element, shape.element) for element in document]
    if shape.kind in ("structure", "list") or isinstance(document, Mapping | list):
        raise ProtocolError("SerializationException", f"A {shape.name} is a {shape.kind}.")
    return str(document).lower() if isinstance(document, bool) else str(document)


def render(operation: Operation, result: Any) -> bytes:
    """The answer to a call; a member that is absent is left out."""
    check(operation, result)
    return msgspec.json.encode({} if operation.output is None else document_of(operation.output, result))


def document_of(shape: Shape, value: Any) -> Any:
    """A result as a document; instants are seconds since the epoch."""
    match shape.kind:
        case _ if isinstance(value, Verbatim):
            return value.text
        case "structure":
            pairs = ((member, value_of(value, member.attribute)) for member in shape.members)
            return {member.name: document_of(member.shape, value) for member, value in pairs if value is not None}
        case "list":
            return [document_of(shape.element, element) for element in value]
        case "timestamp":
            return value / 1000
        case _:
            return value


def render_error(code: str, message: str) -> bytes:
    """An error response."""
    return msgspec.json.encode({"__type": code, "message": message})
