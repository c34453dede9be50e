"""The bounds that beanpole sets itself, by the rows of `api-spec/catalog/limits.yaml`; each is written there alone."""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from beanpole.tables import api_spec, tables
from beanpole.threads.decoders import convert


class Limit(Struct, frozen=True, forbid_unknown_fields=True):
    """A bound: the greatest value of something in a unit, and what is answered or happens beyond it."""

    most: int
    unit: str
    of: str
    error: str | int | None = None
    sentence: str | None = None
    effect: str | None = None


@cache
def load() -> Mapping[str, Limit]:
    """Every limit by its name."""
    path = api_spec.directory() / "catalog" / "limits.yaml"
    return convert(tables.own(path), dict[str, Limit])


def most(name: str) -> int:
    """The greatest value that a limit lets through."""
    return load()[name].most


def sentence(name: str) -> str:
    """The sentence with which it refuses more; raises ValueError for a limit that has none."""
    limit = load()[name]
    if limit.sentence is None:
        raise ValueError(f"the limit {name} refuses nothing")
    return limit.sentence.format(most=limit.most)
