"""The custom resources and outputs of several configuration files together."""

import io
import json

import pytest

from archives import zipped
from beanpole.files.bundle import archive
from beanpole.files.bundle.intrinsics import BAD_FIND, BAD_JOIN, BAD_SUB
from beanpole.model.bundles.template import Output, Template, TemplateResource


def custom(*files: str) -> Template | None:
    named = {f".ebextensions/{number}.config": content for number, content in enumerate(files)}
    return archive.read("v1.zip", io.BytesIO(zipped(named))).contents.custom


def test_a_later_file_overrides_properties_of_the_same_resource():
    first = "Resources: {Jobs: {Type: 'AWS::SQS::Queue', Properties: {VisibilityTimeout: 60, QueueName: jobs}}}"
    second = "Resources: {Jobs: {Properties: {VisibilityTimeout: 90}}}"
    template = custom(first, second)
    assert template is not None
    (jobs,) = template.resources
    assert (jobs.logical_id, jobs.type) == ("Jobs", "AWS::SQS::Queue")
    assert json.loads(jobs.properties) == {"VisibilityTimeout": 90, "QueueName": "jobs"}


def test_keys_of_the_environments_own_template_are_no_new_resources():
    assert custom("Resources: {AWSEBAutoScalingGroup: {Properties: {Cooldown: 1}}}") is None
    assert custom("Resources: {AWSEBSecurityGroup: {Type: 'AWS::EC2::SecurityGroup'}}") is None
    assert custom("option_settings: {}") is None
    rule = "Resources: {AWSEBOwnRule: {Type: 'Custom::Rule'}}"
    assert custom(rule) == Template((TemplateResource("AWSEBOwnRule", "Custom::Rule"),))


def test_resources_that_cloudformation_refuses_are_none():
    assert custom("Resources: {Jobs: {Type: 'AWS::SQS::Queue', DependsOn: Absent}}") is None


def test_outputs_keep_their_expressions():
    template = custom(
        """
        Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}
        Outputs:
          Url: {Value: {Ref: Jobs}, Description: words, Export: {Name: name}}
          Plain: {Value: 3}
        Parameters: {Stage: {Type: String, Default: beta}, Long: {Type: String, Default: %s}}
        """
        % ("x" * 2000)
    )
    outputs = Output("Url", '{"Ref":"Jobs"}', "words", '"name"'), Output("Plain", "3")
    assert template == Template((TemplateResource("Jobs", "AWS::SQS::Queue"),), outputs, (("Stage", "beta"),))


UNRESOLVED = "Template format error: Unresolved resource dependencies [%s] in the %s block of the template"


@pytest.mark.parametrize(
    ("outputs", "refusal"),
    [
        ("A: {Value: {Ref: Jobs}}", None),
        ("A: {Value: {Ref: Stage}}", None),
        ("A: {Value: {Ref: 'AWS::Region'}, Export: {Name: {'Fn::Sub': '${AWS::StackName}-a'}}}", None),
        ("A: {Value: {Ref: AWSEBAutoScalingGroup}}", None),
        ("A: {Value: {'Fn::GetAtt': [Jobs, Arn]}}", None),
        ("A: {Value: ''}", None),
        ("A: {Value: {Ref: Absent}}", UNRESOLVED % ("Absent", "Outputs")),
        ("A: {Value: {'Fn::Sub': '${Other}-${Absent}-${Jobs}'}}", UNRESOLVED % ("Absent, Other", "Outputs")),
        ("A: {Value: a, Export: {Name: {Ref: Absent}}}", UNRESOLVED % ("Absent", "Outputs")),
        ("A: {Value: {Ref: B}}, B: {Value: a}", UNRESOLVED % ("B", "Outputs")),
        (
            "A: {Value: {'Fn::GetAtt': Absent.Arn}}",
            "Template error: instance of Fn::GetAtt references undefined resource Absent",
        ),
        ("A: {Description: words}", "Template format error: Every Outputs member must contain a Value object"),
        ("A: text", "Template format error: Every Outputs member must contain a Value object"),
        ("a-b: {Value: a}", "Template format error: Outputs name 'a-b' is non alphanumeric."),
    ],
)
def test_outputs_that_cloudformation_refuses(outputs, refusal):
    first = "{Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}, Parameters: {Stage: {Type: String, Default: beta}}}"
    named = {".ebextensions/1.config": first, ".ebextensions/2.config": f"{{Outputs: {{{outputs}}}}}"}
    contents = archive.read("v1.zip", io.BytesIO(zipped(named))).contents
    assert (contents.template, contents.custom is None) == (refusal, refusal is not None)


def test_a_resource_with_endless_properties_is_listed_without_them():
    aliases = "".join(f"  a{number}: &a{number} [*a{number - 1}, *a{number - 1}]\n" for number in range(1, 40))
    document = f"Mappings:\n  a0: &a0 [x, x]\n{aliases}Resources:\n"
    document += "".join(
        f"  Jobs{number}: {{Type: 'AWS::SQS::Queue', Properties: {{Tags: *a39}}}}\n" for number in range(150)
    )
    template = custom(document)
    assert template is not None
    assert (len(template.resources), template.resources[0].properties) == (100, "")


GET_ATT = (
    "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource "
    "attribute"
)
MAP = "Mappings: {M: {us-east-1: {Ami: a, 1: b}}}"
QUEUE = "Resources: {X: {Type: 'AWS::SQS::Queue', Properties: {QueueName: %s}}}"


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("{'Fn::FindInMap': [M, us-east-1, Ami]}", None),
        ("{'Fn::FindInMap': [M, us-east-1, '1']}", None),
        ("{'Fn::FindInMap': [M, {Ref: 'AWS::Region'}, Absent]}", None),
        ("{'Fn::FindInMap': [AWSEBAWSRegionArch2AMI, a, b]}", None),
        (
            "{'Fn::FindInMap': [N, a, b]}",
            "Template error: Mapping named 'N' is not present in the 'Mappings' section of template.",
        ),
        ("{'Fn::FindInMap': [M, a, b]}", "Template error: Unable to get mapping for M::a::b"),
        ("{'Fn::FindInMap': [M, us-east-1, b]}", "Template error: Unable to get mapping for M::us-east-1::b"),
        ("{'Fn::FindInMap': [M, us-east-1, Ami, x]}", BAD_FIND),
        ("{'Fn::FindInMap': [M, us-east-1]}", BAD_FIND),
        ("{'Fn::FindInMap': M}", BAD_FIND),
        ("{'Fn::GetAtt': [Y]}", GET_ATT),
        ("{'Fn::GetAtt': Y}", GET_ATT),
        ("{'Fn::GetAtt': [Y, '']}", GET_ATT),
        ("{'Fn::GetAtt': [Y, {Ref: P}]}", None),
        ("{'Fn::Join': ['-', [a, {Ref: P}]]}", None),
        ("{'Fn::Join': ['-', {'Fn::GetAZs': ''}]}", None),
        ("{'Fn::Join': ['-', a]}", BAD_JOIN),
        ("{'Fn::Join': [[a, b]]}", BAD_JOIN),
        ("{'Fn::Join': ab}", BAD_JOIN),
        ("{'Fn::Sub': '${P}'}", None),
        ("{'Fn::Sub': ['${v}', {v: a}]}", None),
        ("{'Fn::Sub': ['${P}']}", BAD_SUB),
        ("{'Fn::Sub': {a: b}}", BAD_SUB),
        ("{'Fn::If': [C, a, b]}", None),
        ("{'Fn::If': [D, a, b]}", "Template error: unresolved condition dependency D in Fn::If"),
        ("{'Fn::GetOptionSetting': {OptionName: A, DefaultValue: {'Fn::Join': a}}}", BAD_JOIN),
    ],
)
def test_functions_that_cloudformation_refuses(name, refusal):
    resource = "Resources: {Y: {Type: 'AWS::SQS::Queue'}}"
    condition = "Parameters: {P: {Type: String, Default: p}}\nConditions: {C: {'Fn::Equals': [a, a]}}"
    assert refused(QUEUE % name, resource, condition, MAP) == refusal


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        ("Resources: {X: {Type: 'AWS::SQS::Queue', Condition: AWSEBOwn}}", None),
        (
            "Resources: {X: {Type: 'AWS::SQS::Queue', Condition: C}}",
            "Template format error: Unresolved condition dependency C in the Resources block of the template",
        ),
        (
            "Outputs: {X: {Value: a, Condition: C}}",
            "Template format error: Unresolved condition dependency C in the Outputs block of the template",
        ),
        ("Resources: {X: {Type: 'AWS::SQS::Queue', DeletionPolicy: RetainExceptOnCreate}}", None),
        (
            "Resources: {X: {Type: 'AWS::SQS::Queue', DeletionPolicy: retain}}",
            "Template format error: Unrecognized DeletionPolicy retain for resource X",
        ),
        ("Parameters: {P: {Type: String, Default: ''}}", None),
        ("Parameters: {B: {Type: String}, A: {Type: String}}", "Parameters: [A, B] must have values"),
        (
            "Parameters: {P: {Default: a}}",
            "Template format error: Every Parameters object must contain a Type member.",
        ),
        ("Parameters: {P: a}", "Template format error: Every Parameters object must contain a Type member."),
        ("Parameters: {p-q: {Type: String}}", "Template format error: Parameter name p-q is non alphanumeric."),
    ],
)
def test_blocks_that_cloudformation_refuses(document, refusal):
    assert refused(document) == refusal


def refused(*files: str) -> str | None:
    named = {f".ebextensions/{number}.config": content for number, content in enumerate(files)}
    return archive.read("v1.zip", io.BytesIO(zipped(named))).contents.template
