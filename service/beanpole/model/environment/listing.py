"""Which environments a description lists, and in what order."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.json import Decoder

from beanpole.model.environment.environment import Environment

SortKey = tuple[bool, int, str, str]
SORT_KEYS: Decoder[SortKey] = Decoder(SortKey)


class Wanted(Struct, frozen=True, kw_only=True):
    """Filters that all must hold; an empty or absent one lets everything through.

    `gone_since` is the earliest termination of interest; None leaves every terminated environment out.
    """

    application_name: str | None = None
    version_label: str | None = None
    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    gone_since: int | None = None


def sort_key(environment: Environment) -> SortKey:
    """Live environments first, then newest first; a key changes when its environment is terminated or restored."""
    return (not environment.live, -environment.date_created, environment.environment_name, environment.environment_id)


def forgotten(environments: Sequence[Environment], memory: int, now: int) -> list[Environment]:
    """Those that are gone for longer than anybody may ask for them."""
    return [it for it in environments if it.terminated_at is not None and it.terminated_at < now - memory]


def listed(environments: Sequence[Environment], wanted: Wanted) -> list[Environment]:
    """The environments that pass, in their order; a filter that is not given costs nothing."""
    since = wanted.gone_since
    found = [
        it
        for it in environments
        if it.terminated_at is None or (since is not None and it.terminated_at >= since) or it.live
    ]
    if wanted.application_name is not None:
        found = [it for it in found if it.application_name == wanted.application_name]
    if wanted.version_label is not None:
        found = [it for it in found if it.version_label == wanted.version_label]
    if wanted.ids:
        found = [it for it in found if it.environment_id in wanted.ids]
    if wanted.names:
        found = [it for it in found if it.environment_name in wanted.names]
    return found
