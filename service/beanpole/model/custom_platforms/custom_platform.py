"""Custom platforms: versions that a user has built from a definition of their own."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.application import SourceBundle
from beanpole.model.environment.environment import Environment
from beanpole.model.events.event import Event
from beanpole.model.events.messages import Message
from beanpole.model.options.configuration import OptionSetting
from beanpole.model.platforms.catalog import Software

PlatformStatus = Literal["Creating", "Failed", "Ready", "Deleting", "Deleted"]

BUILDER = "eb-custom-platform-builder-packer"  # the environment that builds, unless the request names another
BUILDER_APPLICATION = "Custom Platform Builder"


class Definition(Struct, frozen=True, omit_defaults=True):
    """What the `platform.yaml` of a definition says; with a `problem` no platform can be built from it."""

    problem: str | None = None
    description: str | None = None
    maintainer: str | None = None
    operating_system_name: str | None = None
    operating_system_version: str | None = None
    languages: tuple[Software, ...] = ()
    frameworks: tuple[Software, ...] = ()


class CustomPlatform(Struct, frozen=True, omit_defaults=True):
    """One version; `due` is the instant at which the next of its stages ends, None while nothing goes on.

    `stage` counts the stages begun. `definition` is where the definition lies and `defined` what it says. `new_builder`
    tells that nothing was built in the builder's environment before. `image_id` is the machine image, if there is one.
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
        """What it is found by in its world."""
        return self.platform_arn

    @property
    def full_name(self) -> str:
        """How events name it."""
        return f"{self.platform_name}/{self.platform_version}"

    @property
    def builder_name(self) -> str:
        """The name of the environment that builds it."""
        return (self.builder or BUILDER).rpartition("/")[2]

    def runs(self, environment: Environment) -> bool:
        """The environment is on this platform, or about to be."""
        activity = environment.activity
        wanted = None if activity is None else activity.changes.platform_arn
        return environment.live and self.platform_arn in (environment.platform_arn, wanted)

    def tell(self, message: Message, at: int) -> Event:
        """The event of a message about it; it belongs to the call that began what goes on."""
        return Event(at, message.text, message.severity, platform_arn=self.platform_arn, request_id=self.request_id)

    def request_deletion(self, request_id: str, now: int) -> "CustomPlatform":
        """Ask that it be deleted; refused while it is being built or deleted."""
        if self.status in ("Creating", "Deleting"):
            raise errors.PlatformBusy(arn=self.platform_arn)
        return replace(self, status="Deleting", request_id=request_id, stage=0, due=now, date_updated=now)


def number(version: str) -> tuple[int, ...]:
    """A version that is three numbers, as numbers."""
    return tuple(map(int, version.split(".")))
