"""Operations on solution stacks, platform branches, and versions of platforms."""

from collections.abc import Iterable

from beanpole.model import errors
from beanpole.model.calls import paging
from beanpole.model.custom_platforms import versions
from beanpole.model.custom_platforms.versions import SORT_KEYS, PlatformVersion
from beanpole.model.platforms.catalog import PlatformBranch
from beanpole.model.platforms.filters import BRANCHES, VERSIONS, Filter
from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.threads.decoders import JsonDecoder
from beanpole.wire.schemas import Request

BranchSortKey = tuple[str, int, str]
BRANCH_SORT_KEYS = JsonDecoder[BranchSortKey](BranchSortKey)


@operation("ListAvailableSolutionStacks", reads=True)
def list_available_solution_stacks(context: Context, request: Request) -> Answer:
    """Every solution stack, newest first, and the types of files that it accepts."""
    stacks = context.catalog.platforms.stacks
    return {
        "solution_stacks": [stack.name for stack in stacks],
        "solution_stack_details": [
            {"solution_stack_name": stack.name, "permitted_file_types": stack.file_types} for stack in stacks
        ],
    }


@operation("ListPlatformBranches", reads=True)
def list_platform_branches(context: Context, request: Request) -> Answer:
    """The branches that pass every filter, by family and then the highest order first."""
    filters = _filters((filter_.attribute, filter_) for filter_ in request.filters or ())
    matches = sorted(BRANCHES.passing(context.catalog.platforms.branches, filters), key=branch_sort_key)
    page, token = paging.page(matches, branch_sort_key, BRANCH_SORT_KEYS, request.max_records, request.next_token)
    return {"platform_branch_summary_list": [_describe_branch(branch) for branch in page], "next_token": token}


@operation("ListPlatformVersions", reads=True)
def list_platform_versions(context: Context, request: Request) -> Answer:
    """The versions that pass every filter: the service's own first, and newer versions before older ones."""
    filters = _filters((filter_.type, filter_) for filter_ in request.filters or ())
    platforms, own = context.catalog.platforms, context.world.custom_platforms()
    every = (*versions.offered(platforms, context.region), *versions.own(own))
    matches = VERSIONS.passing(every, filters)
    page, token = paging.page(
        matches, lambda version: version.sort_key, SORT_KEYS, request.max_records, request.next_token
    )
    return {"platform_summary_list": page, "next_token": token}


@operation("DescribePlatformVersion", reads=True)
def describe_platform_version(context: Context, request: Request) -> Answer:
    """The description of one version."""
    if not request.platform_arn:
        raise errors.PlatformNotNamed
    return {"platform_description": _describe_version(context, request.platform_arn)}


def branch_sort_key(branch: PlatformBranch) -> BranchSortKey:
    """The sort key of the branch in the list."""
    return branch.family, -branch.order, branch.name


def _describe_version(context: Context, arn: str) -> PlatformVersion:
    """The version of an ARN; a stack's name is accepted, too [inferred: as in calls that read options]."""
    platforms = context.catalog.platforms
    named = platforms.find_stack(arn)
    stack, own = named or platforms.find_arn(arn), context.world.custom_platform(arn)
    if stack is not None and (named is not None or stack.arn(context.region) == arn):
        return versions.managed(platforms, stack, context.region)
    if own is not None:
        return versions.custom(own)
    raise errors.NoSuchPlatformVersion(arn=arn)


def _describe_branch(branch: PlatformBranch) -> Answer:
    return {
        "platform_name": branch.family,
        "branch_name": branch.name,
        "lifecycle_state": branch.lifecycle_state,
        "branch_order": branch.order,
        "supported_tier_list": branch.tiers,
    }


def _filters(pairs: Iterable[tuple[str | None, Request]]) -> tuple[Filter, ...]:
    """The filters of a request; a missing part is empty, and so refused as unknown."""
    return tuple(Filter(attribute or "", filter_.operator or "", filter_.values or ()) for attribute, filter_ in pairs)
