"""An instance that is terminated, in every call of EC2 that names it, for as long as DescribeInstances lists it."""

from typing import Any
from wsgiref.types import WSGIApplication

import pytest

from beanpole.testing import Beanstalk
from neighbours.callers import APPLICATION, instance_ids, launched, neighbour_of, refusal

TERMINATED = {"Code": 48, "Name": "terminated"}


def terminated(world: Beanstalk) -> tuple[str, str]:
    """The id of an instance that is terminated, and the output that its console had."""
    launched(world, "web1", *APPLICATION)
    ec2, id_ = neighbour_of(world, "ec2"), instance_ids(world)[0]
    output = str(ec2.get_console_output(InstanceId=id_)["Output"])
    ec2.terminate_instances(InstanceIds=[id_])
    while state_of(ec2, id_) != TERMINATED:
        world.advance(20)
    return id_, output


def described(ec2: Any, id_: str) -> dict[str, Any]:
    (reservation,) = ec2.describe_instances(InstanceIds=[id_])["Reservations"]
    return dict(reservation["Instances"][0])


def state_of(ec2: Any, id_: str) -> dict[str, Any]:
    return dict(described(ec2, id_)["State"])


@pytest.mark.parametrize("has_companion", [False, True])
def test_every_call_that_names_a_terminated_instance_says_that_it_is_terminated(
    beanstalk: Beanstalk, moto: WSGIApplication, has_companion: bool
) -> None:
    id_, output = terminated(beanstalk)
    ec2 = neighbour_of(beanstalk, "ec2", moto if has_companion else None)
    instance, everybody = described(ec2, id_), instance_ids(beanstalk)
    (again,) = ec2.terminate_instances(InstanceIds=[id_])["TerminatingInstances"]
    assert again == {"InstanceId": id_, "PreviousState": TERMINATED, "CurrentState": TERMINATED}
    for action, sentence in (
        ("start", f"The instance '{id_}' is not in a state from which it can be started."),
        ("stop", f"This instance '{id_}' is not in a state from which it can be stopped."),
        ("reboot", f"This instance '{id_}' is not in a state from which it can be rebooted."),
    ):
        call = getattr(ec2, f"{action}_instances")
        assert refusal(call, InstanceIds=[id_]) == ("IncorrectInstanceState", sentence)
    assert refusal(ec2.monitor_instances, InstanceIds=[id_])[0] == "UnsupportedOperation"
    assert ec2.describe_instance_status(InstanceIds=[id_])["InstanceStatuses"] == []
    (status,) = ec2.describe_instance_status(InstanceIds=[id_], IncludeAllInstances=True)["InstanceStatuses"]
    assert (status["InstanceState"], status["SystemStatus"]["Status"]) == (TERMINATED, "not-applicable")
    for attribute, member, value in (
        ("instanceType", "InstanceType", {"Value": instance["InstanceType"]}),
        ("groupSet", "Groups", instance["SecurityGroups"]),
        ("blockDeviceMapping", "BlockDeviceMappings", instance["BlockDeviceMappings"]),
    ):
        assert ec2.describe_instance_attribute(InstanceId=id_, Attribute=attribute)[member] == value
    (credit,) = ec2.describe_instance_credit_specifications(InstanceIds=[id_])["InstanceCreditSpecifications"]
    assert credit["InstanceId"] == id_
    tags = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [id_]}])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert ec2.get_console_output(InstanceId=id_)["Output"] == output
    assert (described(ec2, id_), instance_ids(beanstalk)) == (instance, everybody)


def test_an_instance_that_is_terminated_twice_is_replaced_once(beanstalk: Beanstalk) -> None:
    id_, _ = terminated(beanstalk)
    ec2 = neighbour_of(beanstalk, "ec2")
    other = instance_ids(beanstalk)[0]
    answer = ec2.terminate_instances(InstanceIds=[id_, other])["TerminatingInstances"]
    assert {change["InstanceId"]: change["CurrentState"]["Name"] for change in answer} == {
        id_: "terminated",
        other: "shutting-down",
    }
    assert refusal(ec2.stop_instances, InstanceIds=[other])[0] == "IncorrectInstanceState"
    beanstalk.advance(3000)
    assert len(instance_ids(beanstalk)) == 3


def test_no_call_knows_an_instance_that_is_no_longer_listed(beanstalk: Beanstalk) -> None:
    id_, _ = terminated(beanstalk)
    beanstalk.advance(3600)
    ec2 = neighbour_of(beanstalk, "ec2")
    for call in (ec2.describe_instances, ec2.describe_instance_status, ec2.terminate_instances):
        assert refusal(call, InstanceIds=[id_])[0] == "InvalidInstanceID.NotFound"
    attribute = ec2.describe_instance_attribute
    assert refusal(attribute, InstanceId=id_, Attribute="instanceType")[0] == "InvalidInstanceID.NotFound"
