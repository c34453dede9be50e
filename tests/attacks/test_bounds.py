"""No number is too long, no text too large: each is answered soon, and never with an error of ours."""

from collections.abc import Iterator
from functools import cache
from urllib.parse import quote_plus, urlencode

import pytest
from flask.testing import FlaskClient

from attacks.hostile_texts import BOUND, CREDENTIAL, HOSTILE
from beanpole.catalog import Catalog
from beanpole.testing import Beanstalk
from beanpole.wire import spec
from beanpole.wire.spec import Shape
from environments import STACK
from promptness import assert_prompt

KNOWN = {
    "ApplicationName": "shop",
    "EnvironmentName": "web-1",
    "VersionLabel": "v1",
    "TemplateName": "small",
    "OptionSettings.member.1.Namespace": "aws:autoscaling:asg",
    "OptionSettings.member.1.OptionName": "MinSize",
}
OPERATIONS = [name for name in spec.load().operations if (found := spec.load().operation(name)) and found.input]
OPTIONS = [(option.namespace, option.name) for option in Catalog().options.definitions]


@pytest.fixture(scope="module")
def http() -> FlaskClient:
    """A client of a world in which the names below are there."""
    world = Beanstalk()
    world.client.create_application(ApplicationName="shop")
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    world.client.create_environment(ApplicationName="shop", EnvironmentName="web-1", SolutionStackName=STACK)
    world.client.create_configuration_template(ApplicationName="shop", TemplateName="small", SolutionStackName=STACK)
    world.advance(600)
    return world.app.test_client()


def members(shape: Shape, path: str = "") -> Iterator[str]:
    """The name of every parameter that holds a value of its own."""
    if shape.kind == "structure":
        for member in shape.members:
            yield from members(member.shape, f"{path}.{member.name}" if path else member.name)
    elif shape.kind == "list" and shape.element is not None:
        yield from members(shape.element, f"{path}.member.1")
    else:
        yield path


@cache
def quoted(text: str) -> str:
    """A name or a value as a form holds it."""
    return quote_plus(text)


def ask(http: FlaskClient, operation: str, parameters: dict[str, str]) -> None:
    """Send a call, and hold its answer to the bound."""
    body = urlencode({"Action": operation} | parameters, quote_via=lambda text, *_: quoted(text))

    def call() -> None:
        answer = http.post("/", data=body, content_type="application/x-www-form-urlencoded", headers=CREDENTIAL)
        assert answer.status_code < 500, answer.text

    assert_prompt(call, BOUND, f"{operation} {body[:100]}")


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_of_an_operation_has_its_bound(http: FlaskClient, name: str) -> None:
    operation = spec.load().operation(name)
    assert operation is not None
    assert operation.input is not None
    paths = list(members(operation.input))
    beside = {path: KNOWN[path] for path in paths if path in KNOWN}
    if name == "CreateEnvironment":
        beside |= {"EnvironmentName": "fresh-1", "SolutionStackName": STACK}
    for path in paths:
        for value in HOSTILE.values():
            ask(http, name, beside | {path: value})


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_option_has_its_bound(http: FlaskClient, kind: str) -> None:
    for namespace, name in OPTIONS[:: 40 if kind == "a large text" else 2]:
        setting = {"Namespace": namespace, "OptionName": name, "Value": HOSTILE[kind]}
        asked = {f"OptionSettings.member.1.{part}": value for part, value in setting.items()}
        ask(http, "ValidateConfigurationSettings", {"ApplicationName": "shop", "EnvironmentName": "web-1"} | asked)
