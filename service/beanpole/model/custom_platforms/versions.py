"""Platform versions as the wire shows them, the service's and the account's own, and the order of their list."""

from functools import lru_cache

from msgspec import Struct, field

from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.names.ids import Ids
from beanpole.model.platforms.catalog import (
    CUSTOM,
    CUSTOM_ADDONS,
    CUSTOM_TIERS,
    PlatformCatalog,
    Software,
    SolutionStack,
    version_numbers,
)
from beanpole.threads.decoders import JsonDecoder

OWN = "self"  # the owner of a custom platform, as its account sees it
RECOMMENDED = "Recommended"

SortKey = tuple[bool, int, str, tuple[int, ...]]
SORT_KEYS = JsonDecoder[SortKey](SortKey)


class CustomAmi(Struct, frozen=True):
    """The machine image of a virtualization type; the service gives `pv` an empty id (the guide)."""

    virtualization_type: str
    image_id: str


class DefaultAmi(Struct, frozen=True):
    """The machine image of an architecture."""

    architecture: str
    image_id: str


class PlatformVersion(Struct, frozen=True, eq=False, kw_only=True):
    """The members of a summary and of a description on the wire, with the version's `sort_key` in the list.

    `newest`: no version of the same name is newer. `written` has its text in each format in which it was written.
    """

    platform_arn: str
    platform_owner: str
    platform_name: str
    platform_version: str
    platform_status: str
    platform_category: str | None = None
    solution_stack_name: str | None = None
    date_created: int | None = None
    date_updated: int | None = None
    description: str | None = None
    maintainer: str | None = None
    operating_system_name: str | None = None
    operating_system_version: str | None = None
    programming_languages: tuple[Software, ...] = ()
    frameworks: tuple[Software, ...] = ()
    custom_ami_list: tuple[CustomAmi, ...] = ()
    default_ami_list: tuple[DefaultAmi, ...] = ()
    supported_tier_list: tuple[str, ...] = ()
    supported_addon_list: tuple[str, ...] = ()
    platform_lifecycle_state: str | None = None
    platform_branch_name: str | None = None
    platform_branch_lifecycle_state: str | None = None
    newest: bool = False
    sort_key: SortKey = (False, 0, "", ())
    written: dict[object, bytes] = field(default_factory=dict)


@lru_cache(maxsize=64)
def offered(platforms: PlatformCatalog, region: str) -> tuple[PlatformVersion, ...]:
    """The service's versions, in the order of the catalogue; computed once for each region."""
    return tuple(managed(platforms, stack, region, rank) for rank, stack in enumerate(platforms.stacks))


def managed(platforms: PlatformCatalog, stack: SolutionStack, region: str, rank: int = 0) -> PlatformVersion:
    """A version of the service's own."""
    branch = platforms.branch(stack.branch)
    images = {architecture: _image(region, stack, architecture) for architecture in ("x86_64", *stack.architectures)}
    return PlatformVersion(
        platform_arn=stack.arn(region),
        platform_owner=platforms.owner,
        platform_name=stack.branch,
        platform_version=stack.version,
        platform_status="Ready",
        platform_category=stack.family,
        solution_stack_name=stack.name,
        date_created=stack.released,
        date_updated=stack.released,
        description=_description(stack),
        maintainer=platforms.maintainer,
        operating_system_name=stack.os_name,
        operating_system_version=stack.os_version,
        programming_languages=stack.languages,
        frameworks=stack.frameworks,
        custom_ami_list=(CustomAmi("pv", ""), CustomAmi("hvm", images["x86_64"])),
        default_ami_list=tuple(DefaultAmi(architecture, images[architecture]) for architecture in stack.architectures),
        supported_tier_list=stack.tiers,
        supported_addon_list=stack.addons,
        platform_lifecycle_state=RECOMMENDED if stack.recommended else None,
        platform_branch_name=stack.branch,
        platform_branch_lifecycle_state=None if branch is None else branch.lifecycle_state,
        newest=stack.newest,
        sort_key=(False, rank, "", ()),
    )


def own(platforms: tuple[CustomPlatform, ...]) -> tuple[PlatformVersion, ...]:
    """The account's versions by name, and within a name the newest first: the EB CLI takes the first one."""
    newest: dict[str, tuple[int, ...]] = {}
    for platform in platforms:
        name, version = platform.platform_name, version_numbers(platform.platform_version)
        newest[name] = max(version, newest.get(name, ()))
    versions = (
        custom(platform, newest[platform.platform_name] == version_numbers(platform.platform_version))
        for platform in platforms
    )
    return tuple(sorted(versions, key=lambda version: version.sort_key))


def custom(platform: CustomPlatform, newest: bool = False) -> PlatformVersion:
    """A version of the account's own; its image, tiers and add-ons are shown only while it is Ready."""
    built = platform.image_id if platform.status == "Ready" else None
    defined = platform.defined
    return PlatformVersion(
        platform_arn=platform.platform_arn,
        platform_owner=OWN,
        platform_name=platform.platform_name,
        platform_version=platform.platform_version,
        platform_status=platform.status,
        platform_category=CUSTOM,
        date_created=platform.date_created,
        date_updated=platform.date_updated,
        description=defined.description,
        maintainer=defined.maintainer,
        operating_system_name=defined.operating_system_name,
        operating_system_version=defined.operating_system_version,
        programming_languages=defined.languages,
        frameworks=defined.frameworks,
        custom_ami_list=(CustomAmi("pv", built), CustomAmi("hvm", built)) if built else (),
        supported_tier_list=CUSTOM_TIERS if built else (),
        supported_addon_list=CUSTOM_ADDONS if built else (),
        newest=newest,
        sort_key=(True, 0, platform.platform_name, tuple(-part for part in version_numbers(platform.platform_version))),
    )


def _image(region: str, stack: SolutionStack, architecture: str) -> str:
    """An id of our own, always the same for the same platform version."""
    return "ami-" + Ids("image", region, stack.branch, stack.version, architecture).hexadecimal(17)


def _description(stack: SolutionStack) -> str:
    """The service's form: the name of the stack without the version of the platform."""
    runtime = (stack.name or stack.branch).partition(" running ")[2]
    return f"64bit {stack.os_name} {stack.os_version} running {runtime}"
