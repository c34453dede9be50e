"""Parts of instances in EC2: volumes, network interfaces, rules of security groups, attributes, a VPC with routes."""

from base64 import b64decode
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from beanpole.neighbours.app import neighbour
from beanpole.testing import Beanstalk
from neighbours.callers import APPLICATION, LC, SINGLE, client_of, instance_ids, launched, neighbour_of, refusal

DISKS = (
    (LC, "RootVolumeType", "gp2"),
    (LC, "RootVolumeSize", "20"),
    (LC, "BlockDeviceMappings", "/dev/sdj=:100:false:io1:500,/dev/sdh=snap-51eef269,/dev/sdb=ephemeral0"),
)


def of(name: str, *values: str) -> list[dict[str, Any]]:
    """A filter."""
    return [{"Name": name, "Values": list(values)}]


def instances(ec2: Any) -> list[dict[str, Any]]:
    return [instance for one in ec2.describe_instances()["Reservations"] for instance in one["Instances"]]


@pytest.mark.parametrize("has_companion", [False, True])
def test_volumes_and_interfaces_are_those_that_the_instances_name(
    beanstalk: Beanstalk, moto: WSGIApplication, has_companion: bool
) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2", moto if has_companion else None)
    others = client_of(moto, "ec2").create_volume(Size=1, AvailabilityZone="us-east-1a") if has_companion else None
    volumes = {volume["VolumeId"]: volume for volume in ec2.describe_volumes()["Volumes"]}
    interfaces = {
        interface["NetworkInterfaceId"]: interface
        for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]
    }
    assert (others is None) or others["VolumeId"] in volumes
    for instance in instances(ec2):
        (mapping,) = instance["BlockDeviceMappings"]
        volume = volumes.pop(mapping["Ebs"]["VolumeId"])
        (attachment,) = volume["Attachments"]
        assert (attachment["InstanceId"], attachment["Device"]) == (instance["InstanceId"], mapping["DeviceName"])
        assert volume["AvailabilityZone"] == instance["Placement"]["AvailabilityZone"]
        by_instance = ec2.describe_volumes(Filters=of("attachment.instance-id", instance["InstanceId"]))["Volumes"]
        assert by_instance == [volume]
        (own,) = instance["NetworkInterfaces"]
        interface = interfaces.pop(own["NetworkInterfaceId"])
        assert interface["PrivateIpAddress"] == instance["PrivateIpAddress"]
        assert interface["Association"]["PublicIp"] == instance["PublicIpAddress"]
        assert interface["Groups"] == instance["SecurityGroups"]
        assert interface["Attachment"]["InstanceId"] == instance["InstanceId"]
        by_group = of("group-id", instance["SecurityGroups"][0]["GroupId"])
        assert interface in ec2.describe_network_interfaces(Filters=by_group)["NetworkInterfaces"]
    assert interfaces == {}
    assert set(volumes) == (set() if others is None else {others["VolumeId"]})


def test_volumes_are_as_the_options_say(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE, *DISKS, (LC, "LaunchTemplateTagPropagationEnabled", "true"))
    ec2 = neighbour_of(beanstalk, "ec2")
    volumes = {volume["Attachments"][0]["Device"]: volume for volume in ec2.describe_volumes()["Volumes"]}
    disks = {device: (volume["Size"], volume["VolumeType"], volume.get("Iops")) for device, volume in volumes.items()}
    assert disks == {"/dev/xvda": (20, "gp2", 100), "/dev/sdj": (100, "io1", 500), "/dev/sdh": (10, "gp2", 100)}
    assert volumes["/dev/sdh"]["SnapshotId"] == "snap-51eef269"
    assert [volume["Attachments"][0]["DeleteOnTermination"] for volume in volumes.values()].count(False) == 1
    tagged = ec2.describe_volumes(Filters=of("tag:elasticbeanstalk:environment-name", "web1"))["Volumes"]
    assert len(tagged) == 3
    types = {tag["ResourceType"] for tag in ec2.describe_tags(Filters=of("resource-id", *volume_ids(ec2)))["Tags"]}
    assert types == {"volume"}


def volume_ids(ec2: Any) -> list[str]:
    return [volume["VolumeId"] for volume in ec2.describe_volumes()["Volumes"]]


def test_volumes_are_deleted_with_their_instance(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    (before,) = volume_ids(ec2)
    ec2.terminate_instances(InstanceIds=instance_ids(beanstalk))
    beanstalk.advance(600)
    (after,) = volume_ids(ec2)
    assert before != after
    assert refusal(ec2.describe_volumes, VolumeIds=[before])[0] == "InvalidVolume.NotFound"
    terminated = next(instance for instance in instances(ec2) if instance["State"]["Name"] == "terminated")
    assert (terminated["BlockDeviceMappings"], terminated["NetworkInterfaces"]) == ([], [])


def test_rules_of_a_security_group_are_its_permissions_and_go_by_their_ids(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2")
    group = instances(ec2)[0]["SecurityGroups"][0]["GroupId"]

    def rules() -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = ec2.describe_security_group_rules(Filters=of("group-id", group))[
            "SecurityGroupRules"
        ]
        return answer

    (described,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert sum(not rule["IsEgress"] for rule in rules()) == len(described["IpPermissions"])
    assert sum(rule["IsEgress"] for rule in rules()) == len(described["IpPermissionsEgress"])
    assert {rule["ReferencedGroupInfo"]["GroupId"] for rule in rules() if "ReferencedGroupInfo" in rule} == {
        pair["GroupId"] for permission in described["IpPermissions"] for pair in permission["UserIdGroupPairs"]
    }
    (ssh,) = [rule for rule in rules() if rule["FromPort"] == 22]
    assert ec2.describe_security_group_rules(SecurityGroupRuleIds=[ssh["SecurityGroupRuleId"]])[
        "SecurityGroupRules"
    ] == [ssh]
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[ssh["SecurityGroupRuleId"]])
    assert ssh not in rules()
    assert refusal(
        ec2.revoke_security_group_ingress, GroupId=group, SecurityGroupRuleIds=[ssh["SecurityGroupRuleId"]]
    ) == (
        "InvalidSecurityGroupRuleId.NotFound",
        f"The security group rule ID '{ssh['SecurityGroupRuleId']}' does not exist",
    )


def test_attributes_of_an_instance_are_those_of_its_description(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2")
    instance = instances(ec2)[0]
    id_ = instance["InstanceId"]

    def attribute(name: str) -> Any:
        answer = ec2.describe_instance_attribute(InstanceId=id_, Attribute=name)
        return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "InstanceId")}

    assert attribute("instanceType") == {"InstanceType": {"Value": instance["InstanceType"]}}
    assert attribute("groupSet") == {"Groups": instance["SecurityGroups"]}
    assert attribute("blockDeviceMapping") == {"BlockDeviceMappings": instance["BlockDeviceMappings"]}
    assert attribute("disableApiTermination") == {"DisableApiTermination": {"Value": False}}
    assert attribute("userData") == {"UserData": {}}
    assert refusal(ec2.describe_instance_attribute, InstanceId=id_, Attribute="colour")[0] == "InvalidParameterValue"
    (credit,) = ec2.describe_instance_credit_specifications(InstanceIds=[id_])["InstanceCreditSpecifications"]
    assert credit == {"InstanceId": id_, "CpuCredits": "unlimited"}
    (profile,) = ec2.describe_iam_instance_profile_associations(Filters=of("instance-id", id_))[
        "IamInstanceProfileAssociations"
    ]
    assert profile["IamInstanceProfile"] == instance["IamInstanceProfile"]
    console = ec2.get_console_output(InstanceId=id_)["Output"]
    assert "Cloud-init" in console or "cloud-init" in console, b64decode(console)


def of_other(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """A companion at an address, whose EC2 has nothing."""
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [b"<Response/>"]


@pytest.mark.parametrize("kind", ["alone", "in the process", "at an address"])
def test_the_vpc_of_instances_has_routes_a_gateway_and_an_acl(
    beanstalk: Beanstalk, moto: WSGIApplication, kind: str
) -> None:
    launched(beanstalk, "web1", *SINGLE)
    if kind == "at an address":
        ec2 = client_of(neighbour("ec2", beanstalk.store, beanstalk.catalog, of_other), "ec2")
    else:
        ec2 = neighbour_of(beanstalk, "ec2", None if kind == "alone" else moto)
    vpc = instances(ec2)[0]["VpcId"]
    (table,) = ec2.describe_route_tables(Filters=of("vpc-id", vpc))["RouteTables"]
    (gateway,) = ec2.describe_internet_gateways(Filters=of("attachment.vpc-id", vpc))["InternetGateways"]
    assert gateway["InternetGatewayId"] in {route["GatewayId"] for route in table["Routes"]}
    (acl,) = ec2.describe_network_acls(Filters=of("vpc-id", vpc))["NetworkAcls"]
    subnets = ec2.describe_subnets(Filters=of("vpc-id", vpc))["Subnets"]
    assert {subnet["SubnetId"] for subnet in acl["Associations"]} == {subnet["SubnetId"] for subnet in subnets}
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"] == {"Value": True}
    for list_all, member in (("vpcs", "Vpcs"), ("route_tables", "RouteTables"), ("network_acls", "NetworkAcls")):
        ours = [row for row in getattr(ec2, f"describe_{list_all}")()[member] if row["VpcId"] == vpc]
        assert len(ours) == (0 if kind == "at an address" else 1), (
            "a client creates its own resources where it finds a network"
        )
