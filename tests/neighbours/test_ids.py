"""Every id that an answer has is known to the call that a client makes next."""

from ipaddress import ip_address, ip_network
from typing import Any
from wsgiref.types import WSGIApplication

import pytest

from beanpole.gateway.in_process import Moto
from beanpole.testing import Beanstalk
from neighbours.callers import (
    APPLICATION,
    CLASSIC,
    SINGLE,
    client_of,
    launched,
    neighbour_of,
    refusal,
    resources,
)


def instance_of(ec2: Any) -> dict[str, Any]:
    """The first instance, as EC2 describes it."""
    instance: dict[str, Any] = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    return instance


@pytest.mark.parametrize("has_companion", [False, True])
def test_the_network_and_the_image_of_an_instance_are_there(
    beanstalk: Beanstalk, moto: WSGIApplication, has_companion: bool
) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2", moto if has_companion else None)
    instance = instance_of(ec2)
    (vpc,) = ec2.describe_vpcs(VpcIds=[instance["VpcId"]])["Vpcs"]
    (subnet,) = ec2.describe_subnets(SubnetIds=[instance["SubnetId"]])["Subnets"]
    assert (subnet["VpcId"], subnet["AvailabilityZone"]) == (vpc["VpcId"], instance["Placement"]["AvailabilityZone"])
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert len({subnet["CidrBlock"] for subnet in subnets}) == (6 if has_companion else 3)
    assert {subnet["SubnetId"] for subnet in subnets} == {
        subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]
    }
    assert ip_address(instance["PrivateIpAddress"]) in ip_network(subnet["CidrBlock"])
    (image,) = ec2.describe_images(ImageIds=[instance["ImageId"]])["Images"]
    assert (image["Architecture"], image["OwnerId"]) == (instance["Architecture"], "102837901569")
    filters = [{"Name": "is-default", "Values": ["true"]}]
    assert len(ec2.describe_vpcs(Filters=filters)["Vpcs"]) == 1
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert refusal(ec2.describe_subnets, SubnetIds=["subnet-0123456789abcdef0"])[0] == "InvalidSubnetID.NotFound"


def test_an_instance_profile_has_one_id_in_ec2_and_in_iam(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    iam = client_of(Moto().of_service("iam"), "iam")
    answer = iam.create_instance_profile(InstanceProfileName="aws-elasticbeanstalk-ec2-role")
    iam.delete_instance_profile(InstanceProfileName="aws-elasticbeanstalk-ec2-role")
    of_instance = instance_of(neighbour_of(beanstalk, "ec2"))["IamInstanceProfile"]
    assert of_instance["Id"] == answer["InstanceProfile"]["InstanceProfileId"]


def test_unknown_filters_select_no_resource_of_environments(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2, alone = neighbour_of(beanstalk, "ec2", moto), client_of(moto, "ec2")
    filters = [{"Name": "owner-alias", "Values": ["amazon"]}, {"Name": "block-device-mapping.status", "Values": ["x"]}]
    assert neighbour_of(beanstalk, "ec2").describe_images(Filters=filters)["Images"] == []
    by_tag = [{"Name": "tag:mine", "Values": ["yes"]}]
    vpc_id = alone.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    alone.create_tags(Resources=[vpc_id], Tags=[{"Key": "mine", "Value": "yes"}])
    assert [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=by_tag)["Vpcs"]] == [vpc_id]


def test_tags_of_ec2_and_of_auto_scaling_are_those_of_the_resources(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE, Tags=[{"Key": "team", "Value": "shop"}])
    ec2, autoscaling = neighbour_of(beanstalk, "ec2"), neighbour_of(beanstalk, "autoscaling")
    instance = instance_of(ec2)
    of_instance = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [instance["InstanceId"]]}])["Tags"]
    assert [{"Key": tag["Key"], "Value": tag["Value"]} for tag in of_instance] == instance["Tags"]
    assert {tag["ResourceType"] for tag in of_instance} == {"instance"}
    of_team = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["team"]}])["Tags"]
    assert {tag["ResourceType"] for tag in of_team} == {"instance", "security-group", "launch-template", "elastic-ip"}
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    by_group = [{"Name": "auto-scaling-group", "Values": [group["AutoScalingGroupName"]]}]
    assert autoscaling.describe_tags(Filters=by_group)["Tags"] == group["Tags"]
    assert autoscaling.describe_tags(Filters=[{"Name": "value", "Values": ["none"]}])["Tags"] == []


@pytest.mark.parametrize("type_", ["application", "network"])
def test_listeners_have_rules_and_all_have_attributes(beanstalk: Beanstalk, type_: str) -> None:
    options = (
        ("aws:elasticbeanstalk:environment", "LoadBalancerType", type_),
        ("aws:elasticbeanstalk:environment:process:default", "DeregistrationDelay", "33"),
    )
    launched(beanstalk, "web1", *options)
    elbv2 = neighbour_of(beanstalk, "elbv2")
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (group,) = elbv2.describe_target_groups()["TargetGroups"]
    (rule,) = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    assert (rule["IsDefault"], rule["Actions"][0]["TargetGroupArn"]) == (True, group["TargetGroupArn"])
    assert elbv2.describe_rules(RuleArns=[rule["RuleArn"]])["Rules"] == [rule]

    def attributes(answer: dict[str, Any]) -> dict[str, str]:
        return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}

    of_balancer = attributes(elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"]))
    assert of_balancer.get("idle_timeout.timeout_seconds") == ("60" if type_ == "application" else None)
    of_group = attributes(elbv2.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"]))
    assert of_group["deregistration_delay.timeout_seconds"] == "33"
    assert attributes(elbv2.describe_listener_attributes(ListenerArn=listener["ListenerArn"]))
    unknown = balancer["LoadBalancerArn"][:-1]
    assert refusal(elbv2.describe_load_balancer_attributes, LoadBalancerArn=unknown)[0] == "LoadBalancerNotFound"


def test_a_classic_load_balancer_has_the_attributes_of_its_options(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *CLASSIC, ("aws:elb:policies", "ConnectionSettingIdleTimeout", "75"))
    (balancer,) = resources(beanstalk)["LoadBalancers"]
    elb = neighbour_of(beanstalk, "elb")
    resource = elb.describe_load_balancer_attributes(LoadBalancerName=balancer["Name"])["LoadBalancerAttributes"]
    assert resource["ConnectionSettings"] == {"IdleTimeout": 75}
    assert resource["ConnectionDraining"] == {"Enabled": False, "Timeout": 20}
    assert refusal(elb.describe_load_balancer_attributes, LoadBalancerName="none")[0] == "LoadBalancerNotFound"


def test_one_resource_of_a_stack_is_that_of_the_list(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    cloudformation = neighbour_of(beanstalk, "cloudformation")
    (stack,) = cloudformation.describe_stacks()["Stacks"]
    for listed in cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]:
        answer = cloudformation.describe_stack_resource(
            StackName=stack["StackId"], LogicalResourceId=listed["LogicalResourceId"]
        )
        detail = answer["StackResourceDetail"]
        assert detail["PhysicalResourceId"] == listed["PhysicalResourceId"]
        assert detail["StackName"] == stack["StackName"]
    assert refusal(
        cloudformation.describe_stack_resource, StackName=stack["StackName"], LogicalResourceId="Nothing"
    ) == ("ValidationError", f"Resource Nothing does not exist for stack {stack['StackName']}")
