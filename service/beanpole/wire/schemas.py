"""The checked request of an operation, by its marshmallow schema."""

from collections.abc import Mapping
from typing import Any

from beanpole.wire.request import Request
from beanpole.wire.spec import Operation

__all__ = ["Request", "load"]


def load(operation: Operation, nested: Mapping[str, Any]) -> Request:
    """The checked request; raises ValidationError with every broken constraint, or ProtocolError MalformedInput.

    A call without parameters that needs none has nothing to check. Marshmallow is imported with the first call that has
    something: its own pattern of e-mail addresses alone takes Python longer to compile than such a call takes.
    """
    shape = operation.input
    if shape is None:
        return Request(frozenset(), {})
    if not nested and not any(member.required and not member.optional_beyond for member in shape.members):
        return Request(frozenset(member.attribute for member in shape.members), {})
    from beanpole.wire import fields

    return fields.load(shape, nested)
