"""The custom resources and outputs of several configuration files together."""

import io
import json

import pytest

from archives import zipped
from beanpole.files.bundle import archive
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
        Parameters: {Stage: {Type: String, Default: beta}, Other: {Type: String}, Long: {Default: %s}}
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
