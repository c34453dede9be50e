"""Custom platforms: versions that a user has built from a definition of their own."""

from typing import Literal

from msgspec import Struct

from beanpole.model.application import SourceBundle
from beanpole.model.options import OptionSetting

PlatformStatus = Literal["Creating", "Failed", "Ready", "Deleting", "Deleted"]


class CustomPlatform(Struct, frozen=True, omit_defaults=True):
    """One version; `due` is the instant at which its building or its deletion ends, None while neither goes on."""

    platform_arn: str
    platform_name: str
    platform_version: str
    date_created: int
    date_updated: int
    status: PlatformStatus = "Creating"
    definition: SourceBundle = SourceBundle()
    builder: str | None = None
    settings: tuple[OptionSetting, ...] = ()
    tags: dict[str, str] = {}
    request_id: str | None = None
    due: int | None = None
    generation: int = 0

    @property
    def id(self) -> str:
        """What it is found by in its world."""
        return self.platform_arn
