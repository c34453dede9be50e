"""Quotas: how many of a kind an account may have in a region, also when many ask at once."""

from beanpole.model import errors
from beanpole.operations.context import Context

CLOSE = 100  # so near the quota, a request holds on to what it counted


def counted(context: Context, kind: str) -> tuple[str, str]:
    """The version of a kind's listing; ask before counting."""
    return kind, context.world.version(kind)


def room(
    before: tuple[str, str], count: int, more: int, most: int, error: type[errors.ServiceError]
) -> tuple[tuple[str, str], ...]:
    """Raise the error unless there is room for `more`; else what a commit must find `unchanged` for that to stay so."""
    if count + more > most:
        raise error(most=most)
    return (before,) if count + more > most - CLOSE else ()
