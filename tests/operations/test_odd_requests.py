"""Odd requests of the operations on environments: each is done or refused, and the world can still be described."""

from functools import cache
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.wire import spec
from environments import STACK
from examples import examples

OPERATIONS = [
    "CreateEnvironment",
    "DescribeEnvironments",
    "DescribeEnvironmentResources",
    "TerminateEnvironment",
    "RebuildEnvironment",
    "RestartAppServer",
    "SwapEnvironmentCNAMEs",
    "CheckDNSAvailability",
    "ComposeEnvironments",
    "AssociateEnvironmentOperationsRole",
    "DisassociateEnvironmentOperationsRole",
    "DescribeEvents",
]
KNOWN = ["shop", "v1", "web1", "web2", STACK, "Worker", "SQS/HTTP", "true", "false", "0", "1", "Name", "aws:x"]
VALUES = (
    st.sampled_from(KNOWN) | st.text(max_size=12) | st.sampled_from(["", " ", "null", "None", "é" * 64, "9" * 5000])
)
BEYOND = {"TemplateSpecification", "OptionSettings", "OptionsToRemove"}  # what another room answers for

ODD = examples(60, one_world=True)


@pytest.fixture(scope="module")
def http(http_of):
    """A world with an application, a version and an environment that is being launched."""
    http = http_of()
    for action, parameters in (
        ("CreateApplication", {"ApplicationName": "shop"}),
        ("CreateApplicationVersion", {"ApplicationName": "shop", "VersionLabel": "v1"}),
        ("CreateEnvironment", {"ApplicationName": "shop", "EnvironmentName": "web1", "SolutionStackName": STACK}),
    ):
        assert call(http, action, parameters).status_code == 200
    return http


def call(http, action, parameters):
    return http.post("/", data={"Action": action, "Version": "2010-12-01", **parameters})


def keys(shape, path=""):
    """How each value of a structure is spelled in a query."""
    for member in shape.members:
        key = f"{path}{member.name}"
        if member.name in BEYOND:
            continue
        if member.shape.kind == "structure":
            yield from keys(member.shape, f"{key}.")
        elif member.shape.kind == "list" and member.shape.element.kind == "structure":
            yield from keys(member.shape.element, f"{key}.member.1.")
        else:
            yield f"{key}.member.1" if member.shape.kind == "list" else key


@cache
def forms(name):
    """Forms of an operation, each with some of its keys."""
    names = sorted(keys(spec.load().operation(name).input))
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=8)


@pytest.mark.parametrize("name", OPERATIONS)
@ODD
@given(data=st.data())
def test_it_is_done_or_refused(http, name, data):
    form = data.draw(forms(name))
    answer = call(http, name, form)
    assert answer.status_code in (200, 400, 403), answer.text
    ElementTree.fromstring(answer.data)
    assert call(http, "DescribeEnvironments", {}).status_code == 200
