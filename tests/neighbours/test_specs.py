"""The specs of the neighbours say what the public models say: a shape that differs is a failure.

Inputs have every member of the model. Outputs have those that are answered, each under the model's name and type.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from beanpole.model.bundles.template import Output, Template, TemplateResource
from beanpole.model.changes.change import Change
from beanpole.model.environment.custom_resources import CustomResource, CustomResources
from beanpole.neighbours.app import LISTINGS
from beanpole.neighbours.owners import owners
from beanpole.neighbours.scopes import SCOPES
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from beanpole.wire import spec
from beanpole.wire.spec import NeighbourSpec, Shape
from neighbours.callers import ENVIRONMENTS, launched
from neighbours.models import SERVICES, model

NEVER = {  # the lists that these environments add nothing to, for a request without a member
    "DescribeLaunchConfigurations",
    "DescribeSubscriptionFilters",
    "DescribeMetricFilters",
    "DescribeAlarmHistory",
    "DescribeLifecycleHooks",
    "DescribeNotificationConfigurations",
    "DescribeInstanceRefreshes",
    "DescribeDBLogFiles",
    "ListChangeSets",
    "DescribeAlarmsForMetric",
    "DescribeListenerCertificates",
    "DescribeScheduledActions",
    "GetMetricData",
    "GetTagValues",
    "BatchGetBuilds",
    "ListBuilds",
    "ListBuildsForProject",
}
OPERATIONS = [(service, operation) for service in SERVICES for operation in spec.neighbour(service).operations]


def named_at(member: Any, name: str, protocol: str, is_input: bool) -> str:
    """The name of a member in parameters or in XML, as botocore writes and reads it."""
    location = member.serialization.get("name")
    if protocol == "ec2" and is_input:
        return str(member.serialization.get("queryName") or (location[:1].upper() + location[1:] if location else name))
    return str(location or name)


def differences(ours: Shape, theirs: Any, protocol: str, is_input: bool, visited: set[str]) -> list[str]:
    """The differences between a shape of ours and the model's, at all depths."""
    if ours.name in visited:
        return []
    visited.add(ours.name)
    lines = [f"{ours.name} is a {ours.kind}"] if ours.kind != theirs.type_name or ours.name != theirs.name else []
    if ours.kind == "structure":
        lines += [f"{ours.name}.{name} is missing" for name in theirs.members if is_input and name not in by_name(ours)]
        for name, member in by_name(ours).items():
            if name not in theirs.members:
                lines.append(f"{ours.name}.{name} is not in the model")
                continue
            at = named_at(theirs.members[name], name, protocol, is_input)
            if at not in (member.at, member.at[:1].upper() + member.at[1:]):
                lines.append(f"{ours.name}.{name} is at {at}")
            if is_input and member.required != (name in theirs.required_members):
                lines.append(f"{ours.name}.{name} is required or not")
            lines += differences(member.shape, theirs.members[name], protocol, is_input, visited)
    elif ours.kind == "list":
        element = theirs.member.serialization.get("name", "member")
        if not is_input and protocol != "json" and ours.element_name != element:
            lines.append(f"{ours.name} has elements {element}")
        lines += differences(ours.element, theirs.member, protocol, is_input, visited)
    elif is_input and (ours.min, ours.max) != (theirs.metadata.get("min"), theirs.metadata.get("max")):
        lines.append(f"{ours.name} has other bounds")
    return lines


def by_name(shape: Shape) -> dict[str, Any]:
    return {member.name: member for member in shape.members}


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_an_operation_has_the_input_and_output_of_the_model(service: str, name: str) -> None:
    operation, modelled = spec.neighbour(service).operation(name), model(service).operation_model(name)
    protocol = spec.neighbour(service).service.protocol
    assert operation is not None
    assert operation.input is not None
    assert differences(operation.input, modelled.input_shape, protocol, True, set()) == []
    if operation.output is None:
        assert not modelled.output_shape
    else:
        assert differences(operation.output, modelled.output_shape, protocol, False, set()) == []
        if protocol == "query":
            assert modelled.output_shape.serialization["resultWrapper"] == f"{name}Result"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_the_model_s(service: str) -> None:
    ours, theirs = spec.neighbour(service).service, model(service).metadata
    assert ours.name == theirs.get("signingName", theirs["endpointPrefix"])
    assert ours.api_version == theirs["apiVersion"]
    assert ours.namespace == theirs.get("xmlNamespace", "")
    assert ours.protocol in theirs["protocols"]
    assert ours.target == theirs.get("targetPrefix")


@pytest.mark.parametrize("service", SERVICES)
def test_a_spec_has_no_unused_shape(service: str) -> None:
    own: NeighbourSpec = spec.neighbour(service)
    used: set[str] = set()

    def walk(shape: Shape | None) -> None:
        if shape is not None and shape.name not in used:
            used.add(shape.name)
            for member in shape.members:
                walk(member.shape)
            walk(shape.of)

    for name in own.operations:
        operation = own.operation(name)
        assert operation is not None
        walk(operation.input)
        walk(operation.output)
    assert set(own.shapes) == used


def test_every_spec_is_answered_under_the_scope_that_its_clients_sign_for() -> None:
    assert sorted(name for names in SCOPES.values() for name in names) == SERVICES
    for scope, names in SCOPES.items():
        assert {spec.neighbour(name).service.name for name in names} == {scope}


@pytest.mark.parametrize(("service", "name"), [(s, n) for s, listings in LISTINGS.items() for n in listings])
def test_a_listing_names_members_that_its_operation_has(service: str, name: str) -> None:
    operation, listing = spec.neighbour(service).operation(name), LISTINGS[service][name]
    assert operation is not None
    assert operation.input is not None
    assert operation.output is not None
    inputs = {member.attribute for member in operation.input.members}
    outputs = {member.attribute for member in operation.output.members}
    assert listing.member in outputs
    assert set(listing.named) <= inputs
    if listing.pages is not None:
        assert {listing.pages.size, listing.pages.token} <= inputs | {None}
        assert listing.pages.next in outputs
    assert listing.filters is None or listing.filters in inputs


def unknown(value: Any, shape: Shape, path: str) -> list[str]:
    """The members of an answer that its shape does not have, so that they would be lost."""
    if shape.kind == "list":
        return [lines for element in value or () for lines in unknown(element, shape.element, path)]
    if shape.kind != "structure" or value is None:
        return []
    named = {member.attribute: member for member in shape.members}
    return [f"{path}.{name}" for name in value if name not in named] + [
        lines
        for name, part in value.items()
        if name in named
        for lines in unknown(part, named[name].shape, f"{path}.{name}")
    ]


class Anything:
    """A request without a member."""

    def __getattr__(self, name: str) -> None:
        return None


def test_every_member_of_an_answer_leaves_the_server(beanstalk: Beanstalk) -> None:
    for name, *options in ENVIRONMENTS:
        launched(beanstalk, name, *options)
    world = beanstalk.store.world(ACCOUNT, REGION)
    template = Template((TemplateResource("Jobs", "AWS::SQS::Queue"),), (Output("A", '"a"', "words", '"name"'),))
    custom = CustomResources(template, (CustomResource(template.resources[0], "url", 0),), updated=0)
    world.commit(Change(puts=(replace(world.environments()[0], custom=custom),)))
    everything = owners(world, beanstalk.catalog, store=beanstalk.store)
    empty = set()
    for service, listings in LISTINGS.items():
        for name, listing in listings.items():
            operation = spec.neighbour(service).operation(name)
            assert operation is not None
            assert operation.output is not None
            element = next(
                member for member in operation.output.members if member.attribute == listing.member
            ).shape.element
            items = list(listing.items(everything, Anything()))  # type: ignore[arg-type]  # every member is absent
            assert [line for item in items for line in unknown(item.members, element, name)] == []
            if not items:
                empty.add(name)
    assert empty == NEVER
