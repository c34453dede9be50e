"""Applications and their versions: what deployments are made of."""

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from beanpole.model.manifest import Manifest
from beanpole.model.options import OptionSetting

VersionPlace = tuple[int, str]
VERSION_PLACES: Decoder[VersionPlace] = Decoder(VersionPlace)


class SourceBundle(Struct, frozen=True, omit_defaults=True):
    """Where the code of a version lies in the object store."""

    s3_bucket: str | None = None
    s3_key: str | None = None


class Deletion(Struct, frozen=True):
    """An application that goes as soon as its environments are gone."""

    request_id: str
    started: int


class Application(Struct, frozen=True, omit_defaults=True):
    """The folder that environments, versions and saved configurations live in; its name is its id."""

    application_name: str
    application_arn: str
    date_created: int
    date_updated: int
    description: str | None = None
    service_role: str | None = None
    tags: dict[str, str] = {}
    deletion: Deletion | None = None
    generation: int = 0

    @property
    def id(self) -> str:
        """What it is found by in its world."""
        return self.application_name

    def request_deletion(self, request_id: str, now: int) -> "Application":
        """Ask that it be deleted once its environments are terminated."""
        return replace(self, deletion=Deletion(request_id, now), date_updated=now)


class ApplicationVersion(Struct, frozen=True, omit_defaults=True):
    """A labelled build of an application; `UNPROCESSED` until somebody asks for it to be checked.

    `extensions` are the option settings of its `.ebextensions`, `manifest` its `env.yaml`. `due` is
    the instant at which its processing ends.
    """

    application_name: str
    version_label: str
    application_version_arn: str
    date_created: int
    date_updated: int
    description: str | None = None
    source_bundle: SourceBundle | None = None
    status: str = "UNPROCESSED"
    extensions: tuple[OptionSetting, ...] = ()
    manifest: Manifest | None = None
    request_id: str | None = None
    due: int | None = None
    tags: dict[str, str] = {}
    generation: int = 0

    @property
    def id(self) -> str:
        """Application names hold no slash, so the pair is unambiguous."""
        return version_id(self.application_name, self.version_label)


def version_place(version: ApplicationVersion) -> VersionPlace:
    """Where it stands in a list: newest first."""
    return -version.date_created, version.id


def version_id(application_name: str, version_label: str) -> str:
    """What a version is found by in its world."""
    return f"{application_name}/{version_label}"
