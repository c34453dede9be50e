"""Auto Scaling's view of environments: groups, their instances and policies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from beanpole.model.environment import fleet
from beanpole.model.environment.instance import Instance, State
from beanpole.model.environment.resources import Resource
from beanpole.model.names.ids import Ids
from beanpole.model.options.namespaces import AUTO_SCALING_GROUP, TRIGGER
from beanpole.model.plan.steps import TEMPORARY
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

GROUPS = ("auto-scaling-group", TEMPORARY)

# The state of an instance in its group, by the state here (Auto Scaling's guide, ec2-auto-scaling-lifecycle).
LIFECYCLE: dict[State, str] = {
    "pending": "Pending",
    "running": "InService",
    "deploying": "InService",
    "terminating": "Terminating",
}


def groups_of(owner: Owner) -> Iterator[Resource]:
    """The groups of an environment: its own, and the temporary one of a new side."""
    return (resource for resource in owner.environment.resources if resource.kind in GROUPS)


def members_of(owner: Owner, group: Resource) -> list[Instance]:
    """The instances of a group, in the order of their launch."""
    return [instance for instance in owner.fleet if instance.group == group.name]


def desired_capacity(owner: Owner, group: Resource) -> int:
    """The capacity that a group should have; while an update is in progress, not less than its present size."""
    present = sum(instance.state != "terminating" for instance in members_of(owner, group))
    capacity, activity = fleet.size(owner.environment, owner.configuration), owner.environment.activity
    if group.kind == TEMPORARY:
        return present
    return capacity if activity is None or activity.kind == "scale" else max(present, capacity)


def group_arn(owner: Owner, group: str) -> str:
    """The ARN of a group, by its name."""
    id_ = Ids("group", group).request_id()
    return derived.arn(owner.environment, "autoscaling", f"autoScalingGroup:{id_}:autoScalingGroupName/{group}")


def groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The groups; the temporary group exists as long as the new side."""
    for owner in owners:
        for group in groups_of(owner):
            tags = derived.tags_of(owner, derived.GROUP, derived.stack_of(group.name))
            listed_instances = [] if request.include_instances is False else members_of(owner, group)
            members = _group(owner, group) | {
                "instances": [_member(owner, instance) for instance in listed_instances],
                "tags": tags_of(group, tags),
            }
            yield Item(group.name, members, {"auto_scaling_group_names": (group.name,)}, tags=tags)


def tags_of(group: Resource, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """The tags of a group, as Auto Scaling lists them."""
    own = {"resource_id": group.name, "resource_type": "auto-scaling-group", "propagate_at_launch": True}
    return [{**own, "key": key, "value": value} for key, value in sorted(tags.items())]


def _group(owner: Owner, group: Resource) -> dict[str, Any]:
    desired = desired_capacity(owner, group)
    least, most = fleet.bounds(owner.environment, owner.configuration)
    temporary, environment = group.kind == TEMPORARY, owner.environment
    balancer, target_group = environment.balancer, environment.resource("target-group")
    classic = balancer is not None and not balancer.name.startswith("arn:")
    subnets = [derived.subnet(owner, zone) for zone in derived.zones(owner)]
    return {
        "auto_scaling_group_name": group.name,
        "auto_scaling_group_arn": group_arn(owner, group.name),
        "launch_template": launch_template(owner),
        "min_size": desired if temporary else least,
        "max_size": desired if temporary else max(desired, most),
        "desired_capacity": desired,
        "default_cooldown": owner.configuration.integer(AUTO_SCALING_GROUP, "Cooldown", 360),
        "availability_zones": derived.zones(owner),
        "load_balancer_names": [balancer.name] if balancer is not None and classic else [],
        "target_group_arns": [] if target_group is None else [target_group.name],
        "health_check_type": "EC2",
        "health_check_grace_period": 0,
        "created_time": environment.date_created,
        "suspended_processes": [],
        "vpc_zone_identifier": ",".join(dict.fromkeys(subnets)),
        "enabled_metrics": [],
        "termination_policies": ["Default"],
        "new_instances_protected_from_scale_in": False,
        "service_linked_role_arn": derived.global_arn(
            environment, "iam", "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
        ),
    }


def launch_template(owner: Owner) -> dict[str, str] | None:
    """The launch template of the environment's groups, as they name it."""
    resource = owner.environment.resource("launch-template")
    if resource is None:
        return None
    name = derived.launch_template_name(owner, resource)
    return {"launch_template_id": resource.name, "launch_template_name": name, "version": "1"}


def _member(owner: Owner, instance: Instance) -> dict[str, Any]:
    return {
        "instance_id": instance.id,
        "instance_type": instance.instance_type,
        "availability_zone": instance.availability_zone,
        "lifecycle_state": LIFECYCLE[instance.state],
        "health_status": "Unhealthy" if instance.state == "terminating" else "Healthy",
        "launch_template": launch_template(owner),
        "protected_from_scale_in": False,
    }


def instances(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The instances of all groups."""
    for owner in owners:
        for group in groups_of(owner):
            for instance in members_of(owner, group):
                members = _member(owner, instance) | {"auto_scaling_group_name": group.name}
                members["health_status"] = members["health_status"].upper()
                yield Item(instance.id, members, {"instance_ids": (instance.id,)})


def ended(owner: Owner, instance: Instance) -> int:
    """The instant at which the termination of an instance began."""
    losses = (loss.at for loss in owner.environment.losses if loss.id == instance.id)
    activity = owner.environment.activity
    return next(losses, owner.now if activity is None else activity.began)


def policies(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The policies by which the alarms scale the group."""
    directions = {"scale-up-policy": "Upper", "scale-down-policy": "Lower"}
    for owner in owners:
        for resource in owner.environment.resources:
            direction = directions.get(resource.kind)
            group = owner.environment.resource("auto-scaling-group")
            if direction is None or group is None:
                continue
            name = resource.name.rpartition("policyName/")[2]
            members = {
                "auto_scaling_group_name": group.name,
                "policy_name": name,
                "policy_arn": resource.name,
                "policy_type": "SimpleScaling",
                "adjustment_type": "ChangeInCapacity",
                "scaling_adjustment": owner.configuration.integer(TRIGGER, f"{direction}BreachScaleIncrement"),
                "cooldown": owner.configuration.integer(AUTO_SCALING_GROUP, "Cooldown", 360),
                "step_adjustments": [],
                "alarms": _alarms(owner, direction),
                "enabled": True,
            }
            names = {"policy_names": (name, resource.name), "auto_scaling_group_name": (group.name,)}
            yield Item(resource.name, members, names)


def _alarms(owner: Owner, direction: str) -> list[dict[str, str]]:
    alarm = owner.environment.resource("alarm-high" if direction == "Upper" else "alarm-low")
    if alarm is None:
        return []
    arn = derived.arn(owner.environment, "cloudwatch", f"alarm:{alarm.name}")
    return [{"alarm_name": alarm.name, "alarm_arn": arn}]


def launch_configurations(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """An empty list: every group has a launch template instead."""
    return iter(())


def group_names(owners: Sequence[Owner], member: str) -> Iterator[str]:
    """The names of all groups, with those that have nothing to list."""
    return (group.name for owner in owners for group in groups_of(owner) if member == "auto_scaling_group_name")


_PAGES = Pages(size="max_records", usual=50)
LISTINGS = {
    "DescribeAutoScalingGroups": Listing(
        groups, "auto_scaling_groups", "AutoScalingGroupName", {"auto_scaling_group_names": None}, _PAGES
    ),
    "DescribeAutoScalingInstances": Listing(
        instances, "auto_scaling_instances", "InstanceId", {"instance_ids": None}, _PAGES, None
    ),
    "DescribePolicies": Listing(
        policies,
        "scaling_policies",
        "PolicyARN",
        {"policy_names": None, "auto_scaling_group_name": None},
        _PAGES,
        None,
        group_names,
    ),
    "DescribeLaunchConfigurations": Listing(
        launch_configurations,
        "launch_configurations",
        "LaunchConfigurationName",
        {"launch_configuration_names": None},
        _PAGES,
        None,
    ),
}
