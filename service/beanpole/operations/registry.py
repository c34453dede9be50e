"""The handler of each operation, by the operation's name."""

from collections.abc import Callable
from typing import Any, NamedTuple

from beanpole.operations.context import Context
from beanpole.wire.schemas import Request

Answer = dict[str, object]  # the members of an answer, in snake case
Handle = Callable[[Context, Request], Any]


class Handler(NamedTuple):
    """An operation's function; with `reads` it changes nothing, and so draws no ids from the account's seed."""

    handle: Handle
    reads: bool


HANDLERS: dict[str, Handler] = {}


def operation(name: str, *, reads: bool = False) -> Callable[[Handle], Handle]:
    """Register the function as the handler of an operation."""

    def register(handle: Handle) -> Handle:
        HANDLERS[name] = Handler(handle, reads)
        return handle

    return register
