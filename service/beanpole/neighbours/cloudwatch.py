"""CloudWatch's view of environments: the two alarms that scale a group."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.environment.resources import Resource
from beanpole.model.options.namespaces import TRIGGER
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages
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


def _alarm(owner: Owner, resource: Resource) -> dict[str, Any]:
    comparison, threshold, policy_kind = _ALARMS[resource.kind]
    group, policy = owner.environment.resource("auto-scaling-group"), owner.environment.resource(policy_kind)
    unit = owner.value(TRIGGER, "Unit")
    return {
        "alarm_name": resource.name,
        "alarm_arn": derived.arn(owner.environment, "cloudwatch", f"alarm:{resource.name}"),
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
    )
}
