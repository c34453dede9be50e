"""Calls of other services that change what an environment owns are in the journal; others are not."""

import pytest
from botocore.exceptions import ClientError

from beanpole.testing import ACCOUNT, Beanstalk
from neighbours.callers import instance_ids, launched, neighbour_of, resources


def test_a_call_that_changes_an_environment_is_recorded_and_one_that_reads_is_not(beanstalk: Beanstalk) -> None:
    launched(beanstalk)
    (instance,) = instance_ids(beanstalk)
    group = resources(beanstalk)["AutoScalingGroups"][0]["Name"]
    ec2, autoscaling = (neighbour_of(beanstalk, name) for name in ("ec2", "autoscaling"))
    last = beanstalk.calls()[-1].number
    ec2.describe_instances()
    answer = ec2.terminate_instances(InstanceIds=[instance])
    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    with pytest.raises(ClientError):
        autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=99)
    terminated, grown, refused = (call for call in beanstalk.calls() if call.number > last)
    assert (terminated.service, terminated.operation) == ("ec2", "TerminateInstances")
    assert terminated.parameters == {"InstanceIds": [instance]}
    assert terminated.request_id == answer["ResponseMetadata"]["RequestId"]
    assert (terminated.changed, terminated.status) == (("environment web1",), 200)
    assert (grown.service, grown.operation, grown.changed) == (
        "autoscaling",
        "SetDesiredCapacity",
        ("environment web1",),
    )
    assert (refused.error, refused.changed, refused.status) == ("ValidationError", (), 400)
    assert beanstalk.calls("TerminateInstances", environment="web1") == [terminated]
    journal = beanstalk.app.test_client().get(f"/_beanpole/journal?account={ACCOUNT}&operation=TerminateInstances")
    assert [call["service"] for call in journal.get_json()["calls"]] == ["ec2"]
    assert beanstalk.calls()[0].service == "elasticbeanstalk"
