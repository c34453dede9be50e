"""Marshmallow schemas of the inputs of operations, made from the spec; their fields read texts as the service does.

A schema is built once for each structure; loading does not change it, so threads share it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Context, Decimal
from functools import cache
from typing import Any

import marshmallow
from marshmallow import EXCLUDE, Schema, fields

from beanpole.wire import constraints
from beanpole.wire.constraints import NULL, Malformed, Violation
from beanpole.wire.errors import ProtocolError, ValidationError
from beanpole.wire.request import Request
from beanpole.wire.spec import Shape

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_EARLIEST = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // _MILLISECOND
_LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // _MILLISECOND
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
_FINER = re.compile(r"[.,][0-9]{6}0*[1-9]")  # a fraction finer than the microseconds of datetime
_MOMENT = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}([T ][0-9:.,]+)?(Z|[+-][0-9:]+)?")


def load(shape: Shape, nested: Mapping[str, Any]) -> Request:
    """The checked structure; raises ValidationError with every broken constraint, or ProtocolError MalformedInput."""
    try:
        request: Request = schema(shape).load(nested)
    except marshmallow.ValidationError as error:
        raise _refusal(error.messages) from None
    return request


@cache
def schema(shape: Shape) -> Schema:
    """The schema of a structure."""
    members = {
        member.attribute: _field(
            member.shape, data_key=member.name, required=member.required and not member.optional_beyond
        )
        for member in shape.members
    }
    names = frozenset(members)
    optional = frozenset(name for name, member in members.items() if not member.required)  # absent, they take no time

    class StructureSchema(Schema):  # in the function, because a post_load hook needs the names of this one structure
        class Meta:
            unknown = EXCLUDE

        @marshmallow.post_load
        def request(self, values: dict[str, Any], **_: Any) -> Request:
            return Request(names, values)

    class_: type[Schema] = type(shape.name, (StructureSchema,), members)
    return class_(partial=optional)


class _Scalar(fields.Field[Any]):
    """A field that reads a text as the type of its shape."""

    def __init__(self, read: Callable[[str], Any], **more: Any) -> None:
        super().__init__(**more)
        self._read = read

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:
        return self._read(value)


class _Tuple(fields.List[Any]):
    """A list field that loads a tuple."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **more))


def _field(shape: Shape, **more: Any) -> fields.Field[Any]:
    more["error_messages"] = {"required": [NULL], "null": [NULL]}
    if shape.kind == "structure":
        return fields.Nested(schema(shape), **more)
    own = constraints.of(shape)

    def check(value: Any) -> None:
        _refuse(constraints.broken(own, value))

    if shape.kind != "list":
        return _Scalar(_READERS[shape.kind], validate=[check] if own else [], **more)
    inner = constraints.of(shape.element)

    def check_list(values: Any) -> None:
        _refuse([*constraints.broken(own, values), *constraints.broken_by_elements(inner, values)])

    return _Tuple(_element(shape.element), validate=[check_list] if own or inner else [], **more)


def _element(shape: Shape) -> fields.Field[Any]:
    """The field of an element; its list checks its constraints, because the service reports them so."""
    return _Scalar(_READERS[shape.kind]) if shape.kind in _READERS else _field(shape)


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise marshmallow.ValidationError(violations)


def _refusal(messages: Any) -> ProtocolError:
    leaves = list(_walk(messages, ""))
    for _, broken in leaves:
        if isinstance(broken, Malformed):
            return ProtocolError("MalformedInput", broken.sentence)
    return ValidationError([broken.at(path) for path, broken in leaves if isinstance(broken, Violation)])


def _walk(messages: Any, path: str) -> Iterator[tuple[str, Violation | Malformed]]:
    """Every leaf with its path as the service spells it: optionSettings.1.member.namespace."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = f"{key + 1}.member" if isinstance(key, int) else key[:1].lower() + key[1:]
            yield from _walk(inner, f"{path}.{step}" if path else step)
    else:
        for broken in messages:
            yield path, broken


def _malformed(sentence: str) -> marshmallow.ValidationError:
    return marshmallow.ValidationError([Malformed(sentence)])


def _integer(bits: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text) if _INTEGER.fullmatch(text) else None
        if number is None or not -(1 << bits - 1) <= number < 1 << bits - 1:
            raise _malformed(f"'{text}' is not a valid integer")  # inferred
        return number

    return read


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise _malformed(f"'{text}' is not a valid boolean")  # inferred
    return text.lower() == "true"


def _double(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise _malformed(f"'{text}' is not a valid number")  # inferred
    return float(text)


def _timestamp(text: str) -> int:
    """Milliseconds since the epoch, of a moment (UTC if it has no offset) or of epoch seconds. The sentence is *seen*.

    A fraction of a millisecond is rounded up, so that a filter "at or after" this moment lets nothing earlier through.
    """
    milliseconds = _seconds(text) if _NUMBER.fullmatch(text) else _moment(text)
    if milliseconds is None or not _EARLIEST <= milliseconds <= _LATEST + 1:
        raise _malformed("timestamp must follow ISO8601")
    return min(milliseconds, _LATEST)  # the last instant that there is has microseconds, too


def _seconds(text: str) -> int | None:
    seconds = Decimal(text)
    if abs(seconds) >= 10**12:
        return None
    return int(Context(rounding=ROUND_CEILING).multiply(seconds, 1000).to_integral_value(ROUND_CEILING))


def _moment(text: str) -> int | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH
    if _FINER.search(text):
        since += timedelta(microseconds=1)
    return -(-since // _MILLISECOND)


_READERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": _integer(32),
    "long": _integer(64),
    "boolean": _boolean,
    "double": _double,
    "timestamp": _timestamp,
}
