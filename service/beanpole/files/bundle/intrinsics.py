"""Checks what a template of configuration files does with functions, conditions, mappings and parameters.

The sentences are those with which CloudFormation refuses a template [C: cloudformation-user-guide, users' reports].
A template of several files is checked as a whole. Names that begin with AWSEB may be those of the environment's own
template, and are taken as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.resources import OWN
from beanpole.files.bundle.templates import Sections
from beanpole.tables import limits

NO_PARAMETER_NAME = "Template format error: Parameter name {name} is non alphanumeric."
NO_PARAMETER_TYPE = "Template format error: Every Parameters object must contain a Type member."
NO_PARAMETER_VALUES = "Parameters: [{names}] must have values"
NO_POLICY = "Template format error: Unrecognized DeletionPolicy {policy} for resource {name}"
NO_CONDITION = "Template format error: Unresolved condition dependency {name} in the {block} block of the template"
NO_CONDITION_OF_IF = "Template error: unresolved condition dependency {name} in Fn::If"
NO_MAPPING = "Template error: Mapping named '{name}' is not present in the 'Mappings' section of template."
NO_VALUE_OF_MAPPING = "Template error: Unable to get mapping for {path}"
BAD_GET_ATT = (
    "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource "
    "attribute"
)
BAD_JOIN = (
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings "
    "to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
)
BAD_SUB = (
    "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as "
    "first argument, and an optional second argument to specify a mapping of values to replace in the string"
)
BAD_FIND = (
    "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for "
    "return value"
)
LONGEST = limits.most("document_reason")
POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")


def problem(files: Iterable[Sections]) -> str | None:
    """The reason why CloudFormation refuses the template; None if it takes it."""
    together: dict[str, dict[str, Any]] = {}
    for file in files:
        for section, entries in file.items():
            named = {documents.name(key): members for key, members in entries.items()}
            together.setdefault(section, {}).update(named)
    wrong = next(_problems(together), None)
    return None if wrong is None else wrong[:LONGEST]


def _problems(sections: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from _of_parameters(sections.get("Parameters", {}))
    conditions = sections.get("Conditions", {})
    for block in ("Resources", "Outputs"):
        for name, members in sections.get(block, {}).items():
            if not isinstance(members, Mapping):
                continue
            condition, policy = members.get("Condition"), members.get("DeletionPolicy")
            if block == "Resources" and isinstance(policy, str) and policy not in POLICIES:
                yield NO_POLICY.format(policy=policy, name=name)
            if isinstance(condition, str) and not _is_known(condition, conditions):
                yield NO_CONDITION.format(name=condition, block=block)
    yield from _of_functions(sections)


def _of_parameters(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name, members in parameters.items():
        if not (name.isascii() and name.isalnum()):
            yield NO_PARAMETER_NAME.format(name=name)
        if not isinstance(members, Mapping) or not members.get("Type"):
            yield NO_PARAMETER_TYPE
    if without := [name for name, members in parameters.items() if members.get("Default") is None]:
        yield NO_PARAMETER_VALUES.format(names=", ".join(sorted(without)))


def _of_functions(sections: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The problems of all functions."""
    for node in documents.mappings(sections.get(block, {}) for block in ("Outputs", "Resources", "Conditions")):
        if len(node) == 1:
            ((function, argument),) = node.items()
            if (check := _CHECKS.get(function)) is not None and (wrong := check(argument, sections)) is not None:
                yield wrong


def _is_known(name: str, entries: Mapping[str, Any]) -> bool:
    return name in entries or name.startswith(OWN)


def _of_get_att(argument: Any, _: Mapping[str, Mapping[str, Any]]) -> str | None:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    is_right = isinstance(parts, list) and len(parts) == 2 and isinstance(parts[0], str) and all(parts)
    return None if is_right else BAD_GET_ATT


def _of_join(argument: Any, _: Mapping[str, Mapping[str, Any]]) -> str | None:
    is_right = isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list | Mapping)
    return None if is_right and isinstance(argument[0], str) else BAD_JOIN


def _of_sub(argument: Any, _: Mapping[str, Mapping[str, Any]]) -> str | None:
    if isinstance(argument, list):
        is_right = len(argument) == 2 and isinstance(argument[0], str) and isinstance(argument[1], Mapping)
        return None if is_right else BAD_SUB
    return None if isinstance(argument, str) else BAD_SUB


def _of_find(argument: Any, sections: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The problem of a look into a mapping; a name that a function gives is not known here."""
    if not isinstance(argument, list) or len(argument) != 3:
        return BAD_FIND
    name, mappings = argument[0], sections.get("Mappings", {})
    if not isinstance(name, str) or name.startswith(OWN):
        return None
    if name not in mappings:
        return NO_MAPPING.format(name=name)
    if any(isinstance(key, list | Mapping) for key in argument):
        return None
    value: Any = mappings[name]
    for key in map(documents.name, argument[1:]):
        inner = {documents.name(other): below for other, below in value.items()} if isinstance(value, Mapping) else {}
        if key not in inner:
            return NO_VALUE_OF_MAPPING.format(path="::".join(map(documents.name, argument)))
        value = inner[key]
    return None


def _of_if(argument: Any, sections: Mapping[str, Mapping[str, Any]]) -> str | None:
    name = argument[0] if isinstance(argument, list) and argument else None
    is_right = not isinstance(name, str) or _is_known(name, sections.get("Conditions", {}))
    return None if is_right else NO_CONDITION_OF_IF.format(name=name)


_CHECKS: Mapping[str, Callable[[Any, Mapping[str, Mapping[str, Any]]], str | None]] = {
    "Fn::GetAtt": _of_get_att,
    "Fn::Join": _of_join,
    "Fn::Sub": _of_sub,
    "Fn::FindInMap": _of_find,
    "Fn::If": _of_if,
}
