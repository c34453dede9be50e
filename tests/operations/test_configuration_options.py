"""DescribeConfigurationOptions: which options there are for what, and what is said of each."""

import pytest

from environments import STACK
from operations.flat import ask
from options import ALB, COMMAND, HEALTH_REPORTING, PROPERTIES, SINGLE, option

PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
WINDOWS = "64bit Windows Server 2019 v2.23.4 running IIS 10.0"
WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
SHARED = option("aws:elbv2:loadbalancer", "SharedLoadBalancer")
NO_PLATFORM = "Unable to determine base for template pack (no solution stack)"


def describe_options(world, **parameters):
    return world.client.describe_configuration_options(**parameters)


def by_name(options):
    return {(option["Namespace"], option["Name"]): option for option in options}


@pytest.mark.shows("DescribeConfigurationOptions", "success")
@pytest.mark.parametrize("base", [{"SolutionStackName": STACK}, {"PlatformArn": PLATFORM}])
def test_what_there_is_to_set_on_a_platform(beanstalk, base):
    answer = describe_options(beanstalk, **base)
    assert answer.keys() == {"SolutionStackName", "PlatformArn", "Options", "ResponseMetadata"}
    assert (answer["SolutionStackName"], answer["PlatformArn"]) == (STACK, PLATFORM)
    keys = [(option["Namespace"], option["Name"]) for option in answer["Options"]]
    assert keys == sorted(set(keys))
    options = by_name(answer["Options"])
    assert options[COMMAND, "BatchSize"] == {
        "Namespace": COMMAND,
        "Name": "BatchSize",
        "DefaultValue": "100",
        "ChangeSeverity": "NoInterruption",
        "UserDefined": False,
        "ValueType": "Scalar",
        "MinValue": 1,
        "MaxValue": 10000,
    }
    assert options["aws:autoscaling:launchconfiguration", "ImageId"] == {
        "Namespace": "aws:autoscaling:launchconfiguration",
        "Name": "ImageId",
        "ChangeSeverity": "RestartEnvironment",
        "UserDefined": False,
        "ValueType": "Scalar",
        "MaxLength": 200,
        "Regex": {"Pattern": "^ami-[a-z0-9]+$", "Label": "Regex pattern: ^ami-[a-z0-9]+$"},
    }
    assert options[COMMAND, "DeploymentPolicy"]["ValueOptions"] == [
        "AllAtOnce",
        "Rolling",
        "RollingWithAdditionalBatch",
        "Immutable",
        "TrafficSplitting",
    ]
    assert "ValueOptions" not in options[COMMAND, "IgnoreHealthCheck"]
    assert options["aws:autoscaling:asg", "Custom Availability Zones"]["ValueOptions"] == [
        "us-east-1a",
        "us-east-1b",
        "us-east-1c",
    ]
    assert not {"MinValue", "MaxValue"} <= options["aws:ec2:instances", "SpotMaxPrice"].keys()
    assert ("aws:cloudformation:template:parameter", "*") in options
    assert ("aws:autoscaling:scheduledaction", "Recurrence") in options
    assert not [name for name in options if "{" in "".join(name)]


@pytest.mark.shows("DescribeConfigurationOptions", "success")
def test_every_option_says_what_it_is(beanstalk):
    for base in ({"SolutionStackName": STACK}, {"SolutionStackName": WINDOWS}):
        for definition in describe_options(beanstalk, **base)["Options"]:
            assert {"Namespace", "Name", "ChangeSeverity", "UserDefined", "ValueType"} <= definition.keys()
            assert definition["ValueType"] in (
                "Scalar",
                "List",
                "CommaSeparatedList",
                "Boolean",
                "KeyValueList",
                "Json",
            )
            assert definition["ChangeSeverity"] in (
                "NoInterruption",
                "RestartEnvironment",
                "RestartApplicationServer",
                "Unknown",
                "RestartDatabase",
            )
            allowed = [text.lower() for text in definition.get("ValueOptions", ())]
            if allowed and definition.get("DefaultValue") and definition["ValueType"] == "Scalar":
                assert definition["DefaultValue"].lower() in allowed


@pytest.mark.parametrize(
    ("parameters", "present", "absent"),
    [
        ({}, {"aws:elb:loadbalancer"}, {"aws:elbv2:loadbalancer", "aws:elasticbeanstalk:sqsd"}),
        ({"Tier": WORKER}, {"aws:elasticbeanstalk:sqsd"}, {"aws:elb:loadbalancer"}),
        ({"OptionSettings": [ALB]}, {"aws:elbv2:loadbalancer"}, {"aws:elb:loadbalancer"}),
        ({"OptionSettings": [SINGLE]}, {"aws:autoscaling:asg"}, {"aws:elb:loadbalancer", "aws:elbv2:loadbalancer"}),
        ({"SolutionStackName": WINDOWS}, {"aws:elasticbeanstalk:windows:activedirectory"}, {COMMAND + "s"}),
    ],
)
def test_the_options_of_a_kind_of_environment(beanstalk, parameters, present, absent):
    answer = ask(beanstalk, "DescribeConfigurationOptions", **({"SolutionStackName": STACK} | parameters))
    namespaces = {option["Namespace"] for option in answer["Options"]}
    assert present <= namespaces
    assert namespaces.isdisjoint(absent)
    assert answer["Tier"]["Name"] == parameters.get("Tier", {"Name": "WebServer"})["Name"]


def test_the_database_that_a_snippet_brings_has_its_options(beanstalk):
    def database(**parameters):
        options = ask(beanstalk, "DescribeConfigurationOptions", SolutionStackName=STACK, **parameters)["Options"]
        return {option["Name"]: option for option in options if option["Namespace"] == "aws:rds:dbinstance"}

    assert database().keys() == {"HasCoupledDatabase"}
    definitions = database(
        TemplateSpecification={"TemplateSnippets": [{"SnippetName": "RdsExtensionEB", "Order": 10000}]}
    )
    assert len(definitions) == 13
    user = definitions["DBUser"]
    assert user["ChangeSeverity"] == "RestartDatabase"
    assert user["Regex"] == {"Pattern": "[a-zA-Z][a-zA-Z0-9]*", "Label": "Regex pattern: [a-zA-Z][a-zA-Z0-9]*"}


def test_defaults_depend_on_the_platform(beanstalk):
    answer = {
        stack: by_name(describe_options(beanstalk, SolutionStackName=stack)["Options"])[HEALTH_REPORTING, "SystemType"][
            "DefaultValue"
        ]
        for stack in (STACK, WINDOWS)
    }
    assert answer == {STACK: "enhanced", WINDOWS: "basic"}


@pytest.mark.shows("DescribeConfigurationOptions", "success")
def test_the_options_of_an_environment_are_those_it_uses(shop, create):
    listener, process = "aws:elbv2:listener:8080", "aws:elasticbeanstalk:environment:process:admin"
    settings = [ALB, option(PROPERTIES, "COLOUR", "blue"), option(listener, "DefaultProcess", "admin")]
    create("web1", OptionSettings=[*settings, option(process, "Port", "9000")])
    answer = describe_options(shop, ApplicationName="shop", EnvironmentName="web1")
    options = by_name(answer["Options"])
    assert answer["SolutionStackName"] == STACK
    assert options[PROPERTIES, "COLOUR"]["UserDefined"] is True
    assert options[listener, "ListenerEnabled"]["ValueType"] == "Boolean"
    assert options[process, "HealthCheckPath"]["DefaultValue"] == "/"
    assert ("aws:elbv2:loadbalancer", "IdleTimeout") in options
    assert by_name(describe_options(shop, EnvironmentName="web1")["Options"]) == options


@pytest.mark.shows("DescribeConfigurationOptions", "success")
def test_the_options_of_a_saved_configuration(shop):
    shop.client.create_configuration_template(
        ApplicationName="shop", TemplateName="saved", SolutionStackName=WINDOWS, OptionSettings=[SINGLE]
    )
    answer = describe_options(shop, ApplicationName="shop", TemplateName="saved")
    assert answer["SolutionStackName"] == WINDOWS
    assert not [option for option in answer["Options"] if option["Namespace"].startswith("aws:elb")]
    assert (
        describe_options(shop, ApplicationName="shop", TemplateName="saved", SolutionStackName=STACK)[
            "SolutionStackName"
        ]
        == STACK
    )


@pytest.mark.shows("DescribeConfigurationOptions", "success")
def test_the_options_that_are_asked_for(beanstalk):
    names = [
        option(COMMAND, "Timeout"),
        {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "ResourceName": "AWSEBAutoScalingGroup"},
        option("aws:nothing", "Nothing"),
    ]
    answer = describe_options(beanstalk, SolutionStackName=STACK, Options=names)
    assert [option["Name"] for option in answer["Options"]] == ["MinSize", "Timeout"]
    assert describe_options(beanstalk, SolutionStackName=STACK, Options=names[2:])["Options"] == []


def test_nobody_shares_a_load_balancer_yet(beanstalk):
    """The EB CLI reads the ValueOptions of the first option of the answer."""
    shared = option("aws:elasticbeanstalk:environment", "LoadBalancerIsShared", "true")
    answer = ask(
        beanstalk, "DescribeConfigurationOptions", PlatformArn=PLATFORM, OptionSettings=[ALB, shared], Options=[SHARED]
    )
    assert [(option["Name"], option["ValueOptions"]) for option in answer["Options"]] == [("SharedLoadBalancer", [])]


@pytest.mark.shows("DescribeConfigurationOptions", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({}, "InvalidParameterValue", NO_PLATFORM),
        ({"ApplicationName": "shop"}, "InvalidParameterValue", NO_PLATFORM),
        (
            {"ApplicationName": "nobody", "SolutionStackName": STACK},
            "InvalidParameterValue",
            "No Application named 'nobody' found.",
        ),
        ({"SolutionStackName": "BeOS"}, "InvalidParameterValue", "No Solution Stack named 'BeOS' found."),
        ({"PlatformArn": "arn:x"}, "InvalidParameterValue", "No Platform named 'arn:x' found."),
        (
            {"SolutionStackName": STACK, "PlatformArn": PLATFORM},
            "InvalidParameterCombination",
            "You cannot specify both solution stack and platform as modifiers",
        ),
        (
            {"ApplicationName": "shop", "TemplateName": "saved"},
            "InvalidParameterValue",
            "No Configuration Template named 'shop/saved' found.",
        ),
        ({"TemplateName": "saved"}, "MissingRequiredParameter", "ApplicationName must be specified."),
        (
            {"ApplicationName": "shop", "TemplateName": "saved", "EnvironmentName": "web1"},
            "InvalidParameterCombination",
            "You cannot specify both TemplateName and EnvironmentName.",
        ),
        (
            {"EnvironmentName": "web1"},
            "InvalidParameterValue",
            "No Environment found for EnvironmentName = 'web1'.",
        ),
    ],
)
def test_whose_options_must_be_right(shop, refused, parameters, code, sentence):
    with refused(code, sentence):
        describe_options(shop, **parameters)


@pytest.mark.shows("DescribeConfigurationOptions", "states")
def test_only_a_live_environment_has_options(shop, launch, refused):
    launch("web1", OptionSettings=[SINGLE])
    shop.client.terminate_environment(EnvironmentName="web1")
    assert describe_options(shop, EnvironmentName="web1")["SolutionStackName"] == STACK
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        describe_options(shop, EnvironmentName="web1")


def test_the_name_of_a_stack_is_taken_where_the_eb_cli_sends_it_as_an_arn(shop):
    by_name = shop.client.describe_configuration_options(SolutionStackName=STACK)
    by_arn = shop.client.describe_configuration_options(PlatformArn=STACK)
    assert (by_arn["SolutionStackName"], by_arn["Options"]) == (STACK, by_name["Options"])
