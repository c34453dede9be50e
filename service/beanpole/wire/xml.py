"""Responses in XML; only members that the spec names are written."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from beanpole.wire import spec
from beanpole.wire.results import Format, Write, Writers, check, value_of
from beanpole.wire.spec import Member, Operation, Service, Shape

CONTENT_TYPE = "text/xml"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_REPLACEMENT = "\ufffd"


def render(operation: Operation, result: Any, request_id: str, service: Service | None = None) -> bytes:
    """The response to a call of a service, ours by default. `result` is None if the operation has no output, else not.

    A neighbour in EC2's dialect has no element around its result.
    """
    check(operation, result)
    service = service or spec.load().service
    name, id_ = operation.name, escape(request_id)
    before = f'<{name}Response xmlns="{service.namespace}">'
    behind = f"<ResponseMetadata><RequestId>{id_}</RequestId></ResponseMetadata></{name}Response>"
    if service.protocol == "ec2":
        before, behind = f"{before}<requestId>{id_}</requestId>", f"</{name}Response>"
    elif operation.output is not None:
        before, behind = f"{before}<{name}Result>", f"</{name}Result>{behind}"
    pieces = [before.encode()]
    if operation.output is not None:
        _add_members(pieces, operation.output, result)
    pieces.append(behind.encode())
    return b"".join(pieces)


def render_error(code: str, message: str, type_: str, request_id: str, service: Service | None = None) -> bytes:
    """An error response of a service, ours by default; `type_` is Sender if the request is at fault, else Receiver."""
    service = service or spec.load().service
    if service.protocol == "ec2":
        error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        return (f"<Response><Errors>{error}</Errors><RequestID>{escape(request_id)}</RequestID></Response>").encode()
    return (
        f'<ErrorResponse xmlns="{service.namespace}"><Error><Type>{escape(type_)}</Type>'
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    ).encode()


def escape(text: str) -> str:
    """The text of an element; a character that XML cannot carry becomes the replacement character."""
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], _REPLACEMENT), text) if _SPECIAL.search(text) else text


def _add_members(pieces: list[bytes], shape: Shape, result: Any) -> None:
    """Add the members of a result, and each element of a list by itself."""
    for member in shape.members:
        if member.shape.kind == "list" and (value := value_of(result, member.attribute)):
            pieces.append(f"<{member.at}>".encode())
            pieces += _WRITERS.of_elements(member.shape)(value)
            pieces.append(f"</{member.at}>".encode())
        else:
            pieces.append(_WRITERS.of_member(member)(result).encode())


def _member(member: Member, write: Write) -> Write:
    """The writer of a member with its tags; an absent one is not written."""
    attribute, opening, closing = member.attribute, f"<{member.at}>", f"</{member.at}>"
    empty = f"<{member.at}/>" if member.shape.kind == "list" else None
    write = _seconds if member.seconds else write

    def part(structure: Any) -> str:
        value = value_of(structure, attribute)
        if value is None:
            return ""
        if empty is not None and not value:
            return empty
        return f"{opening}{write(value)}{closing}"

    return part


def _items(shape: Shape) -> Callable[[Iterable[str]], str]:
    """The writer of a list of that shape around its written elements."""
    opening, closing = f"<{shape.element_name}>", f"</{shape.element_name}>"
    between = closing + opening
    return lambda elements: f"{opening}{between.join(elements)}{closing}"


def _moment(milliseconds: int) -> str:
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")[:-6] + "Z"


def _seconds(milliseconds: int) -> str:
    return (_EPOCH + timedelta(seconds=milliseconds // 1000)).isoformat()[:-6] + "Z"


_WRITERS = Writers(
    Format(
        member=_member,
        structure="".join,
        items=_items,
        element=lambda shape: (f"<{shape.element_name}>", f"</{shape.element_name}>"),
        scalars={
            "string": escape,
            "integer": str,
            "long": str,
            "double": repr,
            "boolean": lambda value: "true" if value else "false",
            "timestamp": _moment,
        },
    )
)
