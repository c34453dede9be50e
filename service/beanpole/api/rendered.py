"""An answer as it goes out: a body in the protocol's form, and the id of the request."""

from typing import NamedTuple

from beanpole.wire.query import Variant


class Rendered(NamedTuple):
    """A status, a body in a variant of the protocol, and the id of the request.

    A refusal has the code of its `error` and the sentence.
    """

    status: int
    body: bytes
    variant: Variant
    request_id: str
    error: tuple[str, str] | None = None
