"""The tiers an environment can have, and which of them a request means."""

import re
from typing import Protocol

from msgspec import Struct

from beanpole.model import errors


class Tier(Struct, frozen=True):
    """Web server or worker."""

    name: str = "WebServer"
    type: str = "Standard"
    version: str = "1.0"


WEB = Tier()
WORKER = Tier("Worker", "SQS/HTTP", "1.0")

_VERSION = re.compile(r"\s*|[0-9]+(\.[0-9]+)*")


class Named(Protocol):
    """A tier as a request names it."""

    @property
    def name(self) -> str | None: ...
    @property
    def type(self) -> str | None: ...
    @property
    def version(self) -> str | None: ...


def named(asked: Named | None) -> Tier:
    """The tier a request means: web unless it says otherwise.

    Raises UnknownTier, also for Cluster: none of the platforms in the catalogue runs on one. Clients send no version, a
    blank or an old one; whatever it is, we answer with ours [inferred].
    """
    if asked is None:
        return WEB
    for tier in (WEB, WORKER):
        if asked.name == tier.name and asked.type in (None, "", tier.type) and _VERSION.fullmatch(asked.version or ""):
            return tier
    raise errors.UnknownTier
