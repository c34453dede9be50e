"""Responses in the protocol's JSON variant: the nesting of the XML, with arrays, nulls and epoch seconds."""

from json.encoder import encode_basestring_ascii
from typing import Any

from beanpole.wire.results import Format, Write, Writers, check, value_of
from beanpole.wire.spec import Member, Operation, Shape

CONTENT_TYPE = "application/json"
"""No charset: a client of this variant compares it byte for byte."""


def render(operation: Operation, result: Any, request_id: str) -> bytes:
    """The response to a call. `result` is None if, and only if, the operation has no output."""
    check(operation, result)
    pieces = [f'{{"{operation.name}Response":{{'.encode()]
    if operation.output is not None:
        pieces.append(f'"{operation.name}Result":{{'.encode())
        _add_members(pieces, operation.output, result)
        pieces.append(b"},")
    pieces.append(f'"ResponseMetadata":{{"RequestId":{_string(request_id)}}}}}}}'.encode())
    return b"".join(pieces)


def render_error(code: str, message: str, type_: str, request_id: str) -> bytes:
    """An error response; `type_` is Sender if the request is at fault, else Receiver."""
    error = f'{{"Code":{_string(code)},"Message":{_string(message)},"Type":{_string(type_)}}}'
    return f'{{"Error":{error},"RequestId":{_string(request_id)}}}'.encode()


def _add_members(pieces: list[bytes], shape: Shape, result: Any) -> None:
    """Add the members of a result, and each element of a list by itself; each begins with its comma."""
    comma = ""
    for member in shape.members:
        value = value_of(result, member.attribute)
        if member.shape.kind == "list" and value:
            first, *others = _WRITERS.of_elements(member.shape)(value)
            pieces += [f'{comma}"{member.name}":['.encode(), first.removeprefix(b","), *others, b"]"]
        else:
            pieces.append(f"{comma}{_WRITERS.of_member(member)(result)}".encode())
        comma = ","


def _string(text: str) -> str:
    return encode_basestring_ascii(text)


def _member(member: Member, write: Write) -> Write:
    attribute, key = member.attribute, f'"{member.name}":'
    absent = f"{key}[]" if member.shape.kind == "list" else f"{key}null"

    def part(structure: Any) -> str:
        value = value_of(structure, attribute)
        return absent if value is None else f"{key}{write(value)}"

    return part


_WRITERS = Writers(
    Format(
        member=_member,
        structure=lambda parts: f"{{{','.join(parts)}}}",
        items=lambda shape: lambda elements: f"[{','.join(elements)}]",
        element=lambda shape: (",", ""),
        scalars={
            "string": _string,
            "integer": str,
            "long": str,
            "double": repr,
            "boolean": lambda value: "true" if value else "false",
            "timestamp": lambda milliseconds: repr(milliseconds / 1000),
        },
    )
)
