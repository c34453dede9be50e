"""Answers as they go out: a body in the protocol's form, and the id of the request."""

from typing import NamedTuple

from beanpole.model import errors
from beanpole.wire import json, xml
from beanpole.wire.query import Variant

WRITERS = {"xml": xml, "json": json}


class Rendered(NamedTuple):
    """A status, a body in a variant of the protocol, and the id of the request.

    `error` is the code and the sentence of a refusal.
    """

    status: int
    body: bytes
    variant: Variant
    request_id: str
    error: tuple[str, str] | None = None


def service_refusal(error: errors.ServiceError, variant: Variant, request_id: str) -> Rendered:
    """The answer with an error of the service."""
    return refusal(error.code, error.message, error.status, variant, request_id)


def refusal(code: str, message: str, status: int, variant: Variant, request_id: str) -> Rendered:
    """The answer with an error of a code, a sentence and an HTTP status."""
    type_ = "Sender" if status < 500 else "Receiver"
    body = WRITERS[variant].render_error(code, message, type_, request_id)
    return Rendered(status, body, variant, request_id, (code, message))
