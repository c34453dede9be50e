"""Reads `Resources` and `Outputs` of a configuration file, parts of a template, as far as CloudFormation refuses them.

The sentences are CloudFormation's [inferred], but for that of an alarm [C: elastic-beanstalk-samples#42] and those of
dependencies [C: eb-php-drupal#5, AWS-EB-SSL#8, eb-docker-multiple-ports#2].
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from beanpole.files.bundle import documents
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.parser_words import Malformed
from beanpole.model.applications.contents import CLASSIC_BALANCER, NEWER_BALANCERS, NO_SUCH_ATTRIBUTE, NO_SUCH_RESOURCE
from beanpole.tables import api_spec, tables

NO_OBJECT = "Template format error: [/Resources] Any Resources member must be an object."
NO_MAP = "Template format error: [/Resources/{name}] Any Resources member must be an object."
NO_TYPE = "Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
NO_NAME = "Template format error: Resource name {name} is non alphanumeric."
NO_VALUE = "Template format error: Every Outputs member must contain a Value object"
NO_OUTPUT_NAME = "Template format error: Outputs name '{name}' is non alphanumeric."
NO_MEMBER = "Invalid template resource property '{member}'"
CIRCLE = "Circular dependency between resources: [{names}]"
NO_SUCH_TYPE = "Template format error: Unrecognized resource types: [{types}]"
NO_PERIODS = "InvalidParameterValue: Template does not have a numeric EvaluationPeriods setting"
PSEUDO = "AWS::"  # how the names of pseudo parameters begin
OF_LOAD_BALANCERS = (CLASSIC_BALANCER, NEWER_BALANCERS)  # how those begin that only such environments have
OWN = "AWSEB"  # how the names of the environment's own resources begin, whose types the template has already

_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9:]{1,255})(?:\.[A-Za-z0-9.]{1,255})?\}")
_ALARM = "AWS::CloudWatch::Alarm"
_MEMBERS = {
    *("Type", "Properties", "DependsOn", "Metadata", "Condition", "CreationPolicy", "UpdatePolicy"),
    *("DeletionPolicy", "UpdateReplacePolicy", "Version"),
}


class Resource(NamedTuple):
    """A resource, by name; its type, where the file names it, what is wrong with it alone, and what it depends on.

    `attributes_of` are the resources of which it takes attributes. A parameter can be referred to as well. An output
    refers to resources, too.
    """

    name: str
    type: str | None = None
    problem: str | None = None
    has_periods: bool = False
    depends_on: tuple[str, ...] = ()
    attributes_of: tuple[str, ...] = ()
    block: Literal["Resources", "Parameters", "Outputs"] = "Resources"


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
        references, attributes = _references(properties)
        depends_on = tuple(letters.spend(other) for other in (*_names(members.get("DependsOn")), *references))
        attributes_of = tuple(letters.spend(other) for other in attributes)
        type_ = letters.spend(kind) if isinstance(kind, str) else None
        yield Resource(name, type_, None, _is_numeric(periods), depends_on, attributes_of)


def parameters(section: Any, letters: Letters) -> Iterator[Resource]:
    """The parameters of one file, to which its and other files' resources may refer."""
    for key in section if isinstance(section, Mapping) else ():
        yield Resource(letters.spend(documents.name(key)), block="Parameters")


def outputs(section: Any, letters: Letters) -> Iterator[Resource]:
    """The outputs of one file, which may refer to resources and parameters of all files."""
    for key, members in section.items() if isinstance(section, Mapping) else ():
        name = letters.spend(documents.name(key))
        if not (name.isascii() and name.isalnum()):
            yield Resource(name, problem=NO_OUTPUT_NAME.format(name=name), block="Outputs")
        elif not isinstance(members, Mapping) or members.get("Value") is None:
            yield Resource(name, problem=NO_VALUE, block="Outputs")
        else:
            references, attributes = _references([members["Value"], members.get("Export")])
            depends_on = tuple(map(letters.spend, references))
            attributes_of = tuple(map(letters.spend, attributes))
            yield Resource(name, depends_on=depends_on, attributes_of=attributes_of, block="Outputs")


def problem(resources: Iterable[Resource]) -> str | None:
    """The reason why CloudFormation refuses the resources of all files together; None if it takes them."""
    blocks: dict[str, list[Resource]] = {"Resources": [], "Parameters": [], "Outputs": []}
    for resource in resources:
        if resource.problem is not None:
            return resource.problem
        blocks[resource.block].append(resource)
    declared, parameters = blocks["Resources"], {parameter.name for parameter in blocks["Parameters"]}
    types: dict[str, str | None] = {}
    for resource in declared:
        types[resource.name] = resource.type or types.get(resource.name)
    for name, kind in types.items():
        if not kind and not name.startswith(OWN):
            return NO_TYPE.format(name=name)
    return (
        _absent_names(declared, types, parameters)
        or _absent_names(blocks["Outputs"], types, parameters)
        or _problem_of_circles(declared)
        or _problem_of_types(declared, types)
    )


def _absent_names(declared: Sequence[Resource], types: Mapping[str, str | None], parameters: set[str]) -> str | None:
    """The reason why a reference in a block of the template is refused: there is no such resource."""
    awaited = {name for resource in declared for name in resource.depends_on}
    attributes_of = {name for resource in declared for name in resource.attributes_of}
    if absent := _absent(awaited - types.keys() - parameters):
        return NO_SUCH_RESOURCE.format(names=", ".join(absent), block=declared[0].block)
    absent = _absent(attributes_of - types.keys())
    return NO_SUCH_ATTRIBUTE.format(name=absent[0]) if absent else None


def _problem_of_circles(declared: Sequence[Resource]) -> str | None:
    """The reason why resources that wait for each other in a circle are refused."""
    dependencies: dict[str, set[str]] = {}
    for resource in declared:
        dependencies.setdefault(resource.name, set()).update(resource.depends_on, resource.attributes_of)
    circle = _circle(dependencies)
    return CIRCLE.format(names=", ".join(circle)) if circle else None


def _problem_of_types(declared: Sequence[Resource], types: Mapping[str, str | None]) -> str | None:
    """The reason why a type is refused: it is unknown, or an alarm has no periods."""
    if unknown := sorted({kind for kind in types.values() if kind is not None and not _is_known(kind)}):
        return NO_SUCH_TYPE.format(types=", ".join(unknown))
    numeric = {resource.name for resource in declared if resource.has_periods}
    return NO_PERIODS if any(kind == _ALARM and name not in numeric for name, kind in types.items()) else None


def of_load_balancers(resources: Iterable[Resource]) -> tuple[str, ...]:
    """The resources of load balancers that others depend on, and that no file has."""
    resources = tuple(resources)
    return _of_load_balancers(resources, (name for resource in resources for name in _awaited(resource, "Resources")))


def outputs_of_load_balancers(resources: Iterable[Resource]) -> tuple[str, ...]:
    """The resources of load balancers that outputs refer to, and that no file has."""
    resources = tuple(resources)
    return _of_load_balancers(resources, (name for resource in resources for name in _awaited(resource, "Outputs")))


def attributes_of_load_balancers(resources: Iterable[Resource]) -> tuple[str, ...]:
    """The resources of load balancers of which others take attributes, and that no file has."""
    resources = tuple(resources)
    return _of_load_balancers(resources, (name for resource in resources for name in resource.attributes_of))


def _awaited(resource: Resource, block: str) -> tuple[str, ...]:
    return resource.depends_on if resource.block == block else ()


def _of_load_balancers(resources: Iterable[Resource], names: Iterable[str]) -> tuple[str, ...]:
    absent = set(names) - {resource.name for resource in resources if resource.block != "Outputs"}
    return tuple(sorted(name for name in absent if name.startswith(OF_LOAD_BALANCERS)))


def _circle(dependencies: Mapping[str, set[str]]) -> list[str]:
    """The resources that wait for each other, in alphabetical order; none if there is an order to create them in."""
    left = {name: awaited & dependencies.keys() for name, awaited in dependencies.items()}
    while ready := {name for name, awaited in left.items() if not awaited}:
        left = {name: awaited - ready for name, awaited in left.items() if name not in ready}
    while last := left.keys() - {name for awaited in left.values() for name in awaited}:
        left = {name: awaited for name, awaited in left.items() if name not in last}
    return sorted(left)


def _absent(names: Iterable[str]) -> list[str]:
    """The names that neither the environment's own template has nor CloudFormation itself."""
    return sorted(name for name in names if not name.startswith((OWN, PSEUDO)))


def _references(value: Any) -> tuple[list[str], list[str]]:
    """The names that `Ref`, `Fn::Sub` and `Fn::GetAtt` have in a value."""
    references: list[str] = []
    attributes: list[str] = []
    for node in documents.mappings([value]):
        keys = ("Ref", "Fn::GetAtt", "Fn::Sub")
        reference, attribute, text = (node.get(key) if len(node) == 1 else None for key in keys)
        references += [reference] if isinstance(reference, str) else _substituted(text)
        owner = attribute[0] if isinstance(attribute, list) and attribute else attribute
        attributes += [owner.partition(".")[0]] if isinstance(owner, str) else []
    return references, attributes


def _substituted(text: Any) -> list[str]:
    """The names that `Fn::Sub` has in its text, without those that it brings itself; behind a dot is an attribute."""
    own: Any = {}
    if isinstance(text, list) and len(text) == 2:
        text, own = text
    names = [match[1] for match in _SUBSTITUTED.finditer(text)] if isinstance(text, str) else []
    return [name for name in names if not (isinstance(own, Mapping) and name in own)]


def _misfit(name: str, members: Mapping[Any, Any]) -> str | None:
    """The error in the name of a resource, or of one of its members; None without one."""
    if not (name.isascii() and name.isalnum()):
        return NO_NAME.format(name=name)
    unknown = [documents.name(member) for member in members if member not in _MEMBERS]
    return NO_MEMBER.format(member=unknown[0]) if unknown else None


def _names(value: Any) -> Iterator[str]:
    """The names in a `DependsOn`, which is one or a list."""
    for element in value if isinstance(value, list) else (value,):
        if isinstance(element, str):
            yield element


def _is_known(kind: str) -> bool:
    """Tell whether CloudFormation may know a type: one of its own, or one that a user may have brought."""
    if not kind.startswith("AWS::"):
        return kind.startswith("Custom::") or kind.count("::") in (2, 3)
    return kind in _types()


@cache
def _types() -> frozenset[str]:
    """The types of resources that CloudFormation has."""
    rows = tables.own(api_spec.directory() / "catalog" / "resource-types.yaml")
    return frozenset(f"{service}::{name}" for service, names in rows.items() for name in names)


def _is_numeric(value: Any) -> bool:
    """Tell whether a value is a number, or a map that may stand for one, as a reference does."""
    if isinstance(value, Mapping):
        return True
    try:
        return (documents.text(value) or "").strip().isdecimal()
    except Malformed:
        return False
