"""Calls that no neighbour can make sense of are refused in its own protocol, and change nothing."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from werkzeug.test import Client, TestResponse

from beanpole.neighbours.app import neighbour
from beanpole.neighbours.applications import applications
from beanpole.testing import ACCOUNT, Beanstalk
from neighbours.callers import APPLICATION, SINGLE, instance_ids, launched, neighbour_of, refusal, resources

FORM = "application/x-www-form-urlencoded"
JSON = {"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms"}


def send(world: Beanstalk, scope: str, body: bytes, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
    credential = f"Credential={ACCOUNT}/20260101/us-east-1/{scope}/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}
    application = applications(world.store, world.catalog)[scope]
    arguments = {"method": "POST", "content_type": FORM} | more
    return Client(application).open("/", data=body, headers=signed | (headers or {}), **arguments)


@pytest.mark.parametrize(
    ("scope", "body", "code"),
    [
        ("ec2", b"", "MissingAction"),
        ("ec2", b"Action=DescribeInstances&InstanceId.1=%zz", "MalformedQueryString"),
        ("ec2", b"Action=DescribeInstances&MaxResults=many", "MalformedInput"),
        ("ec2", b"Action=DescribeInstances&MaxResults=-1", "InvalidParameterValue"),
        ("ec2", b"Action=DescribeInstances&MaxResults=5&NextToken=e30%3D", "InvalidNextToken"),
        ("ec2", b"Action=TerminateInstances", "ValidationError"),
        ("ec2", b"Action=LaunchRocket", "InvalidAction"),
        ("autoscaling", b"Action=TerminateInstanceInAutoScalingGroup", "ValidationError"),
        ("autoscaling", b"Action=SetDesiredCapacity&DesiredCapacity=1", "ValidationError"),
        ("elasticloadbalancing", b"Action=DescribeTargetHealth&Version=2015-12-01", "ValidationError"),
        ("elasticloadbalancing", b"Action=DescribeInstanceHealth&Version=2012-06-01", "ValidationError"),
        ("cloudformation", b"Action=ListStackResources", "ValidationError"),
    ],
)
def test_a_wrong_form_is_refused_in_xml(beanstalk: Beanstalk, scope: str, body: bytes, code: str) -> None:
    answer = send(beanstalk, scope, body)
    assert answer.status_code == 400
    assert answer.content_type.startswith("text/xml")
    document = ElementTree.fromstring(answer.data)
    assert next(element.text for element in document.iter() if element.tag.rpartition("}")[2] == "Code") == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "SerializationException"),
        (b"[" * 100_000, "SerializationException"),
        (b"[]", "SerializationException"),
        (b'{"AlarmNames": "one"}', "SerializationException"),
        (b'{"AlarmNames": [["one"]]}', "SerializationException"),
        (b'{"MaxRecords": 0}', "ValidationError"),
    ],
)
def test_a_wrong_document_is_refused_in_json(beanstalk: Beanstalk, body: bytes, code: str) -> None:
    answer = send(beanstalk, "monitoring", body, JSON, content_type="application/x-amz-json-1.0")
    assert answer.status_code == 400
    assert json.loads(answer.data)["__type"] == code
    assert answer.headers["x-amzn-query-error"] == f"{code};Sender"


def test_a_method_or_a_body_that_is_too_large_is_refused(beanstalk: Beanstalk) -> None:
    assert send(beanstalk, "ec2", b"", method="PUT").status_code == 405
    assert send(beanstalk, "ec2", b"x" * (1 << 21)).status_code == 413


def test_no_refused_call_changes_an_environment(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    launched(beanstalk, "web2", *SINGLE)
    ids, other = instance_ids(beanstalk), instance_ids(beanstalk, "web2")
    ec2, autoscaling = neighbour_of(beanstalk, "ec2"), neighbour_of(beanstalk, "autoscaling")
    elbv2, name = neighbour_of(beanstalk, "elbv2"), resources(beanstalk)["AutoScalingGroups"][0]["Name"]
    arn = elbv2.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    in_group, unknown = autoscaling.terminate_instance_in_auto_scaling_group, "i-0123456789abcdef0"
    assert refusal(ec2.terminate_instances, InstanceIds=[ids[0], unknown])[0] == "InvalidInstanceID.NotFound"
    assert refusal(ec2.terminate_instances, InstanceIds=ids, DryRun=True)[0] == "DryRunOperation"
    assert (
        "below min value 3"
        in refusal(autoscaling.set_desired_capacity, AutoScalingGroupName=name, DesiredCapacity=2)[1]
    )
    assert (
        "above max value 4"
        in refusal(autoscaling.set_desired_capacity, AutoScalingGroupName=name, DesiredCapacity=5)[1]
    )
    assert "minSize (3)" in refusal(in_group, InstanceId=ids[0], ShouldDecrementDesiredCapacity=True)[1]
    assert refusal(in_group, InstanceId=unknown, ShouldDecrementDesiredCapacity=False)[0] == "ValidationError"
    assert refusal(elbv2.register_targets, TargetGroupArn=arn, Targets=[{"Id": other[0]}])[0] == "InvalidTarget"
    beanstalk.advance(600)
    assert (instance_ids(beanstalk), instance_ids(beanstalk, "web2")) == (ids, other)


def test_a_terminated_instance_is_shown_for_an_hour(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE)
    ec2, (id_,) = neighbour_of(beanstalk, "ec2"), instance_ids(beanstalk)
    (change,) = ec2.terminate_instances(InstanceIds=[id_])["TerminatingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "shutting-down")
    with beanstalk.waiting():
        ec2.get_waiter("instance_terminated").wait(InstanceIds=[id_])
    beanstalk.advance(3600)
    assert refusal(ec2.describe_instances, InstanceIds=[id_])[0] == "InvalidInstanceID.NotFound"


@pytest.mark.parametrize("answer", [b"", b"{}", b"<a", b"[1]", b"\xff", b'{"MetricAlarms": 5}'])
@pytest.mark.parametrize("target", [None, "GraniteServiceVersion20100801.DescribeAlarms"])
def test_an_answer_of_a_companion_in_another_protocol_counts_as_an_empty_list(
    beanstalk: Beanstalk, answer: bytes, target: str | None
) -> None:
    def companion(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [answer]

    app = neighbour("monitoring", beanstalk.store, beanstalk.catalog, companion)
    body = "{}" if target else "Action=DescribeAlarms&Version=2010-08-01"
    headers = {"X-Amz-Target": target} if target else {"Content-Type": "application/x-www-form-urlencoded"}
    answered = Client(app).post("/", data=body, headers=headers)
    assert answered.status_code == 200
    assert "MetricAlarms" in answered.text
