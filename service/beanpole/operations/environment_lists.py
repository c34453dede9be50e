"""Lists of environments: what clients call first, and most often, needs none of the operations that change one."""

from collections.abc import Sequence

from beanpole.model.calls import paging
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.listing import SORT_KEYS, Filters, matching, sort_key
from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.operations.views.environment import describe_all
from beanpole.wire.schemas import Request


@operation("DescribeEnvironments", reads=True)
def describe_environments(context: Context, request: Request) -> Answer:
    """The environments that pass every filter, live ones first; an unknown name gives none."""
    filters = _filters(context, request)
    matches = matching(_candidates(context, filters), filters)
    page, token = paging.page(matches, sort_key, SORT_KEYS, request.max_records, request.next_token)
    return {"environments": describe_all(context.world, page), "next_token": token}


def _candidates(context: Context, filters: Filters) -> Sequence[Environment]:
    """The environments with the ids or the names of the filters, in their order; without both all environments."""
    if filters.ids:
        by_id = context.world.environments_of(sorted(filters.ids))
        return sorted((environment for environment in by_id if environment is not None), key=sort_key)
    return context.world.environments_called(filters.names) if filters.names else context.world.environments()


def _filters(context: Context, request: Request) -> Filters:
    """The filters of a request.

    Terminated environments are listed for an hour, or back to `IncludedDeletedBackTo` while they can be restored.
    """
    quotas = context.catalog.quotas
    since: int | None = context.now - quotas.terminated_listed_seconds * 1000
    if request.include_deleted is False:
        since = None
    elif request.include_deleted and request.included_deleted_back_to is not None:
        since = max(request.included_deleted_back_to, context.now - quotas.restore_window)
    return Filters(
        application_name=request.application_name,
        version_label=request.version_label,
        ids=frozenset(request.environment_ids or ()),
        names=frozenset(request.environment_names or ()),
        terminated_since=since,
    )
