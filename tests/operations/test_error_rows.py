"""Every error that the service is known to give, row by row, as it stands in what is known of it.

`test_error_catalogue` goes from our sentences to the calls; this goes the other way, so that none of the service's can
get lost. A row is witness by the class that is held there (or that only a fault orders), or by a call of its own.
"""

import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from beanpole.model import errors
from operations.flat import flat
from operations.refusals import CALLS, ELSEWHERE, SCHEDULE, TEXT, WEB, creation
from operations.rows import ROWS, Witness
from options import COMMAND, GROUP, LAUNCH, option

PROXY, ROLLING = "aws:elasticbeanstalk:environment:proxy", "aws:autoscaling:updatepolicy:rollingupdate"


# What is said of a value in a configuration that is not right, and a configuration of which it is said.
REASONS: tuple[tuple[str, list[dict[str, str]]], ...] = (
    ("Value is not one of the allowed values: [{values}]", [option(PROXY, "ProxyServer", "none")]),
    ("Value is not one of the allowed values: [true, false]", [option(COMMAND, "IgnoreHealthCheck", "yes")]),
    ("Value is less than minimum allowed value: {n}", [option(ROLLING, "MaxBatchSize", "0")]),
    ("Value is greater than maximum allowed value: {n}", [option(COMMAND, "Timeout", "3601")]),
    ("Value does not satisfy regex: '{pattern}' [{label}]", [option(LAUNCH, "ImageId", "ami 1")]),
    ("Value is too long. Maximum allowed length: {n}", [option(LAUNCH, "EC2KeyName", "k" * 201)]),
    ("Value is not an integer", [option(COMMAND, "Timeout", "soon")]),
    ("MinSize is greater than MaxSize", [option(GROUP, "MinSize", "5"), option(GROUP, "MaxSize", "2")]),
    (
        "'{v}' is not a valid volume type. Must be 'standard', 'gp2' or 'io1'.",
        [option(LAUNCH, "RootVolumeType", "GP2")],
    ),
    ("should be between 15 minutes to an hour", [option(ROLLING, "Timeout", "PT2H")]),
    (
        "should be less than the maximum instance count for the Autoscaling group",
        [option(ROLLING, "MinInstancesInService", "4"), option(GROUP, "MaxSize", "4")],
    ),
    ("doesn't comply the cron expression", [option(SCHEDULE, "Recurrence", "daily") | {"ResourceName": "night"}]),
    (
        "Traffic Splitting deployments are compatible only with Application Load Balancers",
        [option(COMMAND, "DeploymentPolicy", "TrafficSplitting"), option(WEB, "LoadBalancerType", "classic")],
    ),
    (
        "Only TCP Protocols are supported for Network Load Balancers",
        [option(WEB, "LoadBalancerType", "network"), option("aws:elbv2:listener:80", "Protocol", "HTTP")],
    ),
    ("Unsupported instance protocol: http", [option("aws:elb:listener:443", "InstanceProtocol", "http")]),
    (
        "Instance protocol must be at the same layer as the front-end load balancer protocol",
        [
            option("aws:elb:listener:443", "ListenerProtocol", "HTTPS"),
            option("aws:elb:listener:443", "InstanceProtocol", "TCP"),
        ],
    ),
    (
        "Specify a comma-separated list of 1 to 40 unique instance types",
        [option("aws:ec2:instances", "InstanceTypes", "t3.micro,t3.micro")],
    ),
    ("/ by zero", [option("aws:autoscaling:trigger", "Period", "0")]),
)


WITH_ROWS = {*CALLS, *ELSEWHERE, "RateExceeded", *(error.__name__ for error in errors.ORDERED_ONLY)}


def pattern(sentence: str) -> str:
    """What matches a sentence, whatever its slots are filled with."""
    return ".*".join(map(re.escape, re.split(r"\{\w+\}", sentence)))


def answer(world: Any, operation: str, parameters: dict[str, Any]) -> tuple[int, ElementTree.Element]:
    """Status and document, of a call as a client sends it."""
    credential = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request"
    action = [("Action", operation)] if operation else []
    reply = world.app.test_client().post(
        "/",
        data=urlencode([*action, ("Version", "2010-12-01"), *flat(parameters, "")]),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"{credential}, SignedHeaders=host, Signature=0"},
    )
    return reply.status_code, ElementTree.fromstring(reply.data)


@pytest.mark.parametrize(("code", "status", "sentence", "witness"), ROWS, ids=[f"{row[0]} {row[2]}" for row in ROWS])
def test_a_row_has_its_witness(crowded: Any, code: str, status: int, sentence: str, witness: Witness) -> None:
    if isinstance(witness, str):
        error = getattr(errors, witness)
        assert witness in WITH_ROWS
        assert (error.code, error.status) == (code, status)
        assert re.split(r"\{\w+\}", error.sentence) == re.split(r"\{\w+\}", sentence)
        return
    reply, document = answer(crowded, *witness)
    assert (reply, document.findtext(f".//{TEXT}Code")) == (status, code)
    message = str(document.findtext(f".//{TEXT}Message"))
    assert re.fullmatch(pattern(sentence), message), message


@pytest.mark.parametrize(("reason", "settings"), REASONS, ids=[reason[0] for reason in REASONS])
def test_a_reason_is_given(crowded: Any, reason: str, settings: list[dict[str, str]]) -> None:
    parameters = {"ApplicationName": "shop", "TemplateName": "small", "OptionSettings": settings}
    status, document = answer(crowded, "ValidateConfigurationSettings", parameters)
    assert status == 200
    messages = [str(element.text) for element in document.iter(f"{TEXT}Message")]
    assert any(re.fullmatch(f"(Invalid .*: )?{pattern(reason)}", message) for message in messages), messages
    _, refused = answer(crowded, "CreateEnvironment", creation(OptionSettings=settings))
    assert refused.findtext(f".//{TEXT}Code") == "ConfigurationValidationException"
    assert str(refused.findtext(f".//{TEXT}Message")).startswith("Configuration validation exception: ")
