"""Answers in XML: a writer for each shape, built once; only what the spec names can leave."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from beanpole.wire import spec
from beanpole.wire.results import Fragments, Write, check, member
from beanpole.wire.spec import Member, Operation, Shape

CONTENT_TYPE = "text/xml"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_UNSPEAKABLE = "\ufffd"
_FRAGMENTS = Fragments()


def render(operation: Operation, result: Any, request_id: str) -> bytes:
    """The answer to a call. `result` is None if, and only if, the operation has no output."""
    check(operation, result)
    name, pieces = operation.name, [f'<{operation.name}Response xmlns="{spec.load().service.namespace}">']
    if operation.output is not None:
        pieces += [f"<{name}Result>", *_pieces(operation.output, result), f"</{name}Result>"]
    pieces.append(f"<ResponseMetadata><RequestId>{escape(request_id)}</RequestId></ResponseMetadata></{name}Response>")
    return "".join(pieces).encode()


def render_error(code: str, message: str, type_: str, request_id: str) -> bytes:
    """A refusal; `type_` is Sender if the caller can mend it, else Receiver."""
    return (
        f'<ErrorResponse xmlns="{spec.load().service.namespace}"><Error><Type>{escape(type_)}</Type>'
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    ).encode()


def escape(text: str) -> str:
    """The text of an element; what XML cannot carry becomes the replacement character."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], _UNSPEAKABLE), text) if _SPECIAL.search(text) else text


def _pieces(shape: Shape, result: Any) -> Iterator[str]:
    """An answer's members in pieces, so that a long list is copied once and not at every level that it stands in."""
    for it in shape.members:
        found = member(result, it.attribute)
        if it.shape.kind == "list" and found:
            write = _writer(it.shape.element)
            yield f"<{it.name}>"
            for value in found:
                yield "<member>"
                yield write(value)
                yield "</member>"
            yield f"</{it.name}>"
        else:
            yield _element(it)(result)


@cache
def _writer(shape: Shape) -> Write:
    match shape.kind:
        case "structure":
            return _FRAGMENTS.remembering(shape.name, _structure(shape))
        case "list":
            return _list(shape)
        case kind:
            return _SCALARS[kind]


def _structure(shape: Shape) -> Write:
    parts = [_element(it) for it in shape.members]
    return lambda value: "".join([part(value) for part in parts])


def _element(it: Member) -> Write:
    """A member with its tags, or nothing if it is absent."""
    attribute, opening, closing = it.attribute, f"<{it.name}>", f"</{it.name}>"
    write = _seconds if it.seconds else _writer(it.shape)
    empty = f"<{it.name}/>" if it.shape.kind == "list" else None

    def part(value: Any) -> str:
        found = member(value, attribute)
        if found is None:
            return ""
        if empty is not None and not found:
            return empty
        return f"{opening}{write(found)}{closing}"

    return part


def _list(shape: Shape) -> Write:
    write = _writer(shape.element)
    return lambda values: f"<member>{'</member><member>'.join(map(write, values))}</member>"


def _moment(milliseconds: int) -> str:
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")[:-6] + "Z"


def _seconds(milliseconds: int) -> str:
    return (_EPOCH + timedelta(seconds=milliseconds // 1000)).isoformat()[:-6] + "Z"


_SCALARS: dict[str, Callable[[Any], str]] = {
    "string": escape,
    "integer": str,
    "long": str,
    "double": repr,
    "boolean": lambda value: "true" if value else "false",
    "timestamp": _moment,
}
