"""Reads `Resources` of a configuration file, a fragment of a CloudFormation template, as far as it can be refused.

The sentences are CloudFormation's [inferred], but for that of an alarm [C: elastic-beanstalk-samples#42].
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from beanpole.files.bundle import documents
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.parser_words import Malformed

NO_OBJECT = "Template format error: [/Resources] Any Resources member must be an object."
NO_MAP = "Template format error: [/Resources/{name}] Any Resources member must be an object."
NO_TYPE = "Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
NO_PERIODS = "InvalidParameterValue: Template does not have a numeric EvaluationPeriods setting"
OWN = "AWSEB"  # how the names of the environment's own resources begin, whose types the template has already

_ALARM = "AWS::CloudWatch::Alarm"


class Resource(NamedTuple):
    """A resource, by name; its type, where the file names it, and what is wrong with it alone."""

    name: str
    type: str | None = None
    problem: str | None = None
    has_periods: bool = False


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
        kind = members.get("Type")
        properties = members.get("Properties")
        periods = properties.get("EvaluationPeriods") if isinstance(properties, Mapping) else None
        yield Resource(name, letters.spend(kind) if isinstance(kind, str) else None, None, _is_numeric(periods))


def problem(resources: Iterable[Resource]) -> str | None:
    """Why CloudFormation refuses the resources of all files together; None if it takes them."""
    types: dict[str, str | None] = {}
    numeric = set()
    for resource in resources:
        if resource.problem is not None:
            return resource.problem
        types[resource.name] = resource.type or types.get(resource.name)
        numeric |= {resource.name} if resource.has_periods else set()
    for name, kind in types.items():
        if not kind and not name.startswith(OWN):
            return NO_TYPE.format(name=name)
        if kind == _ALARM and name not in numeric:
            return NO_PERIODS
    return None


def _is_numeric(value: Any) -> bool:
    """Whether a value is a number, or a map that may stand for one, as a reference does."""
    if isinstance(value, Mapping):
        return True
    try:
        return (documents.text(value) or "").strip().isdecimal()
    except Malformed:
        return False
