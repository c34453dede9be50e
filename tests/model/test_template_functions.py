"""Functions of templates, with arguments that mean harm."""

import json

import pytest

from beanpole.model.bundles.template import Template, TemplateResource
from beanpole.model.environment import template_functions, template_resources
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.template_functions import Unresolved
from beanpole.model.names.ids import Ids

ENVIRONMENT = Environment("e-1", "web1", "shop", "arn", "stack", "arn", 0, 0, "123456789012", "us-east-1")


def text(value: object) -> str:
    return template_functions.text(json.dumps(value), template_functions.references(ENVIRONMENT, (), (("P", "x"),)))


def nested(depth: int, times: int) -> object:
    """A text that repeats a variable, which repeats another, and so on."""
    value: object = "x"
    for _ in range(depth):
        value = {"Fn::Sub": ["${v}" * times, {"v": value}]}
    return value


@pytest.mark.parametrize(
    "value",
    [
        nested(12, 40),
        {"Fn::Join": ["x" * 4000, [1, 2, 3]]},
        {"Fn::Join": ["", {"Ref": "P"}]},
        {"Fn::Select": ["5", ["a"]]},
        {"Fn::Sub": ["${v}", {"v": {"Fn::Transform": "x"}}]},
        {"Fn::GetAtt": ["AWSEBLoadBalancer", "DNSName"]},
        {"Ref": ["P"]},
        {"Ref": "AWS::NoValue"},
    ],
)
def test_a_value_without_end_or_with_unknown_names_has_none(value: object) -> None:
    with pytest.raises(Unresolved):
        text(value)


def test_nested_functions_have_a_value_as_long_as_it_is_short() -> None:
    assert text(nested(3, 2)) == "x" * 8
    assert text({"Fn::Select": ["1", ["a", {"Fn::Sub": "${P}-${AWS::Region}"}]]}) == "x-us-east-1"


def test_a_chain_of_resources_is_created_from_its_end_and_a_circle_ends() -> None:
    def topic(number: int, other: int) -> TemplateResource:
        return TemplateResource(
            f"T{number}", "AWS::SNS::Topic", json.dumps({"TopicName": {"Fn::Sub": f"t${{T{other}.TopicName}}"}})
        )

    last = TemplateResource("T99", "AWS::SNS::Topic", '{"TopicName": "end"}')
    chain = Template((*(topic(number, number + 1) for number in range(99)), last))
    resources = template_resources.create(ENVIRONMENT, chain, (), 0, Ids("seed"))
    assert resources[95].physical_id.endswith(":ttttend")
    circle = Template((topic(0, 1), topic(1, 0)))
    assert len(template_resources.create(ENVIRONMENT, circle, (), 0, Ids("seed"))) == 2
