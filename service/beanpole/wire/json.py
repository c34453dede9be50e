"""Answers in the protocol's JSON variant: the nesting of the XML, with arrays, nulls and epoch seconds."""

from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Any

from beanpole.wire.results import Fragments, Write, check, member
from beanpole.wire.spec import Member, Operation, Shape

CONTENT_TYPE = "application/json"
"""Without a charset: a client of this variant compares it byte for byte."""

_FRAGMENTS = Fragments()


def render(operation: Operation, result: Any, request_id: str) -> bytes:
    """The answer to a call. `result` is None if, and only if, the operation has no output."""
    check(operation, result)
    said = f'"{operation.name}Result":{_writer(operation.output)(result)},' if operation.output is not None else ""
    metadata = f'"ResponseMetadata":{{"RequestId":{_string(request_id)}}}'
    return f'{{"{operation.name}Response":{{{said}{metadata}}}}}'.encode()


def render_error(code: str, message: str, type_: str, request_id: str) -> bytes:
    """A refusal; `type_` is Sender if the caller can mend it, else Receiver."""
    error = f'{{"Code":{_string(code)},"Message":{_string(message)},"Type":{_string(type_)}}}'
    return f'{{"Error":{error},"RequestId":{_string(request_id)}}}'.encode()


def _string(text: str) -> str:
    return encode_basestring_ascii(text)


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
    parts = [_pair(it) for it in shape.members]
    return lambda value: f"{{{','.join([part(value) for part in parts])}}}"


def _pair(it: Member) -> Write:
    attribute, key, write = it.attribute, f'"{it.name}":', _writer(it.shape)
    absent = f"{key}[]" if it.shape.kind == "list" else f"{key}null"

    def part(value: Any) -> str:
        found = member(value, attribute)
        return absent if found is None else f"{key}{write(found)}"

    return part


def _list(shape: Shape) -> Write:
    write = _writer(shape.element)
    return lambda values: f"[{','.join(map(write, values))}]"


_SCALARS: dict[str, Callable[[Any], str]] = {
    "string": _string,
    "integer": str,
    "long": str,
    "double": repr,
    "boolean": lambda value: "true" if value else "false",
    "timestamp": lambda milliseconds: repr(milliseconds / 1000),
}
