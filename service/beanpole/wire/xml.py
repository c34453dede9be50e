"""Responses in XML; only members that the spec names are written."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from beanpole.wire import spec
from beanpole.wire.results import Format, Write, Writers, check, value_of
from beanpole.wire.spec import Member, Operation, Shape

CONTENT_TYPE = "text/xml"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_REPLACEMENT = "\ufffd"


def render(operation: Operation, result: Any, request_id: str) -> bytes:
    """The response to a call. `result` is None if, and only if, the operation has no output."""
    check(operation, result)
    name, pieces = operation.name, [f'<{operation.name}Response xmlns="{spec.load().service.namespace}">']
    if operation.output is not None:
        pieces += [f"<{name}Result>", *_pieces(operation.output, result), f"</{name}Result>"]
    pieces.append(f"<ResponseMetadata><RequestId>{escape(request_id)}</RequestId></ResponseMetadata></{name}Response>")
    return "".join(pieces).encode()


def render_error(code: str, message: str, type_: str, request_id: str) -> bytes:
    """An error response; `type_` is Sender if the request is at fault, else Receiver."""
    return (
        f'<ErrorResponse xmlns="{spec.load().service.namespace}"><Error><Type>{escape(type_)}</Type>'
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    ).encode()


def escape(text: str) -> str:
    """The text of an element; a character that XML cannot carry becomes the replacement character."""
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], _REPLACEMENT), text) if _SPECIAL.search(text) else text


def _pieces(shape: Shape, result: Any) -> Iterator[str]:
    """The members of a result in pieces, so that a long list is copied once and not at each level around it."""
    for member in shape.members:
        value = value_of(result, member.attribute)
        if member.shape.kind == "list" and value:
            write = _WRITERS.of(member.shape.element)
            yield f"<{member.name}>"
            for element in value:
                yield "<member>"
                yield write(element)
                yield "</member>"
            yield f"</{member.name}>"
        else:
            yield _WRITERS.of_member(member)(result)


def _member(member: Member, write: Write) -> Write:
    """The writer of a member with its tags; an absent one is not written."""
    attribute, opening, closing = member.attribute, f"<{member.name}>", f"</{member.name}>"
    empty = f"<{member.name}/>" if member.shape.kind == "list" else None
    write = _seconds if member.seconds else write

    def part(structure: Any) -> str:
        value = value_of(structure, attribute)
        if value is None:
            return ""
        if empty is not None and not value:
            return empty
        return f"{opening}{write(value)}{closing}"

    return part


def _moment(milliseconds: int) -> str:
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")[:-6] + "Z"


def _seconds(milliseconds: int) -> str:
    return (_EPOCH + timedelta(seconds=milliseconds // 1000)).isoformat()[:-6] + "Z"


_WRITERS = Writers(
    Format(
        member=_member,
        structure="".join,
        items=lambda elements: f"<member>{'</member><member>'.join(elements)}</member>",
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
