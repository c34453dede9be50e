"""No number is too long, no text too large: each is answered soon, and never with an error of ours."""

from collections.abc import Iterator, Mapping
from functools import cache
from urllib.parse import quote_plus, urlencode

import pytest
from flask import Flask

from attacks.direct import send
from attacks.hostile_texts import BOUND, CREDENTIAL, HOSTILE
from beanpole.catalog.catalog import Catalog
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
OPERATIONS = [name for name in spec.load().operations if (operation := spec.load().operation(name)) and operation.input]
OPTIONS = [(option.namespace, option.name) for option in Catalog().options.definitions]
TAKE_NONE = ("integer", "boolean")  # kinds of shapes that refuse each of the texts
ENOUGH = 200_001  # letters: quadratic time, even that of copies of memory, is seconds
AT_ONCE = 20  # options in a call at most
LONGEST = 1 << 20  # bytes of a call at most


@pytest.fixture(scope="module")
def app() -> Flask:
    """The API of a world in which the names above are there."""
    world = Beanstalk()
    world.client.create_application(ApplicationName="shop")
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    world.client.create_environment(ApplicationName="shop", EnvironmentName="web-1", SolutionStackName=STACK)
    world.client.create_configuration_template(ApplicationName="shop", TemplateName="small", SolutionStackName=STACK)
    world.advance(600)
    return world.app


def members(shape: Shape, path: str = "") -> Iterator[tuple[str, Shape]]:
    """The name of every parameter that holds a value of its own, and the shape of the value."""
    if shape.kind == "structure":
        for member in shape.members:
            yield from members(member.shape, f"{path}.{member.name}" if path else member.name)
    elif shape.kind == "list" and shape.element is not None:
        yield from members(shape.element, f"{path}.member.1")
    else:
        yield path, shape


@cache
def parameters(name: str) -> dict[str, Shape]:
    """Every parameter of an operation that holds a value of its own, with its shape."""
    operation = spec.load().operation(name)
    assert operation is not None
    assert operation.input is not None
    return dict(members(operation.input))


@cache
def first_of_their_shapes() -> set[tuple[str, str]]:
    """Operation and parameter in which each shape occurs first."""
    firsts: dict[str, tuple[str, str]] = {}
    for name in OPERATIONS:
        for path, shape in parameters(name).items():
            firsts.setdefault(shape.name, (name, path))
    return set(firsts.values())


def texts(name: str, path: str, shape: Shape) -> set[str]:
    """What the parameter is sent.

    A text beyond the bound of a shape is refused by the shape's schema, which is one for all of its parameters: so each
    is sent to one of them, and the others get as much of it as comes through to the operation: nothing, if it is to be
    a number or a truth value. What has no bound comes through everywhere, as long as shows whether the operation takes
    more than linear time.
    """
    if (name, path) in first_of_their_shapes():
        return set(HOSTILE.values())
    if shape.kind in TAKE_NONE:
        return set()
    bound = shape.max if shape.kind == "string" and shape.max is not None else ENOUGH
    return {text[:bound] for text in HOSTILE.values()}


@cache
def quoted(text: str) -> str:
    """A name or a value as a form holds it."""
    return quote_plus(text)


def ask(app: Flask, operation: str, parameters: Mapping[str, str]) -> list[int]:
    """Send a call, and hold its answer to the bound; the statuses of the answers."""
    statuses: list[int] = []
    body = urlencode({"Action": operation} | parameters, quote_via=lambda text, *_: quoted(text)).encode()

    def call() -> None:
        answer = send(app, "POST", "/", CREDENTIAL, body)
        assert answer.status < 500, answer.body
        statuses.append(answer.status)

    assert_prompt(call, BOUND, f"{operation} {body[:100]!r}")
    return statuses


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_of_an_operation_has_its_bound(app: Flask, name: str) -> None:
    beside = {path: KNOWN[path] for path in parameters(name) if path in KNOWN}
    if name == "CreateEnvironment":
        beside |= {"EnvironmentName": "fresh-1", "SolutionStackName": STACK}
    for path, shape in parameters(name).items():
        for value in texts(name, path, shape):
            statuses = ask(app, name, beside | {path: value})
            assert shape.kind not in TAKE_NONE or set(statuses) == {400}, (path, value[:40])


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_option_has_its_bound(app: Flask, kind: str) -> None:
    """Several options are looked at in one call, which is held to the bound of one."""
    some = min(AT_ONCE, LONGEST // len(quoted(HOSTILE[kind])))
    options = OPTIONS[:: 40 if kind == "a large text" else 2]
    for first in range(0, len(options), some):
        settings = {
            f"OptionSettings.member.{number}.{part}": value
            for number, (namespace, name) in enumerate(options[first : first + some], 1)
            for part, value in (("Namespace", namespace), ("OptionName", name), ("Value", HOSTILE[kind]))
        }
        names = {"ApplicationName": "shop", "EnvironmentName": "web-1"}
        ask(app, "ValidateConfigurationSettings", names | settings)
