"""The output of an instance's web process, and its daemon's lines about messages, as the platform logs them."""

from typing import Literal

from msgspec import Struct

Process = Literal["web", "daemon"]


class Printed(Struct, frozen=True, array_like=True):
    """A line that a process of an instance had printed by the instant `at`, in milliseconds; it is as it came."""

    instance: str
    at: int
    line: str
    by: Process = "web"
