"""The tiers that an environment can have, and the tier that a request names."""

import re
from typing import Protocol

from msgspec import Struct

from beanpole.model import errors


class Tier(Struct, frozen=True):
    """A tier, in the members of the wire."""

    name: str = "WebServer"
    type: str = "Standard"
    version: str = "1.0"


WEB = Tier()
WORKER = Tier("Worker", "SQS/HTTP", "1.0")

_VERSION = re.compile(r"\s*|[0-9]+(\.[0-9]+)*")


class Named(Protocol):
    """A tier as a request gives it: any member may be missing."""

    @property
    def name(self) -> str | None: ...
    @property
    def type(self) -> str | None: ...
    @property
    def version(self) -> str | None: ...


def tier_of(request: Named | None) -> Tier:
    """The tier that a request names; the web server tier if it names none.

    Raises UnknownTier, also for Cluster: none of the platforms in the catalogue runs on one. Clients send no version, a
    blank or an old one; the environment gets ours [inferred].
    """
    if request is None:
        return WEB
    for tier in (WEB, WORKER):
        if (
            request.name == tier.name
            and request.type in (None, "", tier.type)
            and _VERSION.fullmatch(request.version or "")
        ):
            return tier
    raise errors.UnknownTier
