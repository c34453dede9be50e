"""CloudWatch's view of environments: the two alarms that scale a group, with their tags."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.changes.change import Change
from beanpole.model.environment.resources import Resource
from beanpole.model.options.namespaces import TRIGGER
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

_ALARMS = {
    "alarm-high": ("GreaterThanThreshold", "UpperThreshold", "scale-up-policy"),
    "alarm-low": ("LessThanThreshold", "LowerThreshold", "scale-down-policy"),
}


def alarms(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The alarms; all are OK, because nothing is measured."""
    if request.alarm_types is not None and "MetricAlarm" not in request.alarm_types:
        return
    for owner in owners:
        for resource in owner.environment.resources:
            if resource.kind in _ALARMS and request.state_value in (None, "OK"):
                members = _alarm(owner, resource)
                is_named = resource.name.startswith(request.alarm_name_prefix or "")
                acts = request.action_prefix is None or any(
                    action.startswith(request.action_prefix) for action in members["alarm_actions"]
                )
                if is_named and acts and not (request.children_of_alarm_name or request.parents_of_alarm_name):
                    yield Item(resource.name, members, {"alarm_names": (resource.name,)})


def alarms_for_metric(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The alarms on a metric."""
    dimensions = {(dimension.name, dimension.value) for dimension in request.dimensions or ()}
    for owner, resource in _alarms_of(owners):
        members = _alarm(owner, resource)
        own = {(dimension["name"], dimension["value"]) for dimension in members["dimensions"]}
        is_same = (request.metric_name, request.namespace) == (members["metric_name"], members["namespace"])
        plain = all(getattr(request, name) in (None, members[name]) for name in ("statistic", "period", "unit"))
        if is_same and own == dimensions and plain:
            yield Item(resource.name, members)


def history(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """An empty list: an alarm stays as it is, for it gets no data."""
    return iter(())


def list_tags(owners: Sequence[Owner], request: Request, arns: Sequence[str]) -> tuple[list[Change], Any]:
    """The tags of an alarm, which are those of the environment."""
    owner = next(owner for owner, resource in _alarms_of(owners) if _arn(owner, resource) in arns)
    return [], {"tags": derived.as_tags(owner.tags)}


def by_arn(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The alarms by their ARNs."""
    for owner, resource in _alarms_of(owners):
        yield Item(_arn(owner, resource), {}, {"resource_arn": (_arn(owner, resource),)})


def _alarms_of(owners: Sequence[Owner]) -> Iterator[tuple[Owner, Resource]]:
    for owner in owners:
        yield from ((owner, resource) for resource in owner.environment.resources if resource.kind in _ALARMS)


def _arn(owner: Owner, resource: Resource) -> str:
    return derived.arn(owner.environment, "cloudwatch", f"alarm:{resource.name}")


def _known(owners: Sequence[Owner], member: str) -> Iterator[str]:
    return (resource.name for _, resource in _alarms_of(owners))


def _alarm(owner: Owner, resource: Resource) -> dict[str, Any]:
    comparison, threshold, policy_kind = _ALARMS[resource.kind]
    group, policy = owner.environment.resource("auto-scaling-group"), owner.environment.resource(policy_kind)
    unit = owner.value(TRIGGER, "Unit")
    return {
        "alarm_name": resource.name,
        "alarm_arn": _arn(owner, resource),
        "alarm_description": "ElasticBeanstalk Default Scale Up alarm"
        if resource.kind == "alarm-high"
        else "ElasticBeanstalk Default Scale Down alarm",
        "alarm_configuration_updated_timestamp": owner.environment.date_created,
        "actions_enabled": True,
        "ok_actions": [],
        "alarm_actions": [] if policy is None else [policy.name],
        "insufficient_data_actions": [],
        "state_value": "OK",
        "state_reason": "Threshold Crossed: no datapoints were received.",
        "state_updated_timestamp": owner.environment.date_created,
        "metric_name": owner.value(TRIGGER, "MeasureName"),
        "namespace": "AWS/EC2",
        "statistic": owner.value(TRIGGER, "Statistic"),
        "dimensions": [] if group is None else [{"name": "AutoScalingGroupName", "value": group.name}],
        "period": 60 * owner.configuration.integer(TRIGGER, "Period", 5),
        "unit": unit,
        "evaluation_periods": owner.configuration.integer(TRIGGER, "EvaluationPeriods", 1),
        "threshold": float(owner.value(TRIGGER, threshold) or 0),
        "comparison_operator": comparison,
    }


LISTINGS = {
    "DescribeAlarms": Listing(
        alarms,
        "metric_alarms",
        "AlarmName",
        {"alarm_names": None},
        Pages(size="max_records", usual=50),
        None,
        besides=("composite_alarms",),
    ),
    "DescribeAlarmsForMetric": Listing(alarms_for_metric, "metric_alarms", "AlarmName", {}, None, None),
    "DescribeAlarmHistory": Listing(
        history,
        "alarm_history_items",
        "Timestamp",
        {"alarm_name": None},
        Pages(size="max_records", usual=100),
        None,
        _known,
    ),
}
BY_ARN = Listing(
    by_arn, "", "", {"resource_arn": missing("ResourceNotFoundException", "{name} does not exist", 404)}, None, None
)
