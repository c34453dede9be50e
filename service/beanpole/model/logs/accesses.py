"""Requests to an environment that were answered, as the proxy on an instance logs them."""

import re

from msgspec import Struct

_UNSAFE = re.compile(r"[^ !#-\[\]-~]")

NOT_CONNECTED = "connect() failed (111: Connection refused) while connecting to upstream"  # as a note: nobody listens


class Access(Struct, frozen=True, array_like=True):
    """A request that an instance answered `at` an instant in milliseconds, and the size of the body of the answer.

    `request` is its first line, `note` a line for the error log. Texts are as they came.
    """

    instance: str
    at: int
    client: str
    request: str
    status: int
    size: int
    referer: str
    agent: str
    host: str
    note: str | None = None


def logged(text: str) -> str:
    """A text of a client as nginx logs it: quotes, backslashes and all that is not ASCII as `\\xXX`; `-` if empty."""
    return _UNSAFE.sub(_bytes, text) or "-"


def _bytes(character: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02X}" for byte in character[0].encode("utf-8", "surrogateescape"))
