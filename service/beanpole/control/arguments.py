"""Arguments in the query of a control route; those of another form are refused with a problem."""

from http import HTTPStatus

from flask import request
from marshmallow import ValidationError

from beanpole.control.problems import Problem
from beanpole.control.schemas import Instant


def number(name: str, default: int | None, refusal: str = "{name} is a number.") -> int | None:
    """An argument that is a number of at most sixteen digits; raises Problem for another text."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise Problem(HTTPStatus.BAD_REQUEST, refusal.format(name=name))
    return int(text)


def instant(name: str) -> int | None:
    """An argument that is an instant, in milliseconds; None without it. Raises Problem for another text."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return int(Instant().deserialize(text))
    except ValidationError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{name}: {error.messages[0]}") from None
