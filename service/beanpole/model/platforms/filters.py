"""Filters of the lists of platforms: which attributes there are, what may be asked of each, and what passes.

Filters are ANDed. An attribute may have several values, and then a filter asks whether any of them fits; `!=` and
`not_in` ask whether none does.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from msgspec import Struct

from beanpole.model import errors

T = TypeVar("T")

LATEST = "latest"  # a value of PlatformVersion
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})*")

_EQUAL = frozenset({"=", "!="})
_TEXT = frozenset({"contains", "begins_with", "ends_with"})
_SETS = frozenset({"in", "not_in"})
_ORDER = frozenset({"<", "<=", ">", ">="})

# Whether one value fits another.
_FITS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda has, wanted: has == wanted,
    "in": lambda has, wanted: has == wanted,
    "contains": lambda has, wanted: wanted in has,
    "begins_with": lambda has, wanted: has.startswith(wanted),
    "ends_with": lambda has, wanted: has.endswith(wanted),
    "<": lambda has, wanted: has < wanted,
    "<=": lambda has, wanted: has <= wanted,
    ">": lambda has, wanted: has > wanted,
    ">=": lambda has, wanted: has >= wanted,
}
_NOT = {"!=": "=", "not_in": "in"}


class Filter(Struct, frozen=True):
    """One term: an attribute, an operator, and what is compared with."""

    attribute: str
    operator: str
    values: tuple[str, ...]


class Attribute(Struct, frozen=True):
    """Something to filter by: its values in an item, and the operators it takes; `numeric` compares as versions do.

    `folds` tells that upper and lower case are one: the guide writes `supported`, the service shows `Supported`.
    """

    of: Callable[[Any], Iterable[str | None]]
    operators: frozenset[str]
    folds: bool = False
    numeric: bool = False


class Filters(Struct, frozen=True):
    """The attributes of a list; `member` is the wire's word for one, `most` bounds filters and values."""

    member: str
    attributes: Mapping[str, Attribute]
    most: int | None = None

    def passing(self, items: Sequence[T], filters: Sequence[Filter]) -> list[T]:
        """The items that pass every filter; raises what is wrong with a filter before any item is looked at."""
        if self.most is not None and len(filters) > self.most:
            raise errors.TooManyFilters(most=self.most)
        passes = [self._predicate(it) for it in filters]
        return [item for item in items if all(passed(item) for passed in passes)]

    def _predicate(self, wanted: Filter) -> Callable[[Any], bool]:
        attribute = self.attributes.get(wanted.attribute)
        if attribute is None:
            raise errors.FilterNotKnown(what=self.member, value=wanted.attribute)
        if wanted.operator not in _FITS and wanted.operator not in _NOT:
            raise errors.FilterNotKnown(what="Operator", value=wanted.operator)
        if wanted.operator not in attribute.operators:
            raise errors.FilterInvalid(attribute=wanted.attribute)
        self._check_number(wanted)
        fits = _fits(attribute, wanted)
        return (lambda item: not fits(item)) if wanted.operator in _NOT else fits

    def _check_number(self, wanted: Filter) -> None:
        most = self.most if wanted.operator in _SETS and self.most is not None else 1
        if not 1 <= len(wanted.values) <= most:
            raise errors.FilterValuesWrong(
                attribute=wanted.attribute,
                operator=wanted.operator,
                number="one value" if most == 1 else f"1 to {most} values",
                given=len(wanted.values),
            )


def _fits(attribute: Attribute, wanted: Filter) -> Callable[[Any], bool]:
    operator = _NOT.get(wanted.operator, wanted.operator)
    if attribute.numeric and LATEST in wanted.values:
        if operator != "=":
            raise errors.FilterInvalid(attribute=wanted.attribute)
        return lambda item: bool(item.newest)
    by_number = attribute.numeric and operator not in _TEXT
    for value in wanted.values if by_number else ():
        if not _VERSION.fullmatch(value):
            raise errors.FilterNotKnown(what="Value", value=value)
    read = _version if by_number else (str.casefold if attribute.folds else str)
    values, fits = [read(it) for it in wanted.values], _FITS[operator]
    return lambda item: any(fits(read(has), value) for has in attribute.of(item) if has is not None for value in values)


def _version(text: str) -> tuple[int, ...]:
    """A version to compare: 4.13 and 4.13.0 are the same, and 4.9 comes before 4.13."""
    numbers = [int(it) for it in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _one(name: str) -> Callable[[Any], Iterable[str | None]]:
    return lambda item: (getattr(item, name),)


def _names(name: str) -> Callable[[Any], Iterable[str | None]]:
    return lambda item: (it.name for it in getattr(item, name))


BRANCHES = Filters(
    member="Attribute",
    attributes={
        "BranchName": Attribute(_one("name"), _EQUAL | _TEXT | _SETS),
        "LifecycleState": Attribute(_one("lifecycle_state"), _EQUAL | _SETS, folds=True),
        "PlatformName": Attribute(_one("family"), _EQUAL | _TEXT | _SETS),
        "TierType": Attribute(attrgetter("tiers"), _EQUAL),
    },
    most=10,
)

# The operators of an attribute are ours: the reference lists one row of them for all, and says of an order nothing but
# that there is one [inferred].
VERSIONS = Filters(
    member="Type",
    attributes={
        "PlatformName": Attribute(_one("platform_name"), _EQUAL | _TEXT),
        "PlatformVersion": Attribute(_one("platform_version"), _EQUAL | _TEXT | _ORDER, numeric=True),
        "PlatformStatus": Attribute(_one("platform_status"), _EQUAL | _TEXT, folds=True),
        "PlatformBranchName": Attribute(_one("platform_branch_name"), _EQUAL | _TEXT),
        "PlatformLifecycleState": Attribute(_one("platform_lifecycle_state"), _EQUAL | _TEXT, folds=True),
        "PlatformOwner": Attribute(_one("platform_owner"), _EQUAL | _TEXT),
        "SupportedTier": Attribute(attrgetter("supported_tier_list"), _EQUAL | _TEXT),
        "SupportedAddon": Attribute(attrgetter("supported_addon_list"), _EQUAL | _TEXT),
        "ProgrammingLanguageName": Attribute(
            lambda version: (it.name for it in version.programming_languages), _EQUAL | _TEXT
        ),
        "OperatingSystemName": Attribute(_one("operating_system_name"), _EQUAL | _TEXT),
    },
)
