"""Applications and their versions: what deployments are made of."""

from typing import Literal

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from beanpole.model.applications.contents import Contents
from beanpole.model.applications.lifecycle import ResourceLifecycleConfig
from beanpole.model.applications.manifest import Manifest
from beanpole.model.options.configuration import OptionSetting

Status = Literal["UNPROCESSED", "BUILDING", "PROCESSING", "PROCESSED", "FAILED"]
VersionSortKey = tuple[int, str]
VERSION_SORT_KEYS: Decoder[VersionSortKey] = Decoder(VersionSortKey)


class SourceBundle(Struct, frozen=True, omit_defaults=True):
    """Where the code of a version lies in the object store."""

    s3_bucket: str | None = None
    s3_key: str | None = None


class SourceBuildInformation(Struct, frozen=True):
    """Where the source of a version lies that is no source bundle yet: a commit, or a file to build from."""

    source_type: str
    source_repository: str
    source_location: str


class ImageSource(Struct, frozen=True):
    """A container image in a registry."""

    uri: str


class ImageBuildConfiguration(Struct, frozen=True, omit_defaults=True):
    """How an image is built of a source bundle."""

    type: str | None = None
    dockerfile_location: str | None = None
    buildpack: str | None = None
    architecture: str | None = None
    code_build_service_role: str | None = None
    compute_type: str | None = None
    timeout_in_minutes: int | None = None


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
    resource_lifecycle_config: ResourceLifecycleConfig = ResourceLifecycleConfig()
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

    `extensions` are the option settings of its `.ebextensions`, `manifest` its `env.yaml`, `contents` what else its
    source bundle holds; all are None or empty where no object store is configured. While it is built or processed,
    `due` is when a worker looks at it: at once, and once it is `taken_up`, as its status ends. `built_bundle` and
    `built_image` are what a build will have brought by then.
    """

    application_name: str
    version_label: str
    application_version_arn: str
    date_created: int
    date_updated: int
    description: str | None = None
    source_bundle: SourceBundle | None = None
    source_build_information: SourceBuildInformation | None = None
    build_arn: str | None = None
    built_bundle: SourceBundle | None = None
    image_source: ImageSource | None = None
    built_image: ImageSource | None = None
    image_build_configuration: ImageBuildConfiguration | None = None
    process: bool | None = None
    status: Status = "UNPROCESSED"
    extensions: tuple[OptionSetting, ...] = ()
    manifest: Manifest | None = None
    contents: Contents | None = None
    request_id: str | None = None
    due: int | None = None
    taken_up: bool = False
    tags: dict[str, str] = {}
    generation: int = 0

    @property
    def id(self) -> str:
        """Application names hold no slash, so the pair is unambiguous."""
        return version_id(self.application_name, self.version_label)

    @property
    def is_busy(self) -> bool:
        """It is being built or processed."""
        return self.status in ("BUILDING", "PROCESSING")


def version_sort_key(version: ApplicationVersion) -> VersionSortKey:
    """Newest first."""
    return -version.date_created, version.id


def version_id(application_name: str, version_label: str) -> str:
    """What a version is found by in its world."""
    return f"{application_name}/{version_label}"
