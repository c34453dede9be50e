"""Auto Scaling as a client of an environment sees it."""

from wsgiref.types import WSGIApplication

from beanpole.testing import Beanstalk
from environments import describe
from neighbours.callers import APPLICATION, SINGLE, client_of, instance_ids, launched, neighbour_of, resources

ASG = "aws:autoscaling:asg"


def test_the_group_has_the_name_the_sizes_and_the_instances_of_the_environment(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION, (ASG, "MaxSize", "6"))
    (group,) = neighbour_of(beanstalk, "autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    own = resources(beanstalk)
    assert [{"Name": group["AutoScalingGroupName"]}] == own["AutoScalingGroups"]
    assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == (3, 3, 6)
    assert sorted(instance["InstanceId"] for instance in group["Instances"]) == instance_ids(beanstalk)
    assert {(instance["LifecycleState"], instance["HealthStatus"]) for instance in group["Instances"]} == {
        ("InService", "Healthy")
    }
    assert group["LaunchTemplate"]["LaunchTemplateId"] == own["LaunchTemplates"][0]["Id"]
    (balancer,) = own["LoadBalancers"]
    (target_group,) = neighbour_of(beanstalk, "elbv2").describe_target_groups(LoadBalancerArn=balancer["Name"])[
        "TargetGroups"
    ]
    assert group["TargetGroupARNs"] == [target_group["TargetGroupArn"]]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags["elasticbeanstalk:environment-id"] == describe(beanstalk)["EnvironmentId"]


def test_groups_are_selected_by_name_and_by_tag(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    launched(beanstalk, "web2", *SINGLE)
    autoscaling = neighbour_of(beanstalk, "autoscaling")
    name = resources(beanstalk, "web2")["AutoScalingGroups"][0]["Name"]

    def names(**selected: object) -> list[str]:
        groups = autoscaling.describe_auto_scaling_groups(**selected)["AutoScalingGroups"]
        return [group["AutoScalingGroupName"] for group in groups]

    assert names(AutoScalingGroupNames=[name]) == [name]
    assert names(AutoScalingGroupNames=["unknown"]) == []
    assert names(Filters=[{"Name": "tag:elasticbeanstalk:environment-name", "Values": ["web2"]}]) == [name]
    pages = autoscaling.get_paginator("describe_auto_scaling_groups").paginate(PaginationConfig={"PageSize": 1})
    assert [len(page["AutoScalingGroups"]) for page in pages] == [1, 1]


def test_instances_activities_and_policies_belong_to_the_group(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    autoscaling, cloudwatch = neighbour_of(beanstalk, "autoscaling"), neighbour_of(beanstalk, "cloudwatch")
    name = resources(beanstalk)["AutoScalingGroups"][0]["Name"]
    ids = instance_ids(beanstalk)
    members = autoscaling.describe_auto_scaling_instances(InstanceIds=ids[:2])["AutoScalingInstances"]
    assert {(member["InstanceId"], member["AutoScalingGroupName"]) for member in members} == {
        (id_, name) for id_ in ids[:2]
    }
    activities = autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    assert sorted(activity["Description"].split()[-1] for activity in activities) == ids
    assert {activity["StatusCode"] for activity in activities} == {"Successful"}
    policies = autoscaling.describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]
    assert sorted(policy["ScalingAdjustment"] for policy in policies) == [-1, 1]
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    assert {alarm["AlarmName"]: alarm["AlarmActions"] for alarm in alarms} == {
        alarm["AlarmName"]: [policy["PolicyARN"]] for policy in policies for alarm in policy["Alarms"]
    }
    assert {alarm["StateValue"] for alarm in alarms} == {"OK"}
    assert cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"] == []
    (low,) = cloudwatch.describe_alarms(AlarmNamePrefix=f"{name.split('-AWSEB')[0]}-AWSEBCloudwatchAlarmLow")[
        "MetricAlarms"
    ]
    assert low["Threshold"] == 2000000.0


def test_other_groups_and_alarms_come_from_the_companion(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    autoscaling, cloudwatch = (neighbour_of(beanstalk, name, moto) for name in ("autoscaling", "cloudwatch"))
    ours = resources(beanstalk)["AutoScalingGroups"][0]["Name"]
    image = client_of(moto, "ec2").describe_images()["Images"][0]["ImageId"]
    autoscaling.create_launch_configuration(LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.nano")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="theirs",
        LaunchConfigurationName="lc",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )
    groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert {group["AutoScalingGroupName"]: len(group["Instances"]) for group in groups} == {ours: 3, "theirs": 1}
    (both,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["theirs"])["AutoScalingGroups"]
    assert both["LaunchConfigurationName"] == "lc"
    (configuration,) = autoscaling.describe_launch_configurations()["LaunchConfigurations"]
    assert configuration["InstanceType"] == "t3.nano"
    alarm = {"MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Statistic": "Average", "Period": 60}
    cloudwatch.put_metric_alarm(
        AlarmName="busy", EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", **alarm
    )
    answer = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert len(answer["MetricAlarms"]) == 3
    assert answer["CompositeAlarms"] == []
    names = [alarm["AlarmName"] for alarm in answer["MetricAlarms"]]
    selected = cloudwatch.describe_alarms(AlarmNames=names[:2])["MetricAlarms"]
    assert sorted(alarm["AlarmName"] for alarm in selected) == sorted(names[:2])
