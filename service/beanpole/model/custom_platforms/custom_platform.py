"""Custom platforms: versions that are built from a user's own definition."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.application import SourceBundle
from beanpole.model.environment.environment import Environment
from beanpole.model.events.event import Event
from beanpole.model.events.messages import Message
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.platforms.catalog import Software

PlatformStatus = Literal["Creating", "Failed", "Ready", "Deleting", "Deleted"]

BUILDER = "eb-custom-platform-builder-packer"  # the environment that builds, unless the request names another
BUILDER_APPLICATION = "Custom Platform Builder"


class Definition(Struct, frozen=True, omit_defaults=True):
    """The members of a definition's `platform.yaml`; with a `problem` no platform can be built from it."""

    problem: str | None = None
    description: str | None = None
    maintainer: str | None = None
    operating_system_name: str | None = None
    operating_system_version: str | None = None
    languages: tuple[Software, ...] = ()
    frameworks: tuple[Software, ...] = ()


class CustomPlatform(Struct, frozen=True, omit_defaults=True):
    """One version; `due` is the end of its current stage, None while it is neither built nor deleted.

    `stage` counts the stages begun. `definition` is the address of the definition, and `defined` its content.
    `new_builder`: the builder's environment has built nothing before. `image_id` is the machine image, if there is one.
    """

    platform_arn: str
    platform_name: str
    platform_version: str
    date_created: int
    date_updated: int
    status: PlatformStatus = "Creating"
    definition: SourceBundle = SourceBundle()
    defined: Definition = Definition()
    builder: str | None = None
    new_builder: bool = False
    image_id: str | None = None
    settings: tuple[OptionSetting, ...] = ()
    tags: dict[str, str] = {}
    request_id: str | None = None
    stage: int = 0
    due: int | None = None
    generation: int = 0

    @property
    def id(self) -> str:
        """The key in the store."""
        return self.platform_arn

    @property
    def full_name(self) -> str:
        """The name in events."""
        return f"{self.platform_name}/{self.platform_version}"

    @property
    def builder_name(self) -> str:
        """The name of the environment that builds it."""
        return (self.builder or BUILDER).rpartition("/")[2]

    def is_used_by(self, environment: Environment) -> bool:
        """Tell whether the environment is on this platform, or an update is moving it there."""
        activity = environment.activity
        requested = None if activity is None else activity.changes.platform_arn
        return environment.live and self.platform_arn in (environment.platform_arn, requested)

    def tell(self, message: Message, at: int) -> Event:
        """The event of a message about it, with the id of the request that began its build or deletion."""
        return Event(at, message.text, message.severity, platform_arn=self.platform_arn, request_id=self.request_id)

    def request_deletion(self, request_id: str, now: int) -> "CustomPlatform":
        """Request that it be deleted; raises PlatformBusy while it is being built or deleted."""
        if self.status in ("Creating", "Deleting"):
            raise errors.PlatformBusy(arn=self.platform_arn)
        return replace(self, status="Deleting", request_id=request_id, stage=0, due=now, date_updated=now)
