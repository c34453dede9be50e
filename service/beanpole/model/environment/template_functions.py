"""The functions of templates that custom resources and outputs may have: `Ref`, `Fn::GetAtt`, `Fn::Sub` and others.

They are those of CloudFormation's reference (intrinsic-function-reference), and `Fn::GetOptionSetting` of the developer
guide (ebextensions-functions). A value with a function, a name or an attribute that is not known here has no value.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from beanpole.model.environment import custom_resources, worker_registry
from beanpole.model.environment.custom_resources import CustomResource
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.resource_attributes import ATTRIBUTES, STANDARD
from beanpole.model.environment.resources import KINDS, Resource, ResourceScope, kinds_of
from beanpole.model.names.naming import domain
from beanpole.model.options.namespaces import CUSTOM_OPTIONS
from beanpole.model.platforms.catalog import partition

_LETTERS = 16 * custom_resources.ANY.most  # of a text that functions make: a few letters may stand for millions
_VARIABLE = re.compile(r"\$\{(!?)([^{}]{1,300})\}")


class Unresolved(Exception):
    """A value whose function, name or attribute is not known."""


class References(Struct, frozen=True, eq=False):
    """The values that a template may refer to: an environment, the custom resources made so far, and parameters."""

    environment: Environment
    scope: ResourceScope
    custom: Mapping[str, CustomResource]
    parameters: Mapping[str, str]

    def standard(self, logical_id: str) -> Resource | None:
        """The resource of the environment's own template with a logical id, if there is one."""
        return next((resource for resource in self.environment.resources if _logical_id(resource) == logical_id), None)


def references(
    environment: Environment, custom: Sequence[CustomResource], parameters: Iterable[tuple[str, str]]
) -> References:
    """The values that the template of an environment may refer to."""
    table = worker_registry.registry(environment)
    by_name = {resource.declared.logical_id: resource for resource in (*custom, *([] if table is None else [table]))}
    return References(environment, environment.resource_scope, by_name, dict(parameters))


def text(document: str, names: References) -> str:
    """The text that a value in JSON stands for; raises Unresolved."""
    value = resolve(json.loads(document), names)
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise Unresolved
    return str(value)


def resolve(value: Any, names: References) -> Any:
    """A value without functions; raises Unresolved."""
    if isinstance(value, list):
        return [resolve(element, names) for element in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, argument),) = value.items()
        if key in FUNCTIONS:
            return FUNCTIONS[key](argument, names)
        if key.startswith("Fn::") or key == "Condition":
            raise Unresolved
    return {key: resolve(inner, names) for key, inner in value.items()}


def resolved_parts(value: Mapping[str, Any], names: References) -> dict[str, Any]:
    """The members of a map that have a value."""
    resolved = {}
    for key, inner in value.items():
        try:
            resolved[key] = resolve(inner, names)
        except Unresolved:
            continue
    return resolved


def _ref(name: Any, names: References) -> str:
    if not isinstance(name, str):
        raise Unresolved
    if name in names.custom:
        return names.custom[name].physical_id
    if name in names.parameters:
        return names.parameters[name]
    if name.startswith("AWS::"):
        return _pseudo(name, names.scope)
    if (standard := names.standard(name)) is not None:
        return standard.physical_id
    raise Unresolved


def _pseudo(name: str, scope: ResourceScope) -> str:
    values = {
        "AWS::AccountId": scope.account_id,
        "AWS::Partition": partition(scope.region),
        "AWS::Region": scope.region,
        "AWS::StackId": scope.id_of(scope.stack),
        "AWS::StackName": scope.stack,
        "AWS::URLSuffix": domain(scope.region),
    }
    if name not in values:
        raise Unresolved
    return values[name]


def _get_att(argument: Any, names: References) -> str:
    owner, attribute = _owner_and_attribute(argument, names)
    if owner in names.custom:
        resource = names.custom[owner]
        known = ATTRIBUTES.get((resource.declared.type, attribute))
        if known is not None:
            return known(resource.physical_id, names.scope)
    elif (standard := names.standard(owner)) is not None:
        known_standard = STANDARD.get((standard.kind, attribute))
        value = known_standard(standard, names.scope) if known_standard is not None else None
        if value is not None:
            return value
    raise Unresolved


def _owner_and_attribute(argument: Any, names: References) -> tuple[str, str]:
    if isinstance(argument, str) and "." in argument:
        owner, _, attribute = argument.partition(".")
        return owner, attribute
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
        attribute = resolve(argument[1], names)
        if isinstance(attribute, str):
            return argument[0], attribute
    raise Unresolved


def _join(argument: Any, names: References) -> str:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
        raise Unresolved
    parts = resolve(argument[1], names)
    if not isinstance(parts, list) or not all(isinstance(part, str | int | float) for part in parts):
        raise Unresolved
    return _bounded(argument[0].join(map(str, parts)))


def _bounded(text: str) -> str:
    """The text of a function; raises Unresolved if it is too long."""
    if len(text) > _LETTERS:
        raise Unresolved
    return text


def _sub(argument: Any, names: References) -> str:
    """A text with `${Name}` and `${Name.Attribute}` replaced; `${!Literal}` stays, without the mark."""
    template, variables = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    if not (isinstance(template, str) and isinstance(variables, dict)):
        raise Unresolved
    values = {name: str(resolve(variable, names)) for name, variable in variables.items()}

    def value(match: re.Match[str]) -> str:
        name = match[2]
        if match[1]:
            return f"${{{name}}}"
        if name in values:
            return values[name]
        return _get_att(name, names) if "." in name else _ref(name, names)

    return _bounded(_VARIABLE.sub(value, template))


def _option_setting(argument: Any, names: References) -> Any:
    """The value of an option of the environment, or its `DefaultValue`."""
    if not isinstance(argument, dict) or not isinstance(argument.get("OptionName"), str):
        raise Unresolved
    namespace, option = argument.get("Namespace") or CUSTOM_OPTIONS, argument["OptionName"]
    for setting in names.environment.option_settings:
        if (setting.namespace, setting.option_name) == (namespace, option) and setting.value is not None:
            return setting.value
    if "DefaultValue" not in argument:
        raise Unresolved
    return resolve(argument["DefaultValue"], names)


def _select(argument: Any, names: References) -> Any:
    if not (isinstance(argument, list) and len(argument) == 2 and str(argument[0]).isdecimal()):
        raise Unresolved
    values = resolve(argument[1], names)
    if not isinstance(values, list) or int(argument[0]) >= len(values):
        raise Unresolved
    return values[int(argument[0])]


FUNCTIONS: Mapping[str, Callable[[Any, References], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::GetOptionSetting": _option_setting,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Sub": _sub,
}


def _logical_id(resource: Resource) -> str:
    return KINDS[kinds_of(resource)[0]].logical_id
