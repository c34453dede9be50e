"""An answer as it goes out: a body in the protocol's form, and the id of the request."""

from typing import NamedTuple

from beanpole.wire.query import Variant


class Rendered(NamedTuple):
    """A status, a body in a variant of the protocol, and the id of the request.

    `error` is the code and the sentence of a refusal.
    """

    status: int
    body: bytes
    variant: Variant
    request_id: str
    error: tuple[str, str] | None = None
