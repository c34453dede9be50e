"""A state that is exported while a group scales, which no call has asked for, is put back like any other."""

import json

from beanpole.testing import ACCOUNT, Beanstalk
from neighbours.callers import launched, neighbour_of, resources

STATE = f"/_beanpole/state?account={ACCOUNT}"


def test_a_group_that_scales_goes_on_after_its_state_is_put_back(beanstalk: Beanstalk) -> None:
    launched(beanstalk)
    group = resources(beanstalk)["AutoScalingGroups"][0]["Name"]
    neighbour_of(beanstalk, "autoscaling").set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    beanstalk.advance(1)
    http = beanstalk.app.test_client()
    exported = http.get(STATE).json
    (environment,) = exported["regions"]["us-east-1"]["environments"]
    assert (environment["activity"]["request"], environment["activity"]["request_id"]) == ({"kind": "scale"}, "")
    assert http.put(STATE, json=exported).status_code == 200
    assert http.get(STATE).json == exported
    beanstalk.advance(3600)
    assert len(resources(beanstalk)["Instances"]) == 2


def test_an_activity_of_a_call_has_its_request(beanstalk: Beanstalk) -> None:
    launched(beanstalk)
    beanstalk.client.restart_app_server(EnvironmentName="web1")
    http = beanstalk.app.test_client()
    exported = http.get(STATE).json
    exported["regions"]["us-east-1"]["environments"][0]["activity"]["request_id"] = ""
    answer = http.put(STATE, json=exported)
    assert (answer.status_code, "request_id cannot be ''" in json.loads(answer.data)["detail"]) == (400, True)
