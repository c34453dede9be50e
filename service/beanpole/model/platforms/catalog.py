"""The platforms: branches, their versions, and the solution stack and ARN of each.

A version of a platform has two names, its solution stack and its platform ARN; both follow from the branch, the
operating system and the version number, so the catalogue keeps only those.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from beanpole.threads.decoders import convert

_ARN = re.compile(r"arn:[^:]+:elasticbeanstalk:[^:]+::platform/(?P<branch>[^/]+)/(?P<version>\d+\.\d+\.\d+)")
_RUNNING_ON = " running on 64bit "
_EPOCH = date(1970, 1, 1)
_MILLISECOND = timedelta(milliseconds=1)
_MONTHLY = timedelta(days=28)  # between two versions of a branch

# The members of every custom platform (the EB CLI's tests).
CUSTOM = "custom"
CUSTOM_TIERS = ("WebServer/Standard", "Worker/SQS/HTTP")
CUSTOM_ADDONS = ("Log/S3", "WorkerDaemon/SQSD")


class Software(Struct, frozen=True):
    """A language, framework or server of a platform; `version` is None where the service shows none."""

    name: str
    version: str | None = None


class PlatformBranch(Struct, frozen=True, kw_only=True):
    """A line of platform versions: one runtime on one operating system."""

    name: str
    family: str
    lifecycle_state: str
    tiers: tuple[str, ...]
    order: int
    retirement_date: str | None = None


class SolutionStack(Struct, frozen=True, kw_only=True):
    """One version of a platform branch, named as ListAvailableSolutionStacks names it.

    `traits` are the words by which the catalogue of options tells platforms apart: python, linux, al2023. `newest` is
    the latest of its branch, and `released` is in milliseconds. A custom platform has no solution stack and no name,
    but an ARN of its own.
    """

    name: str | None
    branch: str
    family: str
    version: str
    lifecycle_state: str
    recommended: bool
    newest: bool = False
    released: int | None = None
    ami: str | None = None
    architectures: tuple[str, ...] = ()
    own_arn: str | None = None
    os_name: str | None = None
    os_version: str | None = None
    tiers: tuple[str, ...]
    file_types: tuple[str, ...]
    addons: tuple[str, ...]
    languages: tuple[Software, ...] = ()
    frameworks: tuple[Software, ...] = ()
    servers: tuple[Software, ...] = ()
    traits: tuple[str, ...] = ()

    def arn(self, region: str) -> str:
        """The platform ARN; a platform of the service has no account in it, and blanks are not escaped."""
        service = f"arn:{partition(region)}:elasticbeanstalk:{region}"
        return self.own_arn or f"{service}::platform/{self.branch}/{self.version}"


class PlatformCatalog:
    """All branches and solution stacks: supported ones first, then by operating system and family, newest first.

    Terraform's `most_recent` takes the first match in this order.
    """

    def __init__(
        self,
        branches: tuple[PlatformBranch, ...],
        stacks: tuple[SolutionStack, ...],
        owner: str,
        maintainer: str,
    ) -> None:
        self.branches = branches
        self.stacks = stacks
        self.owner = owner
        self.maintainer = maintainer
        self._branches = {branch.name: branch for branch in branches}
        self._stacks = {stack.name: stack for stack in stacks if stack.name is not None}
        self._versions = {(stack.branch, stack.version): stack for stack in stacks}

    def find_stack(self, name: str) -> SolutionStack | None:
        """The stack of exactly this name."""
        return self._stacks.get(name)

    def of(self, solution_stack_name: str | None, platform_arn: str) -> SolutionStack | None:
        """The platform of an environment, by its stored names; without a solution stack it is a custom platform."""
        return self.find_stack(solution_stack_name) if solution_stack_name else custom_stack(platform_arn)

    def find_arn(self, arn: str) -> SolutionStack | None:
        """The stack of a platform ARN, in any region; None for the ARN of a custom platform, which has an account."""
        parts = _ARN.fullmatch(arn)
        return self._versions.get((parts["branch"], parts["version"])) if parts else None

    def branch(self, name: str) -> PlatformBranch | None:
        """The branch of exactly this name."""
        return self._branches.get(name)

    def versions(self, branch: str) -> tuple[SolutionStack, ...]:
        """The stacks of a branch, newest first."""
        return tuple(stack for stack in self.stacks if stack.branch == branch)


def platform_catalog(rows: Mapping[str, Any]) -> PlatformCatalog:
    """The catalogue of `platforms.yaml`; raises msgspec.ValidationError for rows of another shape."""
    tables = convert(rows, _Tables)
    rank = {name: index for index, name in enumerate(tables.operating_systems)}
    branches: list[PlatformBranch] = []
    stacks: list[tuple[tuple[bool, int], SolutionStack]] = []
    for family_name, family in tables.families.items():
        for name, row in sorted(family.branches.items(), key=lambda item: -item[1].order):
            os = row.os or name.partition(_RUNNING_ON)[2]
            branches.append(_branch(name, family_name, row, tables.operating_systems[os]))
            sort_key = (row.state == "Retired", rank[os])
            stacks += (
                (sort_key, stack) for stack in _stacks(name, family_name, family, row, tables.operating_systems[os])
            )
    in_order = sorted(stacks, key=lambda pair: pair[0])
    return PlatformCatalog(tuple(branches), tuple(stack for _, stack in in_order), tables.owner, tables.maintainer)


def custom_stack(arn: str) -> SolutionStack:
    """A custom platform, as far as its ARN says; its operating system is not known, but it is a Linux [inferred]."""
    name, _, version = arn.partition(":platform/")[2].rpartition("/")
    return SolutionStack(
        name=None,
        branch=name,
        family=CUSTOM,
        version=version,
        lifecycle_state="Supported",
        recommended=False,
        own_arn=arn,
        tiers=CUSTOM_TIERS,
        file_types=(),
        addons=CUSTOM_ADDONS,
        traits=("linux",),
    )


def partition(region: str) -> str:
    """The partition of a region's ARNs: aws, aws-cn or aws-us-gov."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


class _OperatingSystem(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    version: str
    traits: tuple[str, ...]
    tiers: tuple[str, ...]
    addons: tuple[str, ...]
    released: date
    ami: str | None = None
    architectures: tuple[str, ...] = ("x86_64",)


class _Branch(Struct, frozen=True, forbid_unknown_fields=True):
    versions: tuple[str, ...]
    order: int
    stack: str | None = None
    os: str | None = None
    languages: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    state: str = "Supported"
    retires: str | None = None


class _Family(Struct, frozen=True, forbid_unknown_fields=True):
    trait: str
    file_types: tuple[str, ...]
    branches: dict[str, _Branch]


class _Tables(Struct, frozen=True, forbid_unknown_fields=True):
    owner: str
    maintainer: str
    operating_systems: dict[str, _OperatingSystem]
    families: dict[str, _Family]


def _branch(name: str, family: str, row: _Branch, os: _OperatingSystem) -> PlatformBranch:
    return PlatformBranch(
        name=name,
        family=family,
        lifecycle_state=row.state,
        tiers=os.tiers,
        order=row.order,
        retirement_date=row.retires,
    )


def _stacks(
    branch: str, family_name: str, family: _Family, row: _Branch, os: _OperatingSystem
) -> Iterator[SolutionStack]:
    runtime, _, system = branch.partition(_RUNNING_ON)
    template = row.stack or f"64bit {system} v{{version}} running {runtime.replace(' with ', ' ')}"
    for age, version in enumerate(row.versions):
        yield SolutionStack(
            name=template.format(version=version),
            branch=branch,
            family=family_name,
            version=version,
            lifecycle_state=row.state,
            recommended=age == 0 and row.state == "Supported",
            newest=age == 0,
            released=(os.released - age * _MONTHLY - _EPOCH) // _MILLISECOND,
            ami=os.ami,
            architectures=os.architectures,
            os_name=os.name,
            os_version=os.version,
            tiers=os.tiers,
            file_types=family.file_types,
            addons=os.addons,
            languages=_software(row.languages),
            frameworks=_software(row.frameworks),
            servers=_software(row.servers),
            traits=(family.trait, *os.traits, f"{family.trait}-{os.traits[-1]}"),
        )


def _software(names: tuple[str, ...]) -> tuple[Software, ...]:
    """`nginx 1.30.4` has a version, `ECS agent` has none."""
    software = []
    for text in names:
        name, _, version = text.rpartition(" ")
        software.append(Software(name, version) if version[:1].isdigit() else Software(text))
    return tuple(software)


def version_numbers(version: str) -> tuple[int, ...]:
    """A version of three numbers with dots between them, as a tuple that compares."""
    return tuple(map(int, version.split(".")))
