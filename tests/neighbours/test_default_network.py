"""The default VPC that environments and the companion in the process have in common."""

from typing import Any
from wsgiref.types import WSGIApplication

import pytest

from beanpole.model.names import default_network
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from neighbours.callers import APPLICATION, client_of, launched, neighbour_of, refusal


def instances(ec2: Any) -> list[dict[str, Any]]:
    """The instances that EC2 describes."""
    return [instance for group in ec2.describe_instances()["Reservations"] for instance in group["Instances"]]


def test_a_client_makes_its_own_resources_beside_the_instances_of_environments(
    beanstalk: Beanstalk, moto: WSGIApplication
) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2", moto)
    (of_environment,) = {instance["VpcId"] for instance in instances(ec2)}
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    assert (vpc["VpcId"], vpc["IsDefault"]) == (of_environment, True)
    subnets = sorted({instance["SubnetId"] for instance in instances(ec2)})
    group = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=of_environment)["GroupId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    members = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "SubnetId": subnets[0], "SecurityGroupIds": [group]}
    (theirs,) = ec2.run_instances(**members)["Instances"]
    assert theirs["VpcId"] == of_environment
    elbv2 = neighbour_of(beanstalk, "elbv2", moto)
    (balancer,) = elbv2.create_load_balancer(Name="theirs", Subnets=subnets)["LoadBalancers"]
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == set(subnets)


def test_all_that_is_in_the_network_has_the_ids_of_environments(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1")
    alone, beside = neighbour_of(beanstalk, "ec2"), neighbour_of(beanstalk, "ec2", moto)
    for call, member, key in (
        ("describe_vpcs", "Vpcs", "VpcId"),
        ("describe_route_tables", "RouteTables", "RouteTableId"),
        ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
        ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    ):
        own, others = (getattr(ec2, call)()[member] for ec2 in (alone, beside))
        assert [row[key] for row in own] == [row[key] for row in others]
    blocks = [
        {
            subnet["SubnetId"]: (subnet["AvailabilityZone"], subnet["CidrBlock"])
            for subnet in ec2.describe_subnets()["Subnets"]
        }
        for ec2 in (alone, beside)
    ]
    assert blocks[0].items() <= blocks[1].items()


def test_the_network_is_not_deleted_while_instances_are_in_it(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1")
    ec2 = neighbour_of(beanstalk, "ec2", moto)
    instance = instances(ec2)[0]
    vpc_id, subnet = instance["VpcId"], instance["SubnetId"]
    sentence = f"The subnet '{subnet}' has dependencies and cannot be deleted."
    assert refusal(ec2.delete_subnet, SubnetId=subnet) == ("DependencyViolation", sentence)
    assert refusal(ec2.delete_vpc, VpcId=vpc_id)[0] == "DependencyViolation"
    ec2.delete_vpc(VpcId=ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    assert [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]] == [vpc_id]


@pytest.mark.parametrize("region", ["us-west-1", "ap-northeast-1", "us-test-7"])
def test_each_zone_of_environments_has_a_subnet_in_any_region(moto: WSGIApplication, region: str) -> None:
    ec2 = client_of(moto, "ec2", region)
    subnets = {subnet["AvailabilityZone"]: subnet for subnet in ec2.describe_subnets()["Subnets"]}
    for zone in (f"{region}{letter}" for letter in default_network.ZONES):
        assert subnets[zone]["SubnetId"] == default_network.subnet_id(ACCOUNT, region, zone)
        assert subnets[zone]["CidrBlock"] == default_network.block(zone)
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert {zone["ZoneName"] for zone in zones} == set(subnets)
    assert len({zone["ZoneId"] for zone in zones}) == len(zones)


def test_other_networks_have_ids_of_their_own(moto: WSGIApplication) -> None:
    ec2 = client_of(moto, "ec2", REGION)
    others = [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)]
    assert len({*others, default_network.vpc_id(ACCOUNT, REGION)}) == 3
