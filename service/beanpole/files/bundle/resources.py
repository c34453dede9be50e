"""Reads `Resources` of a configuration file, a fragment of a CloudFormation template, as far as it can be refused.

The sentences are CloudFormation's [inferred], but for that of an alarm [C: elastic-beanstalk-samples#42].
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from beanpole import api_spec, tables
from beanpole.files.bundle import documents
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.parser_words import Malformed

NO_OBJECT = "Template format error: [/Resources] Any Resources member must be an object."
NO_MAP = "Template format error: [/Resources/{name}] Any Resources member must be an object."
NO_TYPE = "Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
NO_NAME = "Template format error: Resource name {name} is non alphanumeric."
NO_MEMBER = "Invalid template resource property '{member}'"
NO_SUCH_RESOURCE = (
    "Template format error: Unresolved resource dependencies [{names}] in the Resources block of the template"
)
NO_SUCH_TYPE = "Template format error: Unrecognized resource types: [{types}]"
NO_PERIODS = "InvalidParameterValue: Template does not have a numeric EvaluationPeriods setting"
OWN = "AWSEB"  # how the names of the environment's own resources begin, whose types the template has already

_ALARM = "AWS::CloudWatch::Alarm"
_MEMBERS = {
    *("Type", "Properties", "DependsOn", "Metadata", "Condition", "CreationPolicy", "UpdatePolicy"),
    *("DeletionPolicy", "UpdateReplacePolicy", "Version"),
}


class Resource(NamedTuple):
    """A resource, by name; its type, where the file names it, what is wrong with it alone, and what it depends on."""

    name: str
    type: str | None = None
    problem: str | None = None
    has_periods: bool = False
    depends_on: tuple[str, ...] = ()


def read(section: Any, letters: Letters) -> Iterator[Resource]:
    """The resources of one file."""
    if section is None:
        return
    if not isinstance(section, Mapping):
        yield Resource("", problem=NO_OBJECT)
        return
    for key, members in section.items():
        name = letters.spend(documents.name(key))
        if not isinstance(members, Mapping):
            yield Resource(name, problem=NO_MAP.format(name=name))
            continue
        if (misfit := _misfit(name, members)) is not None:
            yield Resource(name, problem=misfit)
            continue
        kind = members.get("Type")
        properties = members.get("Properties")
        periods = properties.get("EvaluationPeriods") if isinstance(properties, Mapping) else None
        depends_on = tuple(letters.spend(other) for other in _names(members.get("DependsOn")))
        type_ = letters.spend(kind) if isinstance(kind, str) else None
        yield Resource(name, type_, None, _is_numeric(periods), depends_on)


def problem(resources: Iterable[Resource]) -> str | None:
    """Why CloudFormation refuses the resources of all files together; None if it takes them."""
    types: dict[str, str | None] = {}
    numeric: set[str] = set()
    awaited: set[str] = set()
    for resource in resources:
        if resource.problem is not None:
            return resource.problem
        types[resource.name] = resource.type or types.get(resource.name)
        numeric |= {resource.name} if resource.has_periods else set()
        awaited |= set(resource.depends_on)
    for name, kind in types.items():
        if not kind and not name.startswith(OWN):
            return NO_TYPE.format(name=name)
    if absent := sorted(name for name in awaited - types.keys() if not name.startswith(OWN)):
        return NO_SUCH_RESOURCE.format(names=", ".join(absent))
    if unknown := sorted({kind for kind in types.values() if kind is not None and not _is_known(kind)}):
        return NO_SUCH_TYPE.format(types=", ".join(unknown))
    for name, kind in types.items():
        if kind == _ALARM and name not in numeric:
            return NO_PERIODS
    return None


def _misfit(name: str, members: Mapping[Any, Any]) -> str | None:
    """The error in the name of a resource, or of one of its members; None without one."""
    if not (name.isascii() and name.isalnum()):
        return NO_NAME.format(name=name)
    unknown = [documents.name(member) for member in members if member not in _MEMBERS]
    return NO_MEMBER.format(member=unknown[0]) if unknown else None


def _names(value: Any) -> Iterator[str]:
    """The names in a `DependsOn`, which is one or a list."""
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, str):
            yield each


def _is_known(kind: str) -> bool:
    """Tell whether CloudFormation may know a type: one of its own, or one that a user may have brought."""
    if not kind.startswith("AWS::"):
        return kind.startswith("Custom::") or kind.count("::") in (2, 3)
    return kind in _types()


@cache
def _types() -> frozenset[str]:
    """The types of resources that CloudFormation has."""
    rows = tables.read(api_spec.directory() / "catalog" / "resource-types.yaml")
    return frozenset(f"{service}::{name}" for service, names in rows.items() for name in names)


def _is_numeric(value: Any) -> bool:
    """Tell whether a value is a number, or a map that may stand for one, as a reference does."""
    if isinstance(value, Mapping):
        return True
    try:
        return (documents.text(value) or "").strip().isdecimal()
    except Malformed:
        return False
