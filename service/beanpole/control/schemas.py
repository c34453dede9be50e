"""The schemas of the bodies that the control routes take: JSON objects, with instants as ISO 8601 text."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

import msgspec
from flask import request
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from beanpole.control.instants import EPOCH
from beanpole.control.problems import InvalidBody
from beanpole.model.environment.status import Status
from beanpole.model.time.clock import LATEST, Mode
from beanpole.tables import limits

MAX_BODY = limits.most("control_body")
MAX_MEMBERS = limits.most("control_members")
SPEEDS = validate.Range(0.001, limits.most("clock_speed"))
SPANS = validate.Range(0, LATEST // 1000)
SEEDS = validate.Range(0, limits.most("clock_seed"))


class Number(fields.Float):
    """A JSON number; a text of digits is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        number = super()._deserialize(value, attr, data, **kwargs)
        return 0.0 if number is None else number


class Speed(Number):
    """A number, or `instant`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if value == "instant":
            return value
        speed = super()._deserialize(value, attr, data, **kwargs)
        SPEEDS(speed)
        return speed


class Instant(fields.Field[int]):
    """An instant in ISO 8601 with a zone; loaded as milliseconds since the epoch."""

    default_error_messages = {"invalid": "Not an instant such as 2026-01-01T00:00:00Z."}  # noqa: RUF012 - marshmallow's

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None
        if moment.tzinfo is None:
            raise self.make_error("invalid")
        milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
        validate.Range(0, LATEST, error="Not between 1970 and 3000.")(milliseconds)
        return milliseconds


class ClockSchema(Schema):
    """The members that PUT clock sets; an absent one keeps its value."""

    mode = fields.String(validate=validate.OneOf(get_args(Mode)))
    speed = Speed()
    now = Instant()
    seed = fields.Integer(strict=True, validate=SEEDS)


class UntilSchema(Schema):
    """A status that an environment must have `within` so many simulated seconds."""

    environment = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(get_args(Status)))
    within = Number(validate=SPANS)


class AdvanceSchema(Schema):
    """The target of an advance: one of three members."""

    seconds = Number(validate=SPANS)
    to = Instant()
    until = fields.Nested(UntilSchema)

    @validates_schema(pass_original=True)
    def check_one_target(self, _data: dict[str, Any], original: dict[str, Any], **_: Any) -> None:
        """Refuse a body that has not exactly one member."""
        if len(original) != 1:
            raise ValidationError("Give one of seconds, to and until.")


CLOCK = ClockSchema()
ADVANCE = AdvanceSchema()


def body(most: int = MAX_BODY) -> bytes:
    """The body of the request, which nothing else keeps; raises RequestEntityTooLarge for more than `most` bytes."""
    request.max_content_length = most
    return request.get_data(cache=False)


def load(schema: Schema, body: bytes) -> dict[str, Any]:
    """The body, loaded by the schema; an absent body is an empty object. Raises InvalidBody."""
    try:
        document = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidBody({"_body": [f"Not JSON: {error}"]}) from None
    if not isinstance(document, dict):
        raise InvalidBody({"_body": ["Not an object."]})
    return checked(schema, document)


def checked(schema: Schema, document: Mapping[Any, Any]) -> dict[str, Any]:
    """The object, loaded by the schema. Raises InvalidBody."""
    _check_members(document)
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        raise InvalidBody(error.messages_dict) from None
    return loaded


def _check_members(document: Mapping[Any, Any]) -> None:
    """Raise InvalidBody for an object in it of more members than any route takes: marshmallow explains each of them."""
    values: list[Any] = [document]
    while values:
        value = values.pop()
        if isinstance(value, list):
            inner = value
        else:
            if len(value) > MAX_MEMBERS:
                raise InvalidBody({"_body": [limits.sentence("control_members")]})
            inner = list(value.values())
        values += [value for value in inner if isinstance(value, dict | list)]
