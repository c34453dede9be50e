"""Filters of the lists of platforms: their attributes, the operators of each, and the items that pass.

An item must pass every filter. Of an attribute with several values any one must fit; for `!=` and `not_in` none may.
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
    "=": lambda value, other: value == other,
    "in": lambda value, other: value == other,
    "contains": lambda value, other: other in value,
    "begins_with": lambda value, other: value.startswith(other),
    "ends_with": lambda value, other: value.endswith(other),
    "<": lambda value, other: value < other,
    "<=": lambda value, other: value <= other,
    ">": lambda value, other: value > other,
    ">=": lambda value, other: value >= other,
}
_NOT = {"!=": "=", "not_in": "in"}


class Filter(Struct, frozen=True):
    """One filter: an attribute, an operator, and the values to compare with."""

    attribute: str
    operator: str
    values: tuple[str, ...]


class Attribute(Struct, frozen=True):
    """An attribute: its values in an item, and its operators; `numeric` compares values as versions.

    `folds`: case is ignored, since the guide writes `supported` where the service shows `Supported`.
    """

    of: Callable[[Any], Iterable[str | None]]
    operators: frozenset[str]
    folds: bool = False
    numeric: bool = False


class Filters(Struct, frozen=True):
    """The attributes of a list; `member` is the wire's word for one, `most` the bound on filters and on values."""

    member: str
    attributes: Mapping[str, Attribute]
    most: int | None = None

    def passing(self, items: Sequence[T], filters: Sequence[Filter]) -> list[T]:
        """The items that pass every filter; raises the error of a wrong filter even without items."""
        if self.most is not None and len(filters) > self.most:
            raise errors.TooManyFilters(most=self.most)
        predicates = [self._predicate(condition) for condition in filters]
        return [item for item in items if all(predicate(item) for predicate in predicates)]

    def _predicate(self, filter_: Filter) -> Callable[[Any], bool]:
        attribute = self.attributes.get(filter_.attribute)
        if attribute is None:
            raise errors.FilterNotKnown(what=self.member, value=filter_.attribute)
        if filter_.operator not in _FITS and filter_.operator not in _NOT:
            raise errors.FilterNotKnown(what="Operator", value=filter_.operator)
        if filter_.operator not in attribute.operators:
            raise errors.FilterInvalid(attribute=filter_.attribute)
        self._check_number(filter_)
        fits = _fits(attribute, filter_)
        return (lambda item: not fits(item)) if filter_.operator in _NOT else fits

    def _check_number(self, filter_: Filter) -> None:
        most = self.most if filter_.operator in _SETS and self.most is not None else 1
        if not 1 <= len(filter_.values) <= most:
            raise errors.FilterValuesWrong(
                attribute=filter_.attribute,
                operator=filter_.operator,
                number="one value" if most == 1 else f"1 to {most} values",
                given=len(filter_.values),
            )


def _fits(attribute: Attribute, filter_: Filter) -> Callable[[Any], bool]:
    operator = _NOT.get(filter_.operator, filter_.operator)
    if attribute.numeric and LATEST in filter_.values:
        if operator != "=":
            raise errors.FilterInvalid(attribute=filter_.attribute)
        return lambda item: bool(item.newest)
    by_number = attribute.numeric and operator not in _TEXT
    for value in filter_.values if by_number else ():
        if not _VERSION.fullmatch(value):
            raise errors.FilterNotKnown(what="Value", value=value)
    read = _version if by_number else (str.casefold if attribute.folds else str)
    values, fits = [read(value) for value in filter_.values], _FITS[operator]
    return lambda item: any(
        fits(read(value), other) for value in attribute.of(item) if value is not None for other in values
    )


def _version(text: str) -> tuple[int, ...]:
    """A version to compare: 4.13 and 4.13.0 are the same, and 4.9 comes before 4.13."""
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _one(name: str) -> Callable[[Any], Iterable[str | None]]:
    return lambda item: (getattr(item, name),)


def _names(name: str) -> Callable[[Any], Iterable[str | None]]:
    return lambda item: (software.name for software in getattr(item, name))


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

# The operators of each attribute are ours: the API reference lists one row of operators for all attributes [inferred].
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
            lambda version: (language.name for language in version.programming_languages), _EQUAL | _TEXT
        ),
        "OperatingSystemName": Attribute(_one("operating_system_name"), _EQUAL | _TEXT),
    },
)
