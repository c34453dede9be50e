"""The details of a group beside its instances: scheduled actions, load balancers, and lists that are always empty."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from beanpole.model.changes.change import Change
from beanpole.model.environment.resources import Resource
from beanpole.model.environment.scheduled_actions import ScheduledAction
from beanpole.model.environment.scheduled_actions import scheduled_actions as actions_of
from beanpole.model.names.ids import Ids
from beanpole.neighbours import autoscaling, derived
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

NO_GROUP = missing("ValidationError", "AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")


def scheduled_actions(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The scheduled actions of the options, but those that are suspended; their names are [I]."""
    for owner in owners:
        group = owner.environment.resource("auto-scaling-group")
        if group is not None:
            for action in actions_of(owner.environment.option_settings):
                yield _scheduled(owner, group, action)


def _scheduled(owner: Owner, group: Resource, action: ScheduledAction) -> Item:
    ids = Ids("scheduled-action", group.name, action.name)
    name = f"{owner.environment.resource_scope.stack}-{action.name}-{ids.suffix()}"
    sizes = {"min_size": action.least, "max_size": action.most, "desired_capacity": action.desired}
    members = {
        "auto_scaling_group_name": group.name,
        "scheduled_action_name": name,
        "scheduled_action_arn": derived.arn(
            owner.environment,
            "autoscaling",
            f"scheduledUpdateGroupAction:{ids.request_id()}:autoScalingGroupName/{group.name}"
            f":scheduledActionName/{name}",
        ),
        "start_time": action.start,
        "end_time": action.end,
        "recurrence": action.recurrence,
        **{member: size for member, size in sizes.items() if size is not None},
    }
    names = {"auto_scaling_group_name": (group.name,), "scheduled_action_names": (name,)}
    return Item(name, members, names)


def load_balancers(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The classic load balancer of each group."""
    for group, name, is_classic in _balancers(owners):
        if is_classic:
            members = {"load_balancer_name": name, "state": "InService"}
            yield Item(name, members, {"auto_scaling_group_name": (group.name,)})


def target_groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The target group of each group."""
    for group, name, is_classic in _balancers(owners):
        if not is_classic:
            members = {"load_balancer_target_group_arn": name, "state": "InService"}
            yield Item(name, members, {"auto_scaling_group_name": (group.name,)})


def traffic_sources(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The source of traffic of each group: its target group, or its classic load balancer."""
    for group, name, is_classic in _balancers(owners):
        type_ = "elb" if is_classic else "elbv2"
        if request.traffic_source_type in (None, type_):
            members = {"identifier": name, "traffic_source": name, "type": type_, "state": "InService"}
            yield Item(name, members, {"auto_scaling_group_name": (group.name,)})


def _balancers(owners: Sequence[Owner]) -> Iterator[tuple[Resource, str, bool]]:
    """Each group that gets requests, with the name of what sends them, and whether that is a classic load balancer."""
    for owner in owners:
        balancer, target_group = owner.environment.balancer, owner.environment.resource("target-group")
        for group in autoscaling.groups_of(owner) if balancer is not None else ():
            if balancer is not None and not balancer.name.startswith("arn:"):
                yield group, balancer.name, True
            elif target_group is not None:
                yield group, target_group.name, False


def nothing(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """An empty list: no group of an environment has any."""
    return iter(())


def warm_pool(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """The warm pool of a group, which has none."""
    return [], {"instances": []}


def groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The groups by their names alone."""
    for owner in owners:
        for group in autoscaling.groups_of(owner):
            yield Item(group.name, {}, {"auto_scaling_group_name": (group.name,)})


def _names(owners: Sequence[Owner], member: str) -> Iterator[str]:
    members = ("auto_scaling_group_name", "auto_scaling_group_names")
    return (group.name for owner in owners for group in autoscaling.groups_of(owner) if member in members)


def _of_one(items: Callable[[Sequence[Owner], Request], Iterator[Item]], member: str, key: str) -> Listing:
    """A list about one group."""
    return Listing(
        items,
        member,
        key,
        {"auto_scaling_group_name": NO_GROUP},
        Pages(size="max_records", usual=100),
        None,
        _names,
    )


ONE_GROUP = Listing(groups, "", "", {"auto_scaling_group_name": NO_GROUP}, None, None)
LISTINGS = {
    "DescribeScheduledActions": Listing(
        scheduled_actions,
        "scheduled_update_group_actions",
        "ScheduledActionName",
        {"auto_scaling_group_name": None, "scheduled_action_names": None},
        Pages(size="max_records", usual=50),
        None,
        _names,
    ),
    "DescribeLifecycleHooks": Listing(
        nothing, "lifecycle_hooks", "LifecycleHookName", {"auto_scaling_group_name": NO_GROUP}, None, None, _names
    ),
    "DescribeNotificationConfigurations": Listing(
        nothing,
        "notification_configurations",
        "TopicARN",
        {"auto_scaling_group_names": None},
        Pages(size="max_records", usual=50),
        None,
        _names,
    ),
    "DescribeLoadBalancers": _of_one(load_balancers, "load_balancers", "LoadBalancerName"),
    "DescribeLoadBalancerTargetGroups": _of_one(
        target_groups, "load_balancer_target_groups", "LoadBalancerTargetGroupARN"
    ),
    "DescribeTrafficSources": _of_one(traffic_sources, "traffic_sources", "Identifier"),
    "DescribeInstanceRefreshes": _of_one(nothing, "instance_refreshes", "InstanceRefreshId"),
}
