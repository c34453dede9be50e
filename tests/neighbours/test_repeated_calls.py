"""A repeated call has the result that botocore makes of its answer at that time."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from beanpole.testing import Beanstalk
from neighbours.callers import SINGLE, instance_ids, launched, neighbour_of


def instance(ec2: Any) -> dict[str, Any]:
    """The one instance, as EC2 describes it."""
    (reservation,) = ec2.describe_instances()["Reservations"]
    (one,) = reservation["Instances"]
    return dict(one)


def test_a_repeated_call_shows_each_change(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2, (id_,) = neighbour_of(beanstalk, "ec2"), instance_ids(beanstalk)
    before = instance(ec2)
    assert instance(ec2) == before
    ec2.terminate_instances(InstanceIds=[id_])
    after = instance(ec2)
    assert (before["State"]["Name"], after["State"]["Name"]) == ("running", "shutting-down")
    assert before["LaunchTime"] == after["LaunchTime"]


def test_a_result_that_a_test_changes_is_no_other_result(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2 = neighbour_of(beanstalk, "ec2")
    before = ec2.describe_instances()
    assert before["Reservations"]
    before["Reservations"].clear()
    again = ec2.describe_instances()
    assert again["Reservations"]
    assert again["ResponseMetadata"]["RequestId"] != before["ResponseMetadata"]["RequestId"]
    assert again["ResponseMetadata"]["RequestId"] == again["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def test_a_repeated_call_is_refused_once_its_resource_is_gone(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2, (id_,) = neighbour_of(beanstalk, "ec2"), instance_ids(beanstalk)
    assert ec2.describe_instances(InstanceIds=[id_])["Reservations"]
    beanstalk.client.terminate_environment(EnvironmentName="web1")
    beanstalk.until("web1", status="Terminated")
    for _ in range(2):
        with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
            ec2.describe_instances(InstanceIds=[id_])
