"""The environments that DescribeEnvironments lists, and their order."""

from collections.abc import Sequence

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.threads.decoders import JsonDecoder

SortKey = tuple[bool, int, str, str]
SORT_KEYS = JsonDecoder[SortKey](SortKey)


class Filters(Struct, frozen=True, kw_only=True):
    """Conditions that an environment must meet, all of them; an empty or absent one excludes nothing.

    `terminated_since` is the earliest termination that is listed; None excludes every terminated environment.
    """

    application_name: str | None = None
    version_label: str | None = None
    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    terminated_since: int | None = None


def sort_key(environment: Environment) -> SortKey:
    """Live environments first, then newest first; a key changes when its environment is terminated or restored."""
    return (not environment.live, -environment.date_created, environment.environment_name, environment.environment_id)


def expired(environments: Sequence[Environment], memory: int, now: int) -> list[Environment]:
    """The environments that were terminated more than `memory` ago, so that no call can name them any more."""
    return [
        environment
        for environment in environments
        if environment.terminated_at is not None and environment.terminated_at < now - memory
    ]


def matching(environments: Sequence[Environment], filters: Filters) -> list[Environment]:
    """The environments that meet the conditions, in the given order; an absent condition costs no pass.

    Names and ids leave the fewest, so they come first.
    """
    since = filters.terminated_since
    named = environments
    if filters.ids:
        named = [environment for environment in named if environment.environment_id in filters.ids]
    if filters.names:
        named = [environment for environment in named if environment.environment_name in filters.names]
    matches = [
        environment
        for environment in named
        if environment.terminated_at is None
        or (since is not None and environment.terminated_at >= since)
        or environment.live
    ]
    if filters.application_name is not None:
        matches = [environment for environment in matches if environment.application_name == filters.application_name]
    if filters.version_label is not None:
        matches = [environment for environment in matches if environment.version_label == filters.version_label]
    return matches
