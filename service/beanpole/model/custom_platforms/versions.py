"""Versions of platforms as the wire shows them, the service's and the account's own alike, and in what order."""

from functools import lru_cache

from msgspec import Struct, field
from msgspec.json import Decoder

from beanpole.model.custom_platforms.custom_platform import CustomPlatform, number
from beanpole.model.names.ids import Ids
from beanpole.model.platforms.catalog import (
    CUSTOM,
    CUSTOM_ADDONS,
    CUSTOM_TIERS,
    PlatformCatalog,
    Software,
    SolutionStack,
)

OWN = "self"  # the owner, as the account that asks reads it
RECOMMENDED = "Recommended"

SortKey = tuple[bool, int, str, tuple[int, ...]]
SORT_KEYS: Decoder[SortKey] = Decoder(SortKey)


class CustomAmi(Struct, frozen=True):
    """The machine image by the way it is virtualised; the service names none for `pv` with an empty id (the guide)."""

    virtualization_type: str
    image_id: str


class DefaultAmi(Struct, frozen=True):
    """The machine image for an architecture."""

    architecture: str
    image_id: str


class PlatformVersion(Struct, frozen=True, eq=False, kw_only=True):
    """The members of the wire, in a summary and in a description; `newest` of its name, at `sort_key` in the list.

    `fragment_key` is like no other's, so what was written for it stays true.
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
    fragment_key: object = field(default_factory=object)


@lru_cache(maxsize=64)
def offered(platforms: PlatformCatalog, region: str) -> tuple[PlatformVersion, ...]:
    """The service's own, in the order of the catalogue; described once for a region."""
    return tuple(managed(platforms, stack, region, rank) for rank, stack in enumerate(platforms.stacks))


def managed(platforms: PlatformCatalog, stack: SolutionStack, region: str, rank: int = 0) -> PlatformVersion:
    """One of the service's own."""
    branch = platforms.branch(stack.branch)
    hvm = _image(region, stack, "x86_64")
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
        custom_ami_list=(CustomAmi("pv", ""), CustomAmi("hvm", hvm)),
        default_ami_list=tuple(DefaultAmi(it, _image(region, stack, it)) for it in stack.architectures),
        supported_tier_list=stack.tiers,
        supported_addon_list=stack.addons,
        platform_lifecycle_state=RECOMMENDED if stack.recommended else None,
        platform_branch_name=stack.branch,
        platform_branch_lifecycle_state=None if branch is None else branch.lifecycle_state,
        newest=stack.newest,
        sort_key=(False, rank, "", ()),
    )


def own(platforms: tuple[CustomPlatform, ...]) -> tuple[PlatformVersion, ...]:
    """The account's own, by name, of one name the newest first, which is the one that the EB CLI takes."""
    newest: dict[str, tuple[int, ...]] = {}
    for it in platforms:
        newest[it.platform_name] = max(number(it.platform_version), newest.get(it.platform_name, ()))
    versions = (custom(it, newest[it.platform_name] == number(it.platform_version)) for it in platforms)
    return tuple(sorted(versions, key=lambda it: it.sort_key))


def custom(platform: CustomPlatform, newest: bool = False) -> PlatformVersion:
    """One of the account's own; it tells what it is made of once it is built, and while nobody deletes it."""
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
        sort_key=(True, 0, platform.platform_name, tuple(-it for it in number(platform.platform_version))),
    )


def _image(region: str, stack: SolutionStack, architecture: str) -> str:
    """The same one for the same stack for ever; the id is ours."""
    return "ami-" + Ids("image", region, stack.branch, stack.version, architecture).hexadecimal(17)


def _description(stack: SolutionStack) -> str:
    """As the service says it: the stack's name without the version of the platform."""
    runtime = (stack.name or stack.branch).partition(" running ")[2]
    return f"64bit {stack.os_name} {stack.os_version} running {runtime}"
