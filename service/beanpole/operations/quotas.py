"""Quotas: the number of entities of a kind that an account may have in a region, even with concurrent calls."""

from beanpole.model import errors
from beanpole.operations.context import Context

CLOSE = 100  # at this distance from the quota, the commit of a request fails if the number has changed


def listing_version(context: Context, kind: str) -> tuple[str, str]:
    """The kind and the version of its listing; read it before counting."""
    return kind, context.world.version(kind)


def room(
    before: tuple[str, str], count: int, more: int, most: int, error: type[errors.ServiceError]
) -> tuple[tuple[str, str], ...]:
    """Raise the error if there is no room for `more`; else the listings that must be unchanged at the commit."""
    if count + more > most:
        raise error(most=most)
    return (before,) if count + more > most - CLOSE else ()
