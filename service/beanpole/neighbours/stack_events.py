"""The events of an environment's stack, as CloudFormation lists them, the newest first.

The model stores no events of stacks. A resource has the instant of its sentence in the environment's event log, else
that of the resource before it; the stack has the instants of the activities that changed it. That a resource's creation
takes no time, and that the stack is complete with its last resource, is [I].
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from beanpole.model.names.ids import Ids
from beanpole.neighbours import cloudformation
from beanpole.neighbours.cloudformation import AFTER, DURING, Stack
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

TYPE = "AWS::CloudFormation::Stack"
_BY_USER = "User Initiated"
_LATEST = 10**15  # milliseconds; no instant is as late


class StackEvent(NamedTuple):
    """An event of a stack: an instant, a resource, its status, and perhaps a reason."""

    at: int
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None = None


def stack_events(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The events of the stack that a request names."""
    for stack in cloudformation.stacks_of(owners):
        if request.stack_name in (None, stack.name, stack.id):
            for number, event in enumerate(sorted(_events(stack), key=lambda event: event.at)):
                key = f"{_LATEST - event.at:016d} {_LATEST - number:016d}"
                yield Item(key, _members(stack, event, number), {"stack_name": (stack.name, stack.id)})


def _members(stack: Stack, event: StackEvent, number: int) -> dict[str, Any]:
    return {
        "stack_id": stack.id,
        "event_id": Ids("stack event", stack.id, number).request_id(),
        "stack_name": stack.name,
        "logical_resource_id": event.logical_id,
        "physical_resource_id": event.physical_id,
        "resource_type": event.type,
        "timestamp": event.at,
        "resource_status": event.status,
        "resource_status_reason": event.reason,
    }


def _events(stack: Stack) -> Iterator[StackEvent]:
    """The events of a stack, in the order of their causes."""
    begun = latest = stack.owner.environment.date_created
    instants = stack.owner.created()
    created = [instants.get(resource.name, begun) for resource in stack.resources]
    if stack.name != stack.owner.environment.resource_scope.stack:
        begun = latest = min(created, default=begun)  # a temporary stack is as old as its group
    yield _of_itself(stack, begun, "CREATE_IN_PROGRESS", _BY_USER)
    for resource, at in zip(stack.resources, created, strict=True):
        latest = max(latest, at)
        members = cloudformation.in_stack(stack, resource)
        names = members["logical_resource_id"], members["physical_resource_id"], members["resource_type"]
        yield StackEvent(latest, *names, "CREATE_IN_PROGRESS")
        yield StackEvent(latest, *names, "CREATE_COMPLETE")
    yield from _of_custom(stack)
    if not stack.status.startswith("CREATE_"):
        yield _of_itself(stack, latest, "CREATE_COMPLETE")
    yield from _of_activities(stack, latest)


def _of_custom(stack: Stack) -> Iterator[StackEvent]:
    """The events of custom resources, and of the last update of the stack by a deployment of a version alone."""
    updated = cloudformation.updated_alone(stack.owner.environment) if stack.is_own else None
    if updated is not None:
        yield _of_itself(stack, updated, "UPDATE_IN_PROGRESS", _BY_USER)
    for resource in stack.custom:
        names = resource.declared.logical_id, resource.physical_id, resource.declared.type
        yield StackEvent(resource.at, *names, "CREATE_IN_PROGRESS")
        yield StackEvent(resource.at, *names, "CREATE_COMPLETE")
    if updated is not None:
        yield _of_itself(stack, updated, "UPDATE_COMPLETE")


def _of_activities(stack: Stack, latest: int) -> Iterator[StackEvent]:
    """The events of the last activities; the last event has the present status of the stack."""
    done, activity, status = stack.owner.environment.done, stack.owner.environment.activity, stack.status
    if done is not None and done.kind == "launch":
        latest = max(latest, done.ended)
    elif done is not None and (done.kind, done.outcome) in AFTER:
        yield _of_itself(stack, max(latest, done.started), DURING[done.kind][0], _BY_USER)
        latest = max(latest, done.ended)
        yield _of_itself(stack, latest, AFTER[done.kind, done.outcome])
    kind = None if activity is None else activity.kind
    if activity is not None and kind in DURING and kind != "launch" and status in DURING[kind]:
        yield _of_itself(stack, max(latest, activity.started), DURING[kind][0], _BY_USER)
        if status != DURING[kind][0]:
            yield _of_itself(stack, max(latest, activity.began), status)
    elif status in ("CREATE_COMPLETE", "CREATE_FAILED"):
        yield _of_itself(stack, latest, status)


def _of_itself(stack: Stack, at: int, status: str, reason: str | None = None) -> StackEvent:
    return StackEvent(at, stack.name, stack.id, TYPE, status, reason)


LISTINGS = {
    "DescribeStackEvents": Listing(
        stack_events,
        "stack_events",
        "",
        {"stack_name": cloudformation.NO_STACK_OF_EVENTS},
        Pages(size=None, usual=100),
        None,
        cloudformation.known,
    ),
}
