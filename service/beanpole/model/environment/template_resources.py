"""The custom resources that a template declares, created in an order in which each finds those that it refers to."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from beanpole.model.bundles.template import Template, TemplateResource
from beanpole.model.environment import custom_resources
from beanpole.model.environment.custom_resources import CustomResource
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.template_functions import References, references, resolved_parts
from beanpole.model.names.ids import Ids

_NAME = re.compile(r'["{](\w+)["}.]')


def create(
    environment: Environment, template: Template, before: Sequence[CustomResource], at: int, ids: Ids
) -> tuple[CustomResource, ...]:
    """The resources of a template, a resource after those that it refers to.

    A resource that was there before keeps its physical id, unless its type or its name is another now.
    """
    old = {resource.declared.logical_id: resource for resource in before}
    done: dict[str, CustomResource] = {}
    mentions = {
        resource.logical_id: set(_NAME.findall(resource.properties)) - {resource.logical_id}
        for resource in template.resources
    }
    pending = list(template.resources)
    while pending:
        names = references(environment, tuple(done.values()), template.parameters)
        awaited = {resource.logical_id for resource in pending}
        ready = [resource for resource in pending if mentions[resource.logical_id].isdisjoint(awaited)] or pending[:1]
        for declared in ready:
            done[declared.logical_id] = _one(declared, old.get(declared.logical_id), names, at, ids)
        pending = [resource for resource in pending if resource not in ready]
    return tuple(done[resource.logical_id] for resource in template.resources)


def _one(
    declared: TemplateResource, old: CustomResource | None, names: References, at: int, ids: Ids
) -> CustomResource:
    if old is not None and custom_resources.is_same(old.declared, declared):
        return replace(old, declared=declared)
    properties = resolved_parts(custom_resources.properties_of(declared), names)
    own = ids.of(declared.logical_id)
    return CustomResource(declared, custom_resources.physical_id(names.scope, own, declared, properties), at)
