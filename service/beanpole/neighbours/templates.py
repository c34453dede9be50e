"""CloudFormation's view of the templates of stacks: the resources of a stack with their types.

The properties of the resources are not public, and each is described by the service of the resource.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.changes.change import Change
from beanpole.neighbours import cloudformation
from beanpole.neighbours.cloudformation import Stack
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

VERSION = "2010-09-09"  # of the form of templates (CloudFormation's guide, format-version-structure)


def get_template(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """The template of a stack, as JSON."""
    return [], {"template_body": _body(_stack(owners, names)), "stages_available": ["Original", "Processed"]}


def get_summary(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """The types of the resources of a stack."""
    stack = _stack(owners, names)
    types = sorted({members["resource_type"] for _, members in cloudformation.rows(stack)})
    summary = {
        "description": cloudformation.description(stack),
        "resource_types": types,
        "parameters": [],
        "capabilities": [],
        "version": VERSION,
    }
    return [], summary


def get_policy(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """The policy of a stack, which has none."""
    return [], {}


def _body(stack: Stack) -> str:
    members = (members for _, members in cloudformation.rows(stack))
    resources = {member["logical_resource_id"]: {"Type": member["resource_type"]} for member in members}
    document = {
        "AWSTemplateFormatVersion": VERSION,
        "Description": cloudformation.description(stack),
        "Resources": resources,
    }
    return json.dumps(document, indent=2)


def _stack(owners: Sequence[Owner], names: Sequence[str]) -> Stack:
    return next(stack for stack in cloudformation.stacks_of(owners) if stack.name in names)


def no_change_sets(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """An empty list: the service updates its stacks without change sets."""
    return iter(())


ONE_STACK = Listing(cloudformation.stack_names, "", "", {"stack_name": cloudformation.NO_STACK}, None, None)
LISTINGS = {
    "ListChangeSets": Listing(
        no_change_sets,
        "summaries",
        "ChangeSetName",
        {"stack_name": cloudformation.NO_STACK_OF_EVENTS},
        Pages(size=None, usual=100),
        None,
        cloudformation.known,
    ),
}
