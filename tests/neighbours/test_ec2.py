"""EC2 as a client of an environment sees it."""

from typing import Any
from wsgiref.types import WSGIApplication

from beanpole.testing import Beanstalk
from neighbours.callers import (
    APPLICATION,
    LC,
    SINGLE,
    client_of,
    instance_ids,
    launched,
    neighbour_of,
    refusal,
    resources,
)


def instances_in(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]


def ids(answer: dict[str, Any]) -> list[str]:
    return sorted(instance["InstanceId"] for instance in instances_in(answer))


def test_instances_have_the_ids_of_the_environment(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2")
    described = instances_in(ec2.describe_instances())
    assert sorted(instance["InstanceId"] for instance in described) == instance_ids(beanstalk)
    for instance in described:
        assert instance["State"] == {"Code": 16, "Name": "running"}
        assert instance["KeyName"] == "laptop"
        assert instance["InstanceType"] == "t3.micro"
        assert instance["IamInstanceProfile"]["Arn"].endswith(":instance-profile/aws-elasticbeanstalk-ec2-role")
        tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        assert tags["Name"] == tags["elasticbeanstalk:environment-name"] == "web1"
        assert tags["aws:autoscaling:groupName"] == resources(beanstalk)["AutoScalingGroups"][0]["Name"]
    assert len({instance["PrivateIpAddress"] for instance in described}) == 3


def test_instances_are_selected_by_id_and_by_filter(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    launched(beanstalk, "web2", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    first, *_ = instance_ids(beanstalk)
    assert ids(ec2.describe_instances(InstanceIds=[first])) == [first]

    def by(name: str, *values: str) -> list[str]:
        return ids(ec2.describe_instances(Filters=[{"Name": name, "Values": list(values)}]))

    assert by("tag:elasticbeanstalk:environment-name", "web2") == instance_ids(beanstalk, "web2")
    assert by("tag:elasticbeanstalk:environment-name", "web*") == sorted(
        instance_ids(beanstalk) + instance_ids(beanstalk, "web2")
    )
    assert by("tag-key", "nothing") == []
    assert by("instance-state-name", "running", "pending") == ids(ec2.describe_instances())
    assert by("instance-state-name", "stopped") == []
    assert by("key-name", "laptop") == instance_ids(beanstalk)
    assert refusal(ec2.describe_instances, Filters=[{"Name": "colour", "Values": ["red"]}]) == (
        "InvalidParameterValue",
        "The filter 'colour' is invalid",
    )


def test_an_unknown_instance_is_refused_with_the_sentence_of_ec2(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    assert refusal(ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"]) == (
        "InvalidInstanceID.NotFound",
        "The instance ID 'i-0123456789abcdef0' does not exist",
    )
    assert refusal(ec2.describe_instances, InstanceIds=["web1"]) == (
        "InvalidInstanceID.Malformed",
        'Invalid id: "web1"',
    )


def test_a_world_lists_no_instances_of_another(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    assert ids(neighbour_of(beanstalk, "ec2", region="eu-west-1").describe_instances()) == []
    assert ids(neighbour_of(beanstalk, "ec2", account="210987654321").describe_instances()) == []


def test_instances_come_in_pages(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    pages = list(
        neighbour_of(beanstalk, "ec2").get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 2})
    )
    assert [len(page["Reservations"]) for page in pages] == [2, 1]
    assert sorted(id_ for page in pages for id_ in ids(page)) == instance_ids(beanstalk)
    assert refusal(neighbour_of(beanstalk, "ec2").describe_instances, NextToken="?")[0] == "InvalidNextToken"


def test_instances_that_boot_are_pending_and_waiters_wait_for_them(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    beanstalk.client.rebuild_environment(EnvironmentName="web1")
    states = set()
    while beanstalk.client.describe_environments()["Environments"][0]["Status"] != "Ready":
        beanstalk.advance(5)
        states |= {instance["State"]["Name"] for instance in instances_in(ec2.describe_instances())}
        listed = ec2.describe_instance_status()["InstanceStatuses"]
        assert {status["InstanceState"]["Name"] for status in listed} <= {"running"}
    assert {"pending", "running", "shutting-down"} <= states
    everything = ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
    assert sorted(instance["InstanceId"] for instance in everything) == instance_ids(beanstalk)
    with beanstalk.waiting():
        ec2.get_waiter("instance_status_ok").wait(InstanceIds=instance_ids(beanstalk))


def test_the_security_groups_have_the_rules_of_the_options(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION, (LC, "SSHSourceRestriction", "tcp, 22, 22, 10.0.0.0/8"))
    ec2 = neighbour_of(beanstalk, "ec2")
    groups = {group["GroupId"]: group for group in ec2.describe_security_groups()["SecurityGroups"]}
    assert len(groups) == 2
    (of_instances,) = instances_in(ec2.describe_instances())[0]["SecurityGroups"]
    group = groups[of_instances["GroupId"]]
    assert group["GroupName"] == of_instances["GroupName"]
    ports = {rule["FromPort"]: rule for rule in group["IpPermissions"]}
    assert ports[22]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    (source,) = ports[80]["UserIdGroupPairs"]
    assert source["GroupId"] in groups.keys() - {group["GroupId"]}
    assert refusal(ec2.describe_security_groups, GroupIds=["sg-1"])[0] == "InvalidGroup.NotFound"


def test_the_address_of_a_single_instance_is_its_endpoint(beanstalk: Beanstalk) -> None:
    endpoint = launched(beanstalk, "web1", *SINGLE)["EndpointURL"]
    ec2 = neighbour_of(beanstalk, "ec2")
    (address,) = ec2.describe_addresses(PublicIps=[endpoint])["Addresses"]
    (instance,) = instances_in(ec2.describe_instances(InstanceIds=[address["InstanceId"]]))
    assert instance["PublicIpAddress"] == endpoint == address["PublicIp"]
    assert instance["PrivateIpAddress"] == address["PrivateIpAddress"]
    assert refusal(ec2.describe_addresses, PublicIps=["192.0.2.7"])[0] == "InvalidAddress.NotFound"


def test_the_launch_template_has_the_id_of_the_environment(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2 = neighbour_of(beanstalk, "ec2")
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    assert [{"Id": template["LaunchTemplateId"]}] == resources(beanstalk)["LaunchTemplates"]
    (version,) = ec2.describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"]
    )["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["InstanceType"] == "t3.micro"
    assert version["LaunchTemplateName"] == template["LaunchTemplateName"]


def test_other_instances_come_from_the_companion(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    ec2, alone = neighbour_of(beanstalk, "ec2", moto), client_of(moto, "ec2")
    image = alone.describe_images()["Images"][0]["ImageId"]
    theirs = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, KeyName="desk")["Instances"]
    others = sorted(instance["InstanceId"] for instance in theirs)
    ours = instance_ids(beanstalk)
    assert ids(ec2.describe_instances()) == sorted(ours + others)
    assert ids(ec2.describe_instances(InstanceIds=[ours[0], others[0]])) == sorted([ours[0], others[0]])
    assert ids(ec2.describe_instances(InstanceIds=ours)) == ours
    assert ids(ec2.describe_instances(Filters=[{"Name": "key-name", "Values": ["desk"]}])) == others
    pages = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 2})
    assert sorted(id_ for page in pages for id_ in ids(page)) == sorted(ours + others)
    same = [instance for instance in instances_in(ec2.describe_instances()) if instance["InstanceId"] == others[0]]
    assert same == instances_in(alone.describe_instances(InstanceIds=others[:1]))
    assert (
        refusal(ec2.describe_instances, InstanceIds=[ours[0], "i-0123456789abcdef0"])[0] == "InvalidInstanceID.NotFound"
    )


def test_other_operations_are_refused_without_a_companion(beanstalk: Beanstalk) -> None:
    assert refusal(neighbour_of(beanstalk, "ec2").describe_key_pairs)[0] == "InvalidAction"
