"""What services say of a group, a stack, a listener or a database beside their lists, as Terraform reads it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from beanpole.gateway.in_process import Moto
from beanpole.testing import Beanstalk
from neighbours.callers import (
    APPLICATION,
    CLASSIC,
    DATABASE,
    SINGLE,
    instance_ids,
    launched,
    neighbour_of,
    refusal,
    resources,
)


def group_of(beanstalk: Beanstalk) -> str:
    return str(resources(beanstalk)["AutoScalingGroups"][0]["Name"])


@pytest.mark.parametrize("options", [APPLICATION, CLASSIC, SINGLE])
def test_a_group_names_the_sources_of_its_traffic(
    beanstalk: Beanstalk, options: tuple[tuple[str, str, str], ...]
) -> None:
    launched(beanstalk, "web1", *options)
    autoscaling, named = neighbour_of(beanstalk, "autoscaling"), {"AutoScalingGroupName": group_of(beanstalk)}
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    classic = autoscaling.describe_load_balancers(**named)["LoadBalancers"]
    assert [balancer["LoadBalancerName"] for balancer in classic] == group["LoadBalancerNames"]
    targets = autoscaling.describe_load_balancer_target_groups(**named)["LoadBalancerTargetGroups"]
    assert [target["LoadBalancerTargetGroupARN"] for target in targets] == group["TargetGroupARNs"]
    sources = autoscaling.describe_traffic_sources(**named)["TrafficSources"]
    assert [source["Identifier"] for source in sources] == group["LoadBalancerNames"] + group["TargetGroupARNs"]
    assert autoscaling.describe_lifecycle_hooks(**named)["LifecycleHooks"] == []
    assert autoscaling.describe_instance_refreshes(**named)["InstanceRefreshes"] == []
    assert autoscaling.describe_warm_pool(**named)["Instances"] == []
    names = [group["AutoScalingGroupName"]]
    notifications = autoscaling.describe_notification_configurations(AutoScalingGroupNames=names)
    assert notifications["NotificationConfigurations"] == []
    assert autoscaling.describe_scheduled_actions(**named)["ScheduledUpdateGroupActions"] == []
    assert refusal(autoscaling.describe_lifecycle_hooks, AutoScalingGroupName="none")[0] == "ValidationError"


def test_a_list_that_the_companion_lacks_has_what_environments_own(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    autoscaling = neighbour_of(beanstalk, "autoscaling", Moto().of_service("autoscaling"))
    assert autoscaling.describe_notification_configurations()["NotificationConfigurations"] == []
    assert refusal(autoscaling.describe_account_limits)[0] == "NotImplemented"


def test_scheduled_actions_are_those_of_the_options(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    options: list[dict[str, str]] = [
        {
            "Namespace": "aws:autoscaling:scheduledaction",
            "ResourceName": name,
            "OptionName": option,
            "Value": value,
        }
        for name, option, value in (
            ("Morning", "MinSize", "2"),
            ("Morning", "MaxSize", "8"),
            ("Morning", "Recurrence", "0 7 * * *"),
            ("Morning", "StartTime", "2027-05-14T07:00:00Z"),
            ("Never", "MinSize", "1"),
            ("Never", "Suspend", "true"),
        )
    ]
    beanstalk.client.update_environment(EnvironmentName="web1", OptionSettings=options)
    beanstalk.until_ready("web1")
    autoscaling = neighbour_of(beanstalk, "autoscaling")
    (action,) = autoscaling.describe_scheduled_actions()["ScheduledUpdateGroupActions"]
    assert (action["MinSize"], action["MaxSize"], action["Recurrence"]) == (2, 8, "0 7 * * *")
    assert "DesiredCapacity" not in action
    assert action["AutoScalingGroupName"] == group_of(beanstalk)
    assert (action["StartTime"].year, action["StartTime"].hour) == (2027, 7)
    by_name = autoscaling.describe_scheduled_actions(ScheduledActionNames=[action["ScheduledActionName"]])
    assert by_name["ScheduledUpdateGroupActions"] == [action]


def test_a_group_has_the_sizes_of_the_action_that_ran_last(beanstalk: Beanstalk) -> None:
    options = [
        {"Namespace": "aws:autoscaling:scheduledaction", "ResourceName": "Once", "OptionName": option, "Value": value}
        for option, value in (
            ("MinSize", "2"),
            ("MaxSize", "6"),
            ("DesiredCapacity", "3"),
            ("StartTime", datetime.fromtimestamp(beanstalk.now // 1000 + 3600, UTC).isoformat()),
        )
    ]
    launched(beanstalk, "web1", *APPLICATION)
    beanstalk.client.update_environment(EnvironmentName="web1", OptionSettings=options)
    beanstalk.until_ready("web1")
    autoscaling = neighbour_of(beanstalk, "autoscaling")
    before = instance_ids(beanstalk)
    beanstalk.advance(2 * 3600)
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (2, 6, 3)
    assert len(group["Instances"]) == 3
    assert set(before) <= set(instance_ids(beanstalk))
    name = group["AutoScalingGroupName"]
    assert (
        refusal(autoscaling.set_desired_capacity, AutoScalingGroupName=name, DesiredCapacity=1)[0] == "ValidationError"
    )
    autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=6)
    beanstalk.advance(600)
    assert len(instance_ids(beanstalk)) == 6


def test_the_group_replaces_an_instance_that_a_client_calls_unhealthy(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    autoscaling = neighbour_of(beanstalk, "autoscaling")
    before = instance_ids(beanstalk)
    autoscaling.set_instance_health(InstanceId=before[0], HealthStatus="Healthy")
    assert refusal(autoscaling.set_instance_health, InstanceId=before[0], HealthStatus="Ill")[0] == "ValidationError"
    beanstalk.advance(60)
    assert instance_ids(beanstalk) == before
    autoscaling.set_instance_health(InstanceId=before[0], HealthStatus="Unhealthy")
    (ill,) = autoscaling.describe_auto_scaling_instances(InstanceIds=[before[0]])["AutoScalingInstances"]
    assert (ill["HealthStatus"], ill["LifecycleState"]) == ("UNHEALTHY", "Terminating")
    beanstalk.advance(900)
    after = instance_ids(beanstalk)
    assert (len(after), before[0] in after) == (len(before), False)
    assert beanstalk.client.describe_environments()["Environments"][0]["HealthStatus"] == "Ok"


def test_the_temporary_group_of_an_update_keeps_its_capacity(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION, ("aws:elasticbeanstalk:command", "DeploymentPolicy", "Immutable"))
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    autoscaling, permanent = neighbour_of(beanstalk, "autoscaling"), group_of(beanstalk)
    beanstalk.advance(120)
    groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    (temporary,) = {group["AutoScalingGroupName"] for group in groups} - {permanent}
    code, _ = refusal(autoscaling.set_desired_capacity, AutoScalingGroupName=temporary, DesiredCapacity=2)
    assert code == "ScalingActivityInProgress"
    beanstalk.until_ready("web1")
    beanstalk.advance(600)
    assert len(instance_ids(beanstalk)) == 3


def test_a_template_has_the_resources_of_its_stack(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    cloudformation = neighbour_of(beanstalk, "cloudformation")
    (stack,) = cloudformation.describe_stacks()["Stacks"]
    named = {"StackName": stack["StackName"]}
    listed = cloudformation.list_stack_resources(**named)["StackResourceSummaries"]
    body = cloudformation.get_template(**named)["TemplateBody"]
    template: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    assert {name: row["Type"] for name, row in template["Resources"].items()} == {
        row["LogicalResourceId"]: row["ResourceType"] for row in listed
    }
    summary = cloudformation.get_template_summary(**named)
    assert summary["ResourceTypes"] == sorted({row["ResourceType"] for row in listed})
    assert (summary["Description"], template["Description"]) == (stack["Description"],) * 2
    assert "StackPolicyBody" not in cloudformation.get_stack_policy(**named)
    assert cloudformation.list_change_sets(**named)["Summaries"] == []
    assert refusal(cloudformation.get_template, StackName="none")[0] == "ValidationError"


def test_certificates_of_a_listener_are_those_of_its_description(beanstalk: Beanstalk) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/8f2a"
    secure = (
        ("aws:elbv2:listener:443", "Protocol", "HTTPS"),
        ("aws:elbv2:listener:443", "SSLCertificateArns", arn),
        ("aws:elbv2:listener:default", "ListenerEnabled", "false"),
    )
    launched(beanstalk, "web1", *APPLICATION, *secure)
    elbv2 = neighbour_of(beanstalk, "elbv2")
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (certificate,) = elbv2.describe_listener_certificates(ListenerArn=listener["ListenerArn"])["Certificates"]
    assert (certificate["CertificateArn"], certificate["IsDefault"]) == (arn, True)
    assert listener["Certificates"][0]["CertificateArn"] == arn


def test_a_database_has_the_tags_of_its_description_and_no_log_files(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *DATABASE)
    rds = neighbour_of(beanstalk, "rds")
    (database,) = rds.describe_db_instances()["DBInstances"]
    assert rds.list_tags_for_resource(ResourceName=database["DBInstanceArn"])["TagList"] == database["TagList"]
    named = {"DBInstanceIdentifier": database["DBInstanceIdentifier"]}
    assert rds.describe_db_log_files(**named)["DescribeDBLogFiles"] == []
    code, _ = refusal(rds.list_tags_for_resource, ResourceName=f"{database['DBInstanceArn']}x")
    assert code == "DBInstanceNotFound"
