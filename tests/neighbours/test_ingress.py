"""Rules of security groups that a client adds and takes away, as `eb ssh` does around a session."""

from typing import Any

import pytest

from beanpole.testing import ACCOUNT, REGION, Beanstalk
from neighbours.callers import APPLICATION, SINGLE, instance_ids, launched, neighbour_of, refusal

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
EVERYWHERE = [{"CidrIp": "0.0.0.0/0"}]


def group_of(ec2: Any) -> dict[str, Any]:
    """The security group of the instances."""
    (group,) = ec2.describe_instances()["Reservations"][0]["Instances"][0]["SecurityGroups"]
    (described,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    return dict(described)


def sources(ec2: Any, port: int) -> list[str]:
    """The blocks of addresses that may call a port of the instances."""
    permissions = [permission for permission in group_of(ec2)["IpPermissions"] if permission.get("FromPort") == port]
    assert len(permissions) <= 1
    return [source["CidrIp"] for permission in permissions for source in permission["IpRanges"]]


def test_a_closed_group_is_opened_and_closed_again(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    id_, ids = group_of(ec2)["GroupId"], instance_ids(beanstalk)
    assert sources(ec2, 22) == []
    assert ec2.authorize_security_group_ingress(GroupId=id_, CidrIp="0.0.0.0/0", **SSH)["Return"] is True
    more = [{**SSH, "IpRanges": [{"CidrIp": "10.1.2.3/8", "Description": "the office"}]}]
    ec2.authorize_security_group_ingress(GroupId=id_, IpPermissions=more)
    assert sources(ec2, 22) == ["0.0.0.0/0", "10.0.0.0/8"]
    code, sentence = refusal(ec2.authorize_security_group_ingress, GroupId=id_, IpPermissions=more)
    assert (code, sentence) == (
        "InvalidPermission.Duplicate",
        'the specified rule "peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW" already exists',
    )
    beanstalk.advance(300)
    assert sources(ec2, 22) == ["0.0.0.0/0", "10.0.0.0/8"]
    ec2.revoke_security_group_ingress(GroupId=id_, IpPermissions=[{**SSH, "IpRanges": EVERYWHERE}])
    assert sources(ec2, 22) == ["10.0.0.0/8"]
    (environment,) = beanstalk.store.world(ACCOUNT, REGION).environments()
    assert [rule.name for rule in environment.ingress] == ["10.0.0.0/8"]
    assert instance_ids(beanstalk) == ids
    assert beanstalk.client.describe_environments()["Environments"][0]["Status"] == "Ready"


def test_a_rule_of_the_options_can_be_revoked_and_added_again(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2")
    id_ = group_of(ec2)["GroupId"]
    ssh = [{**SSH, "IpRanges": EVERYWHERE}]
    assert sources(ec2, 22) == ["0.0.0.0/0"]
    assert ec2.revoke_security_group_ingress(GroupId=id_, IpPermissions=ssh).get("UnknownIpPermissions", []) == []
    assert sources(ec2, 22) == []
    (unknown,) = ec2.revoke_security_group_ingress(GroupId=id_, IpPermissions=ssh)["UnknownIpPermissions"]
    assert unknown["IpRanges"] == EVERYWHERE
    ec2.authorize_security_group_ingress(GroupId=id_, IpPermissions=ssh)
    assert sources(ec2, 22) == ["0.0.0.0/0"]


def test_a_rebuilt_environment_has_the_rules_of_its_options(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    ec2.authorize_security_group_ingress(GroupId=group_of(ec2)["GroupId"], CidrIp="0.0.0.0/0", **SSH)
    beanstalk.client.rebuild_environment(EnvironmentName="web1")
    beanstalk.until_ready("web1")
    assert sources(ec2, 22) == []


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "MissingParameter"),
        ({"CidrIp": "0.0.0.0", **SSH}, "InvalidParameterValue"),
        ({"CidrIp": "::/0", **SSH}, "InvalidParameterValue"),
        ({"CidrIp": "0.0.0.0/0", **SSH, "FromPort": 23}, "InvalidParameterValue"),
        ({"CidrIp": "0.0.0.0/0", **SSH, "ToPort": 65536}, "InvalidParameterValue"),
        ({"CidrIp": "0.0.0.0/0", **SSH, "IpProtocol": "carrier pigeon"}, "InvalidParameterValue"),
        ({"CidrIp": "0.0.0.0/0", **SSH, "DryRun": True}, "DryRunOperation"),
        ({"IpPermissions": [{**SSH, "IpRanges": [{"CidrIp": f"10.0.0.{n}/32"} for n in range(61)]}]}, "RulesPer"),
        ({"IpPermissions": [{**SSH, "UserIdGroupPairs": [{"GroupId": "mine"}]}]}, "InvalidParameterValue"),
        ({"GroupId": "sg-0123456789abcdef0", "CidrIp": "0.0.0.0/0", **SSH}, "InvalidGroup.NotFound"),
    ],
)
def test_a_rule_that_ec2_refuses_changes_nothing(beanstalk: Beanstalk, members: dict[str, Any], code: str) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    before = group_of(ec2)
    call = {"GroupId": before["GroupId"], **members}
    assert refusal(ec2.authorize_security_group_ingress, **call)[0].startswith(code)
    assert group_of(ec2) == before
