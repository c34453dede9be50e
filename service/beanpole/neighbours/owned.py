"""The refusal of calls that name a resource of an environment and that no neighbour carries out.

The companion does not know these names, so it would answer that they do not exist, or that it has carried out the call.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from beanpole.model.environment.resources import KINDS, Resource
from beanpole.neighbours import (
    attributes,
    autoscaling,
    cloudformation,
    codebuild,
    derived,
    devices,
    ec2,
    elbv2_details,
    group_rules,
    log_groups,
    networks,
    routes,
    security_groups,
    tagging,
)
from beanpole.neighbours.owners import Owner, Owners
from beanpole.neighbours.protocols import Call
from beanpole.wire.errors import ProtocolError

# The code of each service for an operation that a resource does not allow.
CODES = {
    "ec2": "UnsupportedOperation",
    "autoscaling": "ValidationError",
    "elb": "OperationNotPermitted",
    "elbv2": "OperationNotPermitted",
    "cloudformation": "ValidationError",
    "cloudwatch": "ValidationError",
    "rds": "InvalidParameterCombination",
    "logs": "InvalidOperationException",
    "codebuild": "InvalidInputException",
    "resourcegroupstaggingapi": "InvalidParameterException",
}
# The members of inputs by which the caller's own resources refer to others: a name there is not the target of the call.
MENTIONS = {
    "ec2": frozenset({"IpPermissions", "SourceSecurityGroupName", "TagSpecification", "Tag", "UserData"}),
    "rds": frozenset({"VpcSecurityGroupIds", "DBSecurityGroups", "Tags"}),
    "elb": frozenset({"SecurityGroups", "Tags"}),
    "elbv2": frozenset({"SecurityGroups", "Tags"}),
    "cloudformation": frozenset({"Parameters", "TemplateBody", "Tags"}),
    "cloudwatch": frozenset(
        (
            *("Dimensions", "Metrics", "MetricData", "MetricDataQueries", "MetricStat", "DashboardBody", "Tags"),
            *("AlarmActions", "OKActions", "InsufficientDataActions"),
        )
    ),
}
# The sentence about an instance that does not run, by the operation; that of a reboot is [I].
_STOPPED = {
    "StartInstances": "The instance '{id}' is not in a state from which it can be started.",
    "StopInstances": "This instance '{id}' is not in a state from which it can be stopped.",
    "RebootInstances": "This instance '{id}' is not in a state from which it can be rebooted.",
}
_DELETIONS = {"DeleteVpc": "vpc", "DeleteSubnet": "subnet"}  # and the words of EC2 for what each deletes
_SHARED = {"DeleteLoadBalancer": "Load balancer", "DeleteListener": "Listener"}  # deletions of what environments share
_SENTENCE = "{name} belongs to {holder}; beanpole does not carry out {action} on it."


def refuse_owned(service: str, call: Call, owners: Owners) -> None:
    """Raise the service's error if a call names a resource of an environment, or deletes the network of one."""
    mentioned = MENTIONS.get(service, frozenset())
    names = {value for member, value in _values(call) if member not in mentioned}
    if service == "ec2" and call.action in _STOPPED:
        _refuse_by_state(call.action, names, owners)
    for name, holder in _names_and_holders(service, owners):
        if name in names:
            raise ProtocolError(CODES[service], _SENTENCE.format(name=name, holder=holder, action=call.action))
    if service == "ec2" and call.action in _DELETIONS:
        _refuse_deletion(call.action, names, owners)
    if service == "elbv2" and call.action in _SHARED:
        _refuse_deletion_of_shared(call.action, names, owners)


def _refuse_by_state(action: str, names: set[str], owners: Owners) -> None:
    """Refuse to start, stop or reboot an instance that is shutting down or terminated."""
    for owner in owners:
        for instance, (_, state) in ec2.states_of(owner):
            if instance.id in names and state in ("shutting-down", "terminated"):
                raise ProtocolError("IncorrectInstanceState", _STOPPED[action].format(id=instance.id))


def _refuse_deletion(action: str, names: set[str], owners: Owners) -> None:
    """Refuse to delete the default VPC, or a subnet of it, while it has instances of environments."""
    for owner in networks.in_default(owners):
        subnets = [derived.subnet(owner, instance.availability_zone) for instance in owner.fleet]
        for name in names & {derived.vpc(owner), *subnets}:
            sentence = f"The {_DELETIONS[action]} '{name}' has dependencies and cannot be deleted."
            raise ProtocolError("DependencyViolation", sentence)


def _refuse_deletion_of_shared(action: str, names: set[str], owners: Owners) -> None:
    """Refuse to delete a load balancer or a listener of a user while an environment has a rule of it."""
    for owner in owners:
        for name in names & set(derived.shared_names(owner)):
            sentence = f"{_SHARED[action]} '{name}' is currently in use by {owner.environment.environment_name}"
            raise ProtocolError("ResourceInUse", sentence)


def _names_and_holders(service: str, owners: Owners) -> Iterator[tuple[str, str]]:
    """Every name that a service knows, each with the words for its holder."""
    if service == "logs":
        for group in log_groups.groups(owners):
            yield from ((name, group.of) for name in (group.name, group.arn, f"{group.arn}:*"))
    if service == "codebuild":
        for version in codebuild.built_versions(owners):
            holder, arn = f"the application version {version.version_label}", version.build_arn or ""
            yield from ((name, holder) for name in (arn, codebuild.id_of(arn)))
    if service == "resourcegroupstaggingapi":
        yield from ((resource.arn, "this account") for resource in tagging.tagged(owners))
    for owner in owners:
        holder = f"the environment {owner.environment.environment_name}"
        yield from ((name, holder) for name in names_of(owner))


def names_of(owner: Owner) -> Iterator[str]:
    """Every id, name and ARN that a resource of an environment has in a service."""
    for instance in owner.fleet:
        yield from (instance.id, devices.interface_id(instance), devices.attachment_id(instance))
        yield from (attributes.association_id(instance), ec2.address_association_id(instance))
        yield from (volume.id for volume in devices.volumes_of(owner, instance))
    yield from (loss.id for loss in owner.terminated)
    for resource in owner.environment.resources:
        yield from (resource.name, resource.physical_id)
        yield from _further_names(owner, resource)
    for default in networks.by_default([owner]):
        yield from routes.ids_of(default)
    for stack in cloudformation.stacks_of([owner]):
        yield from (stack.name, stack.id)


def _further_names(owner: Owner, resource: Resource) -> Iterator[str]:
    """The names of a resource that are derived from its own, by its kind."""
    kind = resource.kind
    if kind in security_groups.DESCRIPTIONS:
        yield from _names_of_security_group(owner, resource)
    elif kind == "listener":
        yield elbv2_details.rule_arn(resource.name)
    elif kind in autoscaling.GROUPS:
        yield autoscaling.group_arn(owner, resource.name)
    elif kind in ("load-balancer", "target-group") and resource.name.startswith("arn:"):
        yield resource.name.split("/")[2 if kind == "load-balancer" else 1]
    elif kind in ("alarm-high", "alarm-low"):
        yield derived.arn(owner.environment, "cloudwatch", f"alarm:{resource.name}")
    elif kind == "launch-template":
        yield derived.launch_template_name(owner, resource)
    elif kind == "elastic-ip":
        yield derived.allocation_id(resource)
    elif kind == "database":
        yield derived.arn(owner.environment, "rds", f"db:{resource.name}")
    elif kind.endswith("-policy"):
        yield resource.name.rpartition("policyName/")[2]


def _names_of_security_group(owner: Owner, resource: Resource) -> Iterator[str]:
    id_ = derived.security_group_id(resource)
    yield id_
    yield from (group_rules.rule_id(id_, rule) for rule in security_groups.rules_of(owner, resource))
    yield group_rules.rule_id(id_, security_groups.EGRESS, is_egress=True)
    yield derived.security_group_name(owner, resource, KINDS[resource.kind].logical_id)


def _values(call: Call) -> Iterator[tuple[str, str]]:
    """The texts of a call, each with the member of the input that it is in."""
    if call.document is None:
        yield from ((key.partition(".")[0], value) for key, value in call.parameters)
        return
    for member, value in call.document.items():
        yield from ((member, text) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
