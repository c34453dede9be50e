"""The custom resources and outputs of several configuration files together."""

import io
import json

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


def test_outputs_keep_their_expressions_and_malformed_ones_are_left_out():
    template = custom(
        """
        Outputs:
          Url: {Value: {Ref: Jobs}, Description: words, Export: {Name: name}}
          Plain: {Value: 3}
          Empty: {Description: words}
          "not alphanumeric": {Value: a}
          Text: a
        Parameters: {Stage: {Type: String, Default: beta}, Other: {Type: String}, Long: {Default: %s}}
        """
        % ("x" * 2000)
    )
    outputs = Output("Url", '{"Ref":"Jobs"}', "words", '"name"'), Output("Plain", "3")
    assert template == Template(outputs=outputs, parameters=(("Stage", "beta"),))


def test_a_resource_with_endless_properties_is_listed_without_them():
    aliases = "".join(f"  a{number}: &a{number} [*a{number - 1}, *a{number - 1}]\n" for number in range(1, 40))
    document = f"Mappings:\n  a0: &a0 [x, x]\n{aliases}Resources:\n"
    document += "".join(
        f"  Jobs{number}: {{Type: 'AWS::SQS::Queue', Properties: {{Tags: *a39}}}}\n" for number in range(150)
    )
    template = custom(document)
    assert template is not None
    assert (len(template.resources), template.resources[0].properties) == (100, "")
