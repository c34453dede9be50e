"""Applications and their versions."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.applications.contents import Contents
from beanpole.model.applications.lifecycle import ResourceLifecycleConfig
from beanpole.model.applications.manifest import Manifest
from beanpole.model.options.definitions import OptionSetting
from beanpole.threads.decoders import JsonDecoder

Status = Literal["UNPROCESSED", "BUILDING", "PROCESSING", "PROCESSED", "FAILED"]
VersionSortKey = tuple[int, str]
VERSION_SORT_KEYS = JsonDecoder[VersionSortKey](VersionSortKey)


class SourceBundle(Struct, frozen=True, omit_defaults=True):
    """The address of a version's code in the object store."""

    s3_bucket: str | None = None
    s3_key: str | None = None


class SourceBuildInformation(Struct, frozen=True):
    """The address of source code that is not a source bundle yet: a commit, or a file to build from."""

    source_type: str
    source_repository: str
    source_location: str


class ImageSource(Struct, frozen=True):
    """A container image in a registry."""

    uri: str


class ImageBuildConfiguration(Struct, frozen=True, omit_defaults=True):
    """The settings by which an image is built from a source bundle."""

    type: str | None = None
    dockerfile_location: str | None = None
    buildpack: str | None = None
    architecture: str | None = None
    code_build_service_role: str | None = None
    compute_type: str | None = None
    timeout_in_minutes: int | None = None


class Deletion(Struct, frozen=True):
    """A request to delete an application, carried out once its environments are terminated."""

    request_id: str
    started: int


class Application(Struct, frozen=True, omit_defaults=True):
    """The owner of environments, versions and saved configurations; its name is its id."""

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
        """The key in the store."""
        return self.application_name

    def request_deletion(self, request_id: str, now: int) -> "Application":
        """Request that it be deleted once its environments are terminated."""
        return replace(self, deletion=Deletion(request_id, now), date_updated=now)


class ApplicationVersion(Struct, frozen=True, omit_defaults=True):
    """A labelled build of an application; `UNPROCESSED` unless a request asked for processing.

    `extensions` are the option settings of its `.ebextensions`, `manifest` its `env.yaml`, `contents` the rest of its
    source bundle, and `digest` the digest of the bundle as instances have it, of which the service keeps a copy
    (`naming.bundle_copy`); all are None or empty where no object store is configured. While it is built or processed,
    `due` is the next instant at which a worker looks at it: at once, and once it is `under_way`, at the end of its
    status. `built_bundle` and `built_image` are the results of the build.
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
    digest: str | None = None
    request_id: str | None = None
    due: int | None = None
    under_way: bool = False
    tags: dict[str, str] = {}
    generation: int = 0

    @property
    def id(self) -> str:
        """Application names hold no slash, so the pair is unambiguous."""
        return version_id(self.application_name, self.version_label)

    @property
    def is_busy(self) -> bool:
        """Tell whether the version is being built or processed."""
        return self.status in ("BUILDING", "PROCESSING")


def version_sort_key(version: ApplicationVersion) -> VersionSortKey:
    """Newest first."""
    return -version.date_created, version.id


def version_id(application_name: str, version_label: str) -> str:
    """The key of a version in the store."""
    return f"{application_name}/{version_label}"
