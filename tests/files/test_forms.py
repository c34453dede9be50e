"""The forms of option settings, env.yaml, cron.yaml, Dockerrun.aws.json, Procfile and Resources in a bundle."""

import json
from io import BytesIO
from typing import Any

import pytest

from archives import zipped
from beanpole.files.bundle import archive, cron
from beanpole.files.bundle.archive import SourceBundle
from beanpole.model.applications.contents import Dockerrun, template_problem
from beanpole.model.bundles.bundle import Cron, Process, Task
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import PROPERTIES
from beanpole.model.time import schedules

SYSTEM = "aws:elasticbeanstalk:healthreporting:system"
RULES = {"Version": 1, "Rules": {"Environment": {"Application": {"ApplicationRequests4xx": {"Enabled": False}}}}}


def read(files: dict[str, str]) -> SourceBundle:
    return archive.read("v1.zip", BytesIO(zipped(files)))


def configured(content: str) -> SourceBundle:
    return read({".ebextensions/a.config": content})


def only(source: SourceBundle) -> OptionSetting:
    (setting,) = source.extensions
    return setting


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("green", "green"),
        ("true", "true"),
        ("True", "True"),
        ("yes", "yes"),
        ("010", "010"),
        ("1.000", "1.000"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        (".inf", ".inf"),
        ("1e3", "1e3"),
        ("'007'", "007"),
        ("''", ""),
        ("~", None),
        ("", None),
        ("tcp, 22, 22, 192.0.2.1/32", "tcp, 22, 22, 192.0.2.1/32"),
        ('\'`{"Ref": "AWSEBSecurityGroup"}`\'', '`{"Ref": "AWSEBSecurityGroup"}`'),
        ("{Ref: AWSEBSecurityGroup}", '{"Ref":"AWSEBSecurityGroup"}'),
        ("[a, b]", '["a","b"]'),
        ("{a: 1, b: true, c: null, d: 1.5, e: '1', f: no, g: 010, h: .nan}", None),
        ("|\n      one\n      two\n", "one\ntwo\n"),
        (">-\n      one\n      two\n", "one two"),
    ],
)
def test_an_option_is_echoed_as_it_is_written_and_a_map_is_typed_json(text: str, value: str | None) -> None:
    setting = only(configured(f"option_settings:\n  aws:x:\n    Y: {text}\n"))
    if text.startswith("{a:"):
        value = '{"a":1,"b":true,"c":null,"d":1.5,"e":"1","f":false,"g":8,"h":".nan"}'
    assert setting == OptionSetting("aws:x", "Y", value)


@pytest.mark.parametrize("form", ["map", "list", "json", "text"])
def test_a_document_as_an_option_keeps_its_numbers_and_booleans(form: str) -> None:
    document = json.dumps(RULES)
    content = {
        "map": f"option_settings:\n  {SYSTEM}:\n    ConfigDocument: {document}\n",
        "list": f"option_settings:\n- {{namespace: '{SYSTEM}', option_name: ConfigDocument, value: {document}}}\n",
        "json": json.dumps({"option_settings": {SYSTEM: {"ConfigDocument": RULES}}}),
        "text": f"option_settings:\n  {SYSTEM}:\n    ConfigDocument: '{document}'\n",
    }[form]
    value = only(configured(content)).value
    assert value is not None
    assert json.loads(value) == RULES
    manifest = read({"env.yaml": content.replace("option_settings", "OptionSettings")}).manifest
    assert manifest is not None
    assert manifest.option_settings == (OptionSetting(SYSTEM, "ConfigDocument", value),)


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        ("option_settings:", ()),
        ("option_settings: []", ()),
        ("option_settings: {}", ()),
        ("option_settings: {aws:x: {}}", ()),
        ("option_settings: [{option_name: A, value: 1}]", (OptionSetting(PROPERTIES, "A", "1"),)),
        ("option_settings: [{option_name: A}]", (OptionSetting(PROPERTIES, "A", None),)),
        (
            "option_settings: {aws:x: &x {A: 1}, aws:y: {<<: *x, B: 2}}",
            (OptionSetting("aws:x", "A", "1"), OptionSetting("aws:y", "A", "1"), OptionSetting("aws:y", "B", "2")),
        ),
        (
            "option_settings: {AWSEBAutoScalingGroup.aws:autoscaling:asg: {Cooldown: 1}}",
            (OptionSetting("AWSEBAutoScalingGroup.aws:autoscaling:asg", "Cooldown", "1"),),
        ),
    ],
)
def test_forms_of_option_settings(content: str, settings: tuple[OptionSetting, ...]) -> None:
    source = configured(content)
    assert (source.extensions, source.contents.problems) == (settings, ())


def manifest(content: str) -> Any:
    source = read({"env.yaml": content})
    assert source.contents.problems == ()
    return source.manifest


def test_a_manifest_may_name_a_platform_tags_and_resources() -> None:
    parsed = manifest(
        "Platform: {PlatformArn: 'arn:x'}\nTags: {Team: shop, Cost: 010}\n"
        "OptionSettings: {AWSEBAutoScalingGroup.aws:autoscaling:asg: {Cooldown: '180'}, aws:x: {Y: 1}, A.b: {C: d}}\n"
    )
    assert (parsed.platform_arn, parsed.tags) == ("arn:x", {"Team": "shop", "Cost": "010"})
    assert parsed.option_settings == (
        OptionSetting("aws:autoscaling:asg", "Cooldown", "180", "AWSEBAutoScalingGroup"),
        OptionSetting("aws:x", "Y", "1"),
        OptionSetting("A.b", "C", "d"),
    )


@pytest.mark.parametrize("content", ["Platform: arn:x", "Tags: [a]", "Tags: {a: {b: *c}}", "Platform: [a]"])
def test_a_manifest_whose_platform_or_tags_are_no_map_is_a_problem(content: str) -> None:
    assert [problem.file for problem in read({"env.yaml": content}).contents.problems] == ["env.yaml"]


NO_TYPE = "Template format error: [/Resources/A] Every Resources object must contain a Type member."
TICK = "- {name: tick, url: /tick, schedule: '*/5 * * * *'}\n"


@pytest.mark.parametrize(
    ("content", "tasks"),
    [
        (f"version: 1\ncron:\n{TICK}", Cron((Task("tick", "/tick", "*/5 * * * *"),))),
        (f"version: '1'\ncron:\n{TICK}", Cron((Task("tick", "/tick", "*/5 * * * *"),))),
        ("version: 1\ncron: []\n", Cron()),
        ("version: 1\n", Cron(problem=cron.NO_LIST)),
        ("", Cron(problem=cron.NO_LIST)),
        ("- a", Cron(problem=cron.NO_LIST)),
        (f"cron:\n{TICK}", Cron(problem=cron.NO_VERSION)),
        (f"version: 2\ncron:\n{TICK}", Cron(problem=cron.NO_VERSION)),
        ("version: 1\ncron: {tick: {url: /tick}}\n", Cron(problem=cron.NO_LIST)),
        ("version: 1\ncron: [tick]\n", Cron(problem="entry 1 of its list is no map")),
        ("version: 1\ncron: [{name: a, url: /a}]\n", Cron(problem="entry 1 of its list has no schedule")),
        ("version: 1\ncron: [{url: /a, schedule: '* * * * *'}]\n", Cron(problem="entry 1 of its list has no name")),
        ("version: 1\ncron: [{name: a, schedule: '* * * * *'}]\n", Cron(problem="entry 1 of its list has no url")),
        (f"version: 1\ncron:\n{TICK}{TICK}", Cron(problem="two tasks are named tick")),
        (
            "version: 1\ncron:\n- name: a\n  url: \u201c/a\u201d\n  schedule: '* * * * *'\n",
            Cron(problem="the url of task a must be a path that begins with a slash"),
        ),
        (
            "version: 1\ncron:\n- name: a\n  url: /a\n  schedule: \u201c0 2 * * 1-5\u201d\n",
            Cron(problem="the schedule of task a must be five fields of a crontab, not \u201c0 2 * * 1-5\u201d"),
        ),
        (
            "version: 1\ncron:\n- name: a\n  url: /a\n  schedule: /5 * * * *\n",
            Cron(problem="the schedule of task a must be five fields of a crontab, not /5 * * * *"),
        ),
        (
            "version: 1\ncron:\n- name: a\n  url: /a\n  schedule: '@hourly'\n",
            Cron(problem="the schedule of task a must be five fields of a crontab, not @hourly"),
        ),
    ],
)
def test_forms_of_periodic_tasks(content: str, tasks: Cron) -> None:
    bundle = read({"cron.yaml": content})
    assert bundle.contents.cron == bundle.bundle.cron == tasks
    assert bundle.contents.problems == ()


@pytest.mark.parametrize(
    "task",
    [
        "- name: a\n  schedule: @hourly",
        "- name: a\n  schedule: * * * * *",
        "- name: a\n\turl: /a",
        "\u2014 name: a\n   url: /a",
    ],
)
def test_periodic_tasks_that_are_no_yaml_say_so(task: str) -> None:
    contents = read({"cron.yaml": f"version: 1\ncron:\n {task}\n"}).contents
    assert contents.cron is not None
    assert (contents.cron.problem or "").startswith("Invalid Yaml: ")
    assert contents.problems == ()


def test_periodic_tasks_beside_the_configuration_files_are_misplaced() -> None:
    assert read({".ebextensions/cron.yaml": f"version: 1\ncron:\n{TICK}"}).contents.cron == Cron(
        problem=cron.NOT_AT_THE_ROOT
    )
    assert read({"app/cron.yaml": ""}).contents.cron is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        *((text, True) for text in ("* * * * *", "*/5 * * * *", "0 0 1 1 0", "0,30 8-18 * * mon-fri", "5/9 0 * JAN 7")),
        *((text, False) for text in ("* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "a * * * *")),
        *((text, False) for text in ("*/0 * * * *", "/5 * * * *", "5-1 * * * *", "* * * * fry", "", "@daily")),
    ],
)
def test_schedules_of_a_crontab_are_told_from_other_texts(text: str, is_one: bool) -> None:
    assert schedules.is_schedule(text) is is_one


@pytest.mark.parametrize(
    ("content", "dockerrun"),
    [
        ('{"AWSEBDockerrunVersion": "1"}', Dockerrun("1", has_image=False)),
        ('{"AWSEBDockerrunVersion": 1}', Dockerrun("1", has_image=False)),
        (
            '{"AWSEBDockerrunVersion": 2, "containerDefinitions": [{}]}',
            Dockerrun("2", containers=("",), has_image=False),
        ),
        ('{"AWSEBDockerrunVersion": 2, "containerDefinitions": []}', Dockerrun("2", has_image=False)),
        (
            '{"AWSEBDockerrunVersion": 2, "containerDefinitions": [{"name": "backend"}, {"name": 1}, "nginx"]}',
            Dockerrun("2", containers=("backend", "", ""), has_image=False),
        ),
        ('{"AWSEBDockerrunVersion": 2, "containerDefinitions": {"name": "backend"}}', Dockerrun("2", has_image=False)),
        ('\ufeff{"AWSEBDockerrunVersion": 3}', Dockerrun("3", has_image=False)),
        ('{"AWSEBDockerrunVersion": true}', Dockerrun(has_image=False)),
        ("{}", Dockerrun(has_image=False)),
        ("[]", Dockerrun()),
        ("{", Dockerrun(is_json=False)),
        ("", Dockerrun(is_json=False)),
        ("[" * 10_000, Dockerrun(is_json=False)),
    ],
)
def test_forms_of_a_dockerrun(content: str, dockerrun: Dockerrun) -> None:
    bundle = read({"Dockerrun.aws.json": content})
    assert bundle.contents.dockerrun == dockerrun
    assert bundle.bundle.dockerrun == (dockerrun.version if dockerrun.is_json else None)


@pytest.mark.parametrize(
    ("content", "processes"),
    [
        ("web: gunicorn app\n", [Process("web", "gunicorn app")]),
        ("web: a\r\nworker_1: b \r\n", [Process("web", "a"), Process("worker_1", "b")]),
        ("web:a", [Process("web", "a")]),
        ("# web: a\n\nweb: b # c", [Process("web", "b # c")]),
        ("web :a\nweb:\nbad name: x\n", []),
        ("", []),
    ],
)
def test_forms_of_a_procfile(content: str, processes: list[Process]) -> None:
    bundle = read({"Procfile": content, "Buildfile": content}).bundle
    assert (list(bundle.processes), list(bundle.builds)) == (processes, processes)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("", None),
        ("{}", None),
        ("{T: {Type: 'AWS::DynamoDB::Table'}}", None),
        ("{AWSEBAutoScalingGroup: {Metadata: {}}}", None),
        ("{A: {Type: 'AWS::CloudWatch::Alarm', Properties: {EvaluationPeriods: 1}}}", None),
        ("{A: {Type: 'AWS::CloudWatch::Alarm', Properties: {EvaluationPeriods: '2'}}}", None),
        (
            "{A: {Type: 'AWS::CloudWatch::Alarm', Properties: {EvaluationPeriods: {Ref: P}}}, "
            "P: {Type: 'AWS::SQS::Queue'}}",
            None,
        ),
        ("[a]", "Template format error: [/Resources] Any Resources member must be an object."),
        ("{A: b}", "Template format error: [/Resources/A] Any Resources member must be an object."),
        ("{A: {Properties: {}}}", NO_TYPE),
        ("{A: {Type: [a]}}", NO_TYPE),
        ("{A: {Type: 'Custom::Thing'}, B: {Type: 'AWS::CloudFormation::CustomResource', DependsOn: [A]}}", None),
        ("{A: {Type: 'Some::Vendors::Thing', DependsOn: AWSEBAutoScalingGroup, DeletionPolicy: Retain}}", None),
        ("{A: {Type: 'AWS::SDB::Domain'}, B: {Type: 'AWS::ElastiCache::SecurityGroup'}}", None),
        (
            "{B: {Type: 'AWS::SQS::Que'}, A: {Type: 'AWS::Nope::Thing'}, AWSEBGroup: {Type: 'AWS::Nope::Group'}}",
            "Template format error: Unrecognized resource types: [AWS::Nope::Group, AWS::Nope::Thing, AWS::SQS::Que]",
        ),
        ("{A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: {Ref: AWSEBEnvironmentName}}}}", None),
        ("{A: {Type: 'AWS::SQS::Queue', Properties: {Tags: [{Key: a, Value: {Ref: 'AWS::Region'}}]}}}", None),
        ("{A: {Type: 'AWS::SQS::Queue'}, B: {Type: 'AWS::SQS::Queue', Properties: {x: {'Fn::GetAtt': A.Arn}}}}", None),
        (
            "{A: {Type: 'AWS::SQS::Queue', Properties: {a: [{b: {Ref: Y}}, {Ref: X}], Ref: Z, c: d}}}",
            "Template format error: Unresolved resource dependencies [X, Y] in the Resources block of the template",
        ),
        (
            "{A: {Type: 'AWS::SQS::Queue', Properties: {a: {'Fn::Join': ['', [{'Fn::GetAtt': [B, Arn]}]]}}}}",
            "Template error: instance of Fn::GetAtt references undefined resource B",
        ),
        (
            "{A: {Type: 'AWS::SQS::Queue', DependsOn: B}, B: {Type: 'AWS::SQS::Queue', Properties: {a: {Ref: C}}}, "
            "C: {Type: 'AWS::SQS::Queue', Properties: {a: {'Fn::GetAtt': [B, Arn]}}}, "
            "D: {Type: 'AWS::SQS::Queue'}, E: {Type: 'AWS::SQS::Queue', DependsOn: [A, D]}}",
            "Circular dependency between resources: [B, C]",
        ),
        (
            "{A: {Type: 'AWS::SQS::Queue', DependsOn: A}}",
            "Circular dependency between resources: [A]",
        ),
        (
            "{A: {Type: 'AWS::SQS::Queue', Properties: {a: {'Fn::Sub': '${AWS::Region}${AWSEBName}${!X}'}}}, "
            "B: {Type: 'AWS::SQS::Queue', Properties: {a: {'Fn::Sub': ['${A.Arn}${C}', {C: d}]}}}}",
            None,
        ),
        (
            "{A: {Type: 'AWS::SQS::Queue', Properties: {a: {'Fn::Sub': 'x${B}${C.Arn}'}}}}",
            "Template format error: Unresolved resource dependencies [B, C] in the Resources block of the template",
        ),
        ("{A: {Type: Queue}}", "Template format error: Unrecognized resource types: [Queue]"),
        ("{my-queue: {Type: 'AWS::SQS::Queue'}}", "Template format error: Resource name my-queue is non alphanumeric."),
        ("{A: {Type: 'AWS::SQS::Queue', Propertys: {}}}", "Invalid template resource property 'Propertys'"),
        (
            "{A: {Type: 'AWS::SQS::Queue', DependsOn: [C, B, AWSEBSecurityGroup]}}",
            "Template format error: Unresolved resource dependencies [B, C] in the Resources block of the template",
        ),
        (
            "{A: {Type: 'AWS::CloudWatch::Alarm', Properties: {EvaluationPeriods: many}}}",
            "InvalidParameterValue: Template does not have a numeric EvaluationPeriods setting",
        ),
    ],
)
def test_resources_that_cloudformation_refuses(section: str, problem: str | None) -> None:
    assert configured(f"Resources: {section}").contents.template == problem


def test_a_parameter_of_any_file_can_be_referred_to() -> None:
    reference = "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: {Ref: P}}}}"
    files = {
        ".ebextensions/1.config": reference,
        ".ebextensions/2.config": "Parameters: {P: {Type: String, Default: p}}",
    }
    assert read(files).contents.template is None


def test_resources_of_a_load_balancer_are_not_in_every_template() -> None:
    contents = configured(
        "Resources: {A: {Type: 'AWS::SQS::Queue', DependsOn: AWSEBV2LoadBalancer, "
        "Properties: {a: {'Fn::GetAtt': [AWSEBLoadBalancerSecurityGroup, GroupId]}, b: {Ref: AWSEBSecurityGroup}}}}"
    ).contents
    assert [template_problem(contents, balancer) for balancer in ("application", "network")] == [None, None]
    for balancer in ("classic", None):
        assert template_problem(contents, balancer) == (
            "Service:AmazonCloudFormation, Message:Template format error: Unresolved resource dependencies "
            "[AWSEBV2LoadBalancer] in the Resources block of the template"
        )


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("AWSEBLoadBalancer", {"classic"}),
        ("AWSEBLoadBalancerSecurityGroup", {"classic", "application", "network"}),
        ("AWSEBV2LoadBalancer", {"application", "network"}),
        ("AWSEBV2LoadBalancerListener", {"application", "network"}),
    ],
)
def test_an_attribute_of_a_load_balancer_is_one_of_its_kind(name: str, kinds: set[str]) -> None:
    attribute = f"{{'Fn::GetAtt': [{name}, DNSName]}}"
    contents = configured(f"Resources: {{A: {{Type: 'AWS::SQS::Queue', Properties: {{a: {attribute}}}}}}}").contents
    for balancer in ("classic", "application", "network", None):
        assert template_problem(contents, balancer) == (
            None
            if balancer in kinds
            else "Service:AmazonCloudFormation, Message:Template error: instance of Fn::GetAtt references undefined "
            f"resource {name}"
        )


def test_resources_of_several_files_are_one_template() -> None:
    kind = "Resources: {A: {Type: 'AWS::SQS::Queue'}}"
    files = {".ebextensions/1.config": kind, ".ebextensions/2.config": "Resources: {A: {Properties: {}}}"}
    assert read(files).contents.template is None
