"""Calls on what an environment owns: carried out, or refused in the service's words, and never done only in name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from beanpole.gateway.in_process import Moto
from beanpole.testing import Beanstalk
from neighbours.callers import (
    APPLICATION,
    CLASSIC,
    instance_ids,
    launched,
    neighbour_of,
    refusal,
    resources,
)

NOBODY = "i-0123456789abcdef0"


@pytest.fixture(scope="session")
def companion() -> Moto:
    """moto as the gateway has it."""
    return Moto()


def client(beanstalk: Beanstalk, companion: Moto | None, service: str) -> Any:
    """A client of a neighbour with moto behind it, as the gateway composes them, or alone."""
    if companion is None:
        return neighbour_of(beanstalk, service)
    scope = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing", "cloudwatch": "monitoring"}
    return neighbour_of(beanstalk, service, companion.of_service(scope.get(service, service)))


def scene(beanstalk: Beanstalk) -> dict[str, Any]:
    """The names of what an environment owns."""
    owned = resources(beanstalk)
    stack = neighbour_of(beanstalk, "cloudformation").describe_stacks()["Stacks"][0]["StackName"]
    alarms = [alarm["AlarmName"] for alarm in neighbour_of(beanstalk, "cloudwatch").describe_alarms()["MetricAlarms"]]
    return {
        "group": owned["AutoScalingGroups"][0]["Name"],
        "balancer": owned["LoadBalancers"][0]["Name"],
        "instance": instance_ids(beanstalk)[0],
        "stack": stack,
        "alarm": alarms[0],
    }


@pytest.mark.parametrize("options", [APPLICATION, CLASSIC])
@pytest.mark.parametrize("has_companion", [True, False])
def test_an_operation_that_is_not_carried_out_is_refused_with_the_sentence_of_the_service(
    beanstalk: Beanstalk, companion: Moto, options: tuple[tuple[str, str, str], ...], has_companion: bool
) -> None:
    launched(beanstalk, "web1", *options)
    own = scene(beanstalk)
    other = companion if has_companion else None
    autoscaling, ec2, cloudformation, cloudwatch = (
        client(beanstalk, other, name) for name in ("autoscaling", "ec2", "cloudformation", "cloudwatch")
    )
    group, one = own["group"], [own["instance"]]
    calls = [
        (autoscaling.suspend_processes, {"AutoScalingGroupName": group}),
        (
            autoscaling.detach_instances,
            {"AutoScalingGroupName": group, "InstanceIds": one, "ShouldDecrementDesiredCapacity": False},
        ),
        (
            autoscaling.enter_standby,
            {"AutoScalingGroupName": group, "InstanceIds": one, "ShouldDecrementDesiredCapacity": True},
        ),
        (autoscaling.execute_policy, {"AutoScalingGroupName": group, "PolicyName": "any"}),
        (cloudformation.delete_stack, {"StackName": own["stack"]}),
        (cloudformation.update_stack, {"StackName": own["stack"]}),
        (ec2.create_tags, {"Resources": one, "Tags": [{"Key": "a", "Value": "b"}]}),
        (ec2.stop_instances, {"InstanceIds": one}),
        (ec2.get_password_data, {"InstanceId": one[0]}),
        (ec2.detach_volume, {"VolumeId": ec2.describe_volumes()["Volumes"][0]["VolumeId"]}),
        (cloudwatch.delete_alarms, {"AlarmNames": [own["alarm"]]}),
    ]
    if options is APPLICATION:
        elbv2 = client(beanstalk, other, "elbv2")
        calls.append((elbv2.delete_load_balancer, {"LoadBalancerArn": own["balancer"]}))
    else:
        elb = client(beanstalk, other, "elb")
        calls.append((elb.delete_load_balancer, {"LoadBalancerName": own["balancer"]}))
    for call, members in calls:
        code, sentence = refusal(call, **members)
        assert code in ("ValidationError", "UnsupportedOperation", "OperationNotPermitted"), sentence
        assert "belongs to the environment web1; beanpole does not carry out " in sentence
    assert scene(beanstalk) == own


def test_unknown_names_are_refused_with_the_sentence_of_the_service(beanstalk: Beanstalk, companion: Moto) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    autoscaling = client(beanstalk, companion, "autoscaling")
    assert refusal(autoscaling.set_desired_capacity, AutoScalingGroupName="none", DesiredCapacity=1) == (
        "ValidationError",
        "AutoScalingGroup name not found - AutoScalingGroup 'none' not found",
    )
    in_group = autoscaling.terminate_instance_in_auto_scaling_group
    assert refusal(in_group, InstanceId=NOBODY, ShouldDecrementDesiredCapacity=False) == (
        "ValidationError",
        f"Instance Id not found - No managed instance found for instance ID: {NOBODY}",
    )


def test_a_resource_of_the_caller_may_mention_one_of_an_environment(beanstalk: Beanstalk, companion: Moto) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    group = scene(beanstalk)["group"]
    cloudwatch = client(beanstalk, companion, "cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="mine",
        MetricName="CPUUtilization",
        Namespace="AWS/EC2",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        Statistic="Average",
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": group}],
    )
    assert "mine" in [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    cloudwatch.delete_alarms(AlarmNames=["mine"])


def test_a_termination_has_its_instant_and_its_reason_in_the_form_of_aws(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    by_ec2, by_group, _ = instance_ids(beanstalk)
    ec2, autoscaling = neighbour_of(beanstalk, "ec2"), neighbour_of(beanstalk, "autoscaling")
    now = datetime.fromtimestamp(beanstalk.now / 1000, UTC)
    at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    by_user = f"At {at} instance {by_group} was taken out of service in response to a user request."
    ec2.terminate_instances(InstanceIds=[by_ec2])
    answer = autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=by_group, ShouldDecrementDesiredCapacity=False
    )
    assert answer["Activity"]["Cause"] == by_user
    causes = {
        activity["Description"]: activity["Cause"]
        for activity in autoscaling.describe_scaling_activities()["Activities"]
    }
    assert causes[f"Terminating EC2 instance: {by_group}"] == by_user
    assert causes[f"Terminating EC2 instance: {by_ec2}"] == (
        f"At {at} an instance was taken out of service in response to an EC2 health check indicating it has been "
        "terminated or stopped."
    )
    (reservation,) = ec2.describe_instances(InstanceIds=[by_ec2])["Reservations"]
    (instance,) = reservation["Instances"]
    assert instance["State"]["Name"] == "shutting-down"
    assert instance["StateTransitionReason"] == f"User initiated ({now:%Y-%m-%d %H:%M:%S} GMT)"


def test_an_unknown_target_is_unused(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    elbv2 = neighbour_of(beanstalk, "elbv2")
    arn = elbv2.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    (health,) = elbv2.describe_target_health(TargetGroupArn=arn, Targets=[{"Id": NOBODY}])["TargetHealthDescriptions"]
    assert (health["Target"]["Id"], health["TargetHealth"]["State"]) == (NOBODY, "unused")
    elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": NOBODY}])  # the API reference: "returns successfully"
