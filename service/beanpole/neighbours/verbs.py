"""The few calls that change resources of environments: each becomes a fact in the model, on which the engine acts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from beanpole.model.changes import scaling
from beanpole.model.changes.change import Change
from beanpole.model.environment.fleet import bounds, by_launch, size
from beanpole.model.environment.instance import Instance
from beanpole.model.plan.steps import TEMPORARY, AwaitHealth, Deploy
from beanpole.neighbours import activities, autoscaling, ec2, elb, elbv2, ingress, security_groups
from beanpole.neighbours.listing import Item, Listing, missing
from beanpole.neighbours.owners import Owner
from beanpole.neighbours.verb import Verb
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request


def terminate_instances(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """Terminate instances through EC2; those that are terminated stay so."""
    if request.dry_run:
        raise ProtocolError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    changes, answer = [], []
    for owner, instances in _by_owner(owners, ids):
        changes.append(_termination(owner, instances, "ec2"))
        answer += [_state_change(instance.id, ec2.STATES[instance.state]) for instance in instances]
    terminated = [loss.id for owner in owners for loss in owner.terminated if loss.id in ids]
    return changes, [*answer, *(_state_change(id_, ec2.TERMINATED, ec2.TERMINATED) for id_ in terminated)]


def _state_change(
    id_: str, before: tuple[int, str], after: tuple[int, str] = ec2.STATES["terminating"]
) -> dict[str, Any]:
    (code, name), (code_after, name_after) = before, after
    return {
        "instance_id": id_,
        "previous_state": {"code": code, "name": name},
        "current_state": {"code": code_after, "name": name_after},
    }


def terminate_in_group(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """Terminate an instance through its group, which replaces it unless its capacity is decremented."""
    groups = list(_by_owner(owners, ids))
    if len(groups) != 1:
        raise ProtocolError("ValidationError", "The instances are not of one Auto Scaling group.")
    ((owner, instances),) = groups
    desired = None
    if request.should_decrement_desired_capacity:
        now, least = size(owner.environment, owner.configuration), bounds(owner.environment, owner.configuration)[0]
        if now - len(instances) < least:
            raise ProtocolError("ValidationError", _BELOW_MINIMUM.format(least=least))
        desired = now - len(instances)
    group = instances[0].group
    activity = {
        "activity_id": activities.activity_id(instances[0].id, activities.TERMINATING),
        "auto_scaling_group_name": group,
        "description": f"{activities.TERMINATING}: {instances[0].id}",
        "cause": activities.cause("terminated by a user", owner.now, id=instances[0].id),
        "start_time": owner.now,
        "status_code": "InProgress",
        "progress": 0,
        "auto_scaling_group_arn": autoscaling.group_arn(owner, group),
    }
    return [_termination(owner, instances, "autoscaling", desired)], {"activity": activity}


def set_instance_health(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """Set the health of an instance for its group, which replaces an unhealthy instance."""
    if request.health_status not in ("Healthy", "Unhealthy"):
        raise ProtocolError("ValidationError", "Valid instance health states are: [Healthy, Unhealthy].")
    if request.health_status == "Healthy":
        return [], None  # as each instance of a group is
    return [_termination(owner, instances, "autoscaling") for owner, instances in _by_owner(owners, ids)], None


def set_desired_capacity(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """Set the capacity of a group, within its bounds."""
    (owner,) = (owner for owner in owners if any(group.name in names for group in autoscaling.groups_of(owner)))
    if any(group.name in names for group in autoscaling.groups_of(owner) if group.kind == TEMPORARY):
        raise ProtocolError("ScalingActivityInProgress", _OF_AN_UPDATE.format(name=names[0]))
    capacity, (least, most) = request.desired_capacity, bounds(owner.environment, owner.configuration)
    if capacity > most:
        bound = f"above max value {most}"
    elif capacity < least:
        bound = f"below min value {least}"
    else:
        return [scaling.set_capacity(owner.environment, capacity, owner.now)], None
    raise ProtocolError(
        "ValidationError", f"New SetDesiredCapacity value {capacity} is {bound} for the AutoScalingGroup."
    )


def deregister_targets(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """Deregister targets from a target group; unknown targets are ignored."""
    ids = {target.id for target in request.targets}
    return _with_registrations(owners, "target-group", names, ids, scaling.deregister), {}


def register_targets(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """Register instances of the environment with its target group."""
    ids = [target.id for target in request.targets]
    for _, instances in _fleets(owners, "target-group", names):
        running = {instance.id for instance in instances if instance.state in ("running", "deploying")}
        if strange := [id_ for id_ in ids if id_ not in running]:
            raise ProtocolError("InvalidTarget", _NOT_RUNNING.format(ids=", ".join(f"'{id_}'" for id_ in strange)))
    return _with_registrations(owners, "target-group", names, set(ids), scaling.register), {}


def deregister_instances(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """Deregister instances from a classic load balancer; the answer has the remaining instances."""
    ids = {instance.instance_id for instance in request.instances}
    left = [
        instance for _, fleet in _fleets(owners, "load-balancer", names) for instance in fleet if instance.is_registered
    ]
    answer = [{"instance_id": instance.id} for instance in left if instance.id not in ids]
    return _with_registrations(owners, "load-balancer", names, ids, scaling.deregister), answer


def register_instances(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """Register instances with the classic load balancer of their environment."""
    ids = {instance.instance_id for instance in request.instances}
    fleet = [instance for _, instances in _fleets(owners, "load-balancer", names) for instance in instances]
    if strange := ids - {instance.id for instance in fleet if instance.state in ("running", "deploying")}:
        raise ProtocolError("InvalidInstance", f"Could not find EC2 instance {min(strange)}.")
    answer = [{"instance_id": instance.id} for instance in fleet if instance.is_registered or instance.id in ids]
    return _with_registrations(owners, "load-balancer", names, ids, scaling.register), answer


def _termination(owner: Owner, instances: Iterable[Instance], by: Any, desired: int | None = None) -> Change:
    ids = [instance.id for instance in instances]
    moment = scaling.Moment(owner.now, owner.clock)
    if isinstance(owner.step, Deploy | AwaitHealth):
        moment = scaling.Moment(owner.now, owner.clock, owner.step.instances, owner.step.timeout)
    return scaling.terminate(owner.environment, by_launch(owner.fleet), ids, by, moment, desired)


def _by_owner(owners: Sequence[Owner], ids: Iterable[str]) -> Iterator[tuple[Owner, list[Instance]]]:
    selected = set(ids)
    for owner in owners:
        if instances := [instance for instance in owner.fleet if instance.id in selected]:
            yield owner, instances


def _fleets(owners: Sequence[Owner], kind: str, names: Sequence[str]) -> Iterator[tuple[Owner, tuple[Instance, ...]]]:
    for owner in owners:
        resource = owner.environment.resource(kind)
        if resource is not None and resource.name in names:
            yield owner, owner.fleet


def _with_registrations(
    owners: Sequence[Owner], kind: str, names: Sequence[str], ids: set[str], by: Callable[..., Change]
) -> list[Change]:
    return [
        by(
            owner.environment,
            [instance for instance in fleet if instance.id in ids and instance.state != "terminating"],
            owner.now,
        )
        for owner, fleet in _fleets(owners, kind, names)
    ]


def _instances(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    for owner in owners:
        for instance in owner.fleet:
            yield Item(instance.id, {}, {"instance_ids": (instance.id,), "instance_id": (instance.id,)})


def _groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    for owner in owners:
        for group in autoscaling.groups_of(owner):
            yield Item(group.name, {}, {"auto_scaling_group_name": (group.name,)})


def _target_groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    for _, resource in elbv2.of_kind(owners, "target-group"):
        yield Item(resource.name, {}, {"target_group_arn": (resource.name,)})


_OF_AN_UPDATE = "An update of its environment launches the instances of {name}, and blocks this action."  # [I]
_BELOW_MINIMUM = (
    "Currently, desiredSize equals minSize ({least}). Terminating instance without replacement will violate group's "
    "min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
)
_NOT_RUNNING = "The following targets are not in a running state and cannot be registered: {ids}"
_NO_INSTANCE = missing("ValidationError", "Instance Id not found - No managed instance found for instance ID: {name}")
_NO_GROUP = missing("ValidationError", "AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
_SECURITY_GROUPS = Listing(
    ingress.groups,
    "",
    "",
    {"group_id": security_groups.missing_group, "group_name": security_groups.missing_group},
    None,
    None,
)
VERBS: Mapping[str, Mapping[str, Verb]] = {
    "ec2": {
        "AuthorizeSecurityGroupIngress": Verb(_SECURITY_GROUPS, ingress.authorize),
        "RevokeSecurityGroupIngress": Verb(_SECURITY_GROUPS, ingress.revoke),
        "TerminateInstances": Verb(
            Listing(
                ec2.listed,
                "terminating_instances",
                "InstanceId",
                {"instance_ids": ec2.no_such_instance},
                None,
                None,
            ),
            terminate_instances,
        ),
    },
    "autoscaling": {
        "TerminateInstanceInAutoScalingGroup": Verb(
            Listing(
                _instances, "activity", "", {"instance_id": _NO_INSTANCE, "instance_ids": _NO_INSTANCE}, None, None
            ),
            terminate_in_group,
        ),
        "SetInstanceHealth": Verb(
            Listing(_instances, "", "", {"instance_id": _NO_INSTANCE}, None, None),
            set_instance_health,
        ),
        "SetDesiredCapacity": Verb(
            Listing(_groups, "", "", {"auto_scaling_group_name": _NO_GROUP}, None, None), set_desired_capacity
        ),
    },
    "elb": {
        "DeregisterInstancesFromLoadBalancer": Verb(
            Listing(elb.by_name, "instances", "InstanceId", {"load_balancer_name": elb.NOT_FOUND}, None, None),
            deregister_instances,
        ),
        "RegisterInstancesWithLoadBalancer": Verb(
            Listing(elb.by_name, "instances", "InstanceId", {"load_balancer_name": elb.NOT_FOUND}, None, None),
            register_instances,
        ),
    },
    "elbv2": {
        "DeregisterTargets": Verb(
            Listing(_target_groups, "", "", {"target_group_arn": elbv2.NO_GROUP}, None, None), deregister_targets
        ),
        "RegisterTargets": Verb(
            Listing(_target_groups, "", "", {"target_group_arn": elbv2.NO_GROUP}, None, None), register_targets
        ),
    },
}
