"""CloudFormation's view of environments: the stack of each, and the stack of a temporary group while it exists."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from beanpole.model.changes.change import Change
from beanpole.model.environment import worker_registry
from beanpole.model.environment.custom_resources import CustomResource
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.resources import KINDS, Resource, kinds_of
from beanpole.model.plan.steps import TEMPORARY
from beanpole.neighbours import derived, stack_outputs
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

TYPES = {
    "AWSEBSecurityGroup": "AWS::EC2::SecurityGroup",
    "AWSEBLoadBalancerSecurityGroup": "AWS::EC2::SecurityGroup",
    "AWSEBEIP": "AWS::EC2::EIP",
    "AWSEBLoadBalancer": "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWSEBV2LoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWSEBV2LoadBalancerListener": "AWS::ElasticLoadBalancingV2::Listener",
    "AWSEBV2LoadBalancerListenerRule": "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWSEBV2LoadBalancerTargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWSEBEC2LaunchTemplate": "AWS::EC2::LaunchTemplate",
    "AWSEBAutoScalingGroup": "AWS::AutoScaling::AutoScalingGroup",
    "AWSEBAutoScalingScaleUpPolicy": "AWS::AutoScaling::ScalingPolicy",
    "AWSEBAutoScalingScaleDownPolicy": "AWS::AutoScaling::ScalingPolicy",
    "AWSEBCloudwatchAlarmHigh": "AWS::CloudWatch::Alarm",
    "AWSEBCloudwatchAlarmLow": "AWS::CloudWatch::Alarm",
    "Bucket": "AWS::S3::Bucket",
    "AWSEBWorkerQueue": "AWS::SQS::Queue",
    "AWSEBWorkerDeadLetterQueue": "AWS::SQS::Queue",
    "AWSEBRDSDatabase": "AWS::RDS::DBInstance",
    "AWSEBRDSDBSecurityGroup": "AWS::EC2::SecurityGroup",
}

# The status of the stack during an activity, and while the activity is undone [I].
DURING = {
    "launch": ("CREATE_IN_PROGRESS", "CREATE_FAILED"),
    "rebuild": ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"),
    "configure": ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"),
    "tag": ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"),
    "terminate": ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
}
# The status after the activity that was the last one to change it, by its outcome [I].
AFTER = {
    ("launch", "failed"): "CREATE_FAILED",
    ("terminate", "failed"): "DELETE_FAILED",
    ("configure", "done"): "UPDATE_COMPLETE",
    ("configure", "failed"): "UPDATE_ROLLBACK_COMPLETE",
    ("configure", "aborted"): "UPDATE_ROLLBACK_COMPLETE",
}


class Stack(NamedTuple):
    """A stack of an environment, and the resources in it; `custom` are those that only their declarations know."""

    owner: Owner
    name: str
    resources: tuple[Resource, ...]
    custom: tuple[CustomResource, ...] = ()

    @property
    def id(self) -> str:
        """The ARN of the stack."""
        return derived.stack_id(self.owner.environment, self.name)

    @property
    def is_own(self) -> bool:
        """Tell whether it is the environment's, and not that of a temporary group."""
        return self.name == self.owner.environment.resource_scope.stack

    @property
    def status(self) -> str:
        """The status of the stack; the stack of a temporary group is complete as long as it exists."""
        environment = self.owner.environment
        return _status(environment) if self.is_own else "CREATE_COMPLETE"

    @property
    def physical_ids(self) -> tuple[str, ...]:
        """The physical ids of all its resources."""
        return (
            *(resource.physical_id for resource in self.resources),
            *(resource.physical_id for resource in self.custom),
        )


def stacks_of(owners: Sequence[Owner]) -> Iterator[Stack]:
    """The stacks of environments: from the first step of the launch until the last resource is deleted."""
    for owner in owners:
        environment, scope = owner.environment, owner.environment.resource_scope
        temporary = tuple(resource for resource in environment.resources if resource.kind == TEMPORARY)
        own = tuple(resource for resource in environment.resources if resource.kind != TEMPORARY)
        custom = () if environment.custom is None else environment.custom.resources
        if own or custom or (environment.activity is not None and environment.activity.kind in ("launch", "rebuild")):
            table = worker_registry.registry(environment)
            yield Stack(owner, scope.stack, own, custom if table is None else (table, *custom))
        if temporary:
            yield Stack(owner, scope.temporary_stack, temporary)


def stacks(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The stacks."""
    for stack in stacks_of(owners):
        members = {
            **_stack(stack),
            "description": description(stack),
            "disable_rollback": False,
            "outputs": stack_outputs.outputs(stack.owner.environment, stack.status) if stack.is_own else [],
            "tags": derived.as_tags(stack.owner.tags),
        }
        yield Item(stack.name, members, {"stack_name": (stack.name, stack.id)})


def summaries(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The stacks with one of the requested statuses, in short."""
    statuses = request.stack_status_filter
    for stack in stacks_of(owners):
        if not statuses or stack.status in statuses:
            yield Item(stack.name, {**_stack(stack), "template_description": description(stack)})


def _stack(stack: Stack) -> dict[str, Any]:
    done, alone = stack.owner.environment.done, updated_alone(stack.owner.environment)
    updated = [
        *([done.ended] if done is not None and done.kind == "configure" else []),
        *([alone] if alone is not None and stack.is_own else []),
    ]
    return {
        "stack_id": stack.id,
        "stack_name": stack.name,
        "creation_time": stack.owner.environment.date_created,
        "last_updated_time": max(updated, default=None),
        "stack_status": stack.status,
    }


def description(stack: Stack) -> str:
    """The description of a stack."""
    name, id_ = stack.owner.environment.environment_name, stack.owner.environment.environment_id
    return f"AWS Elastic Beanstalk environment (Name: '{name}'  Id: '{id_}')"


def stack_resources(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The resources of a stack, which is requested by its name or by one of its resources."""
    for stack in stacks_of(owners):
        for at, members in rows(stack):
            if request.logical_resource_id in (None, members["logical_resource_id"]):
                yield Item(
                    f"{stack.name} {members['logical_resource_id']}",
                    {"stack_name": stack.name, "stack_id": stack.id, "timestamp": at} | members,
                    {"stack_name": (stack.name, stack.id), "physical_resource_id": stack.physical_ids},
                )


def resource_summaries(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The resources of a stack, in short."""
    for stack in stacks_of(owners):
        for at, members in rows(stack):
            names = {"stack_name": (stack.name, stack.id)}
            yield Item(members["logical_resource_id"], members | {"last_updated_timestamp": at}, names)


def exports(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The outputs of stacks that have the name of an export."""
    for stack in stacks_of(owners):
        for output in stack_outputs.outputs(stack.owner.environment, stack.status) if stack.is_own else ():
            if (name := output["export_name"]) is not None:
                yield Item(name, {"exporting_stack_id": stack.id, "name": name, "value": output["output_value"]})


def stack_names(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The stacks by their names alone."""
    for stack in stacks_of(owners):
        yield Item(stack.name, {}, {"stack_name": (stack.name, stack.id)})


def describe_resource(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """One resource of a stack; raises ProtocolError if the stack does not have it."""
    (stack,) = (stack for stack in stacks_of(owners) if stack.name in names)
    for at, members in rows(stack):
        if members["logical_resource_id"] == request.logical_resource_id:
            members |= {"stack_name": stack.name, "stack_id": stack.id, "last_updated_timestamp": at}
            return [], {"stack_resource_detail": members}
    sentence = f"Resource {request.logical_resource_id} does not exist for stack {request.stack_name}"
    raise ProtocolError("ValidationError", sentence)


def rows(stack: Stack) -> Iterator[tuple[int, dict[str, Any]]]:
    """The resources of a stack with the instants that lists show: its own ones, then the custom ones."""
    created = stack.owner.environment.date_created
    yield from ((created, in_stack(stack, resource)) for resource in stack.resources)
    yield from ((resource.at, in_stack(stack, resource)) for resource in stack.custom)


def in_stack(stack: Stack, resource: Resource | CustomResource) -> dict[str, Any]:
    """A resource as all lists of a stack show it."""
    if isinstance(resource, CustomResource):
        logical_id, type_ = resource.declared.logical_id, resource.declared.type
    else:
        logical_id = KINDS[kinds_of(resource)[0]].logical_id
        type_ = TYPES[logical_id]
    deleted = stack.status.startswith("DELETE")
    return {
        "logical_resource_id": logical_id,
        "physical_resource_id": resource.physical_id,
        "resource_type": type_,
        "resource_status": stack.status if deleted else "CREATE_COMPLETE",
    }


def updated_alone(environment: Environment) -> int | None:
    """The instant at which a deployment of a version alone last changed the stack."""
    return None if environment.custom is None else environment.custom.updated


def _status(environment: Environment) -> str:
    activity, done = environment.activity, environment.done
    initialized = done is not None and activity is not None and done.started == activity.started
    if activity is not None and activity.kind in DURING and not initialized:
        going, undoing = DURING[activity.kind]
        return undoing if activity.undoing else going
    updated = updated_alone(environment)
    if updated is not None and (done is None or updated > done.ended):
        return "UPDATE_COMPLETE"
    otherwise = "CREATE_COMPLETE" if updated is None else "UPDATE_COMPLETE"
    return otherwise if done is None else AFTER.get((done.kind, done.outcome), otherwise)


def known(owners: Sequence[Owner], member: str) -> Iterator[str]:
    """The names of all stacks, with those that have no resources yet."""
    return (name for stack in stacks_of(owners) for name in (stack.name, stack.id) if member == "stack_name")


NO_STACK = missing("ValidationError", "Stack with id {name} does not exist")
NO_STACK_OF_EVENTS = missing("ValidationError", "Stack [{name}] does not exist")
_NO_STACK_FOR = missing("ValidationError", "Stack for {name} does not exist")
_PAGES = Pages(size=None, usual=100)
LISTINGS = {
    "DescribeStacks": Listing(stacks, "stacks", "StackName", {"stack_name": NO_STACK}, _PAGES, None),
    "ListExports": Listing(exports, "exports", "Name", {}, _PAGES, None),
    "ListStacks": Listing(summaries, "stack_summaries", "StackName", {}, _PAGES, None),
    "DescribeStackResources": Listing(
        stack_resources,
        "stack_resources",
        "LogicalResourceId",
        {"stack_name": NO_STACK, "physical_resource_id": _NO_STACK_FOR},
        None,
        None,
        known,
    ),
    "ListStackResources": Listing(
        resource_summaries,
        "stack_resource_summaries",
        "LogicalResourceId",
        {"stack_name": NO_STACK},
        _PAGES,
        None,
        known,
    ),
}
