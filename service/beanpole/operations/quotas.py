"""Quotas: how many of a kind an account may have in a region, also under concurrent calls."""

from beanpole.model import errors
from beanpole.operations.context import Context

CLOSE = 100  # so near the quota, the commit of a request fails if the count has changed


def counted(context: Context, kind: str) -> tuple[str, str]:
    """The version of a kind's listing; read it before counting."""
    return kind, context.world.version(kind)


def room(
    before: tuple[str, str], count: int, more: int, most: int, error: type[errors.ServiceError]
) -> tuple[tuple[str, str], ...]:
    """Raise the error unless there is room for `more`; else the `unchanged` of a commit that keeps it so."""
    if count + more > most:
        raise error(most=most)
    return (before,) if count + more > most - CLOSE else ()
