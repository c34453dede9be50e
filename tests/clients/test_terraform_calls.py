"""What Terraform's provider sends for each of its resources, call by call, and what it reads out of the answers.

Nobody runs Terraform here: the sequences are those of the provider with its own names and waits, and every check is one
that would otherwise show as a failed apply or as a plan that never comes to rest.
"""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from environments import STACK
from options import PROPERTIES, option

PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
ROLE = "arn:aws:iam::123456789012:role/service"
CNAME = re.compile(r"^(?P<prefix>[^.]+)(\.\w{2}-\w{4,9}-\d)?\.(elasticbeanstalk\.com|eb\.amazonaws\.com\.cn)$")
IGNORED = ("elasticbeanstalk:", "aws:")
FIRST_LOOK, LONGEST_POLL, TIMEOUT = 10, 10, 1200  # seconds
ABSENT = ("No Configuration Template named", "No Application named", "No Platform named")
SCHEDULED = "aws:autoscaling:scheduledaction"


class Provider:
    """The provider's ways, on a clock that it waits by."""

    def __init__(self, world):
        self.world = world
        self.client = world.client

    def now(self):
        return datetime.fromtimestamp(self.world.now / 1000, UTC)

    def tags(self, arn):
        """Those that it manages."""
        tags = self.client.list_tags_for_resource(ResourceArn=arn)["ResourceTags"]
        return {tag["Key"]: tag["Value"] for tag in tags if tag["Key"] != "Name" and not tag["Key"].startswith(IGNORED)}

    def wait(self, id_, pending, target):
        """Until it has a status; another one than what it expects is an error at once."""
        self.world.advance(FIRST_LOOK)
        waited = FIRST_LOOK
        while True:
            environments = self.client.describe_environments(EnvironmentIds=[id_])["Environments"]
            status = environments[0]["Status"] if environments else "Terminated"
            if status == target:
                return
            assert status in pending, f"unexpected state {status}"
            self.world.advance(LONGEST_POLL)
            waited += LONGEST_POLL
            assert waited < TIMEOUT, f"still {status} after {waited} s"

    def ready(self, id_):
        self.wait(id_, ("Launching", "Updating"), "Ready")

    def errors(self, id_, since):
        """Whatever makes an apply fail: each line as it prints it."""
        parameters = {"EnvironmentId": id_, "Severity": "ERROR", "StartTime": since}
        pages = self.client.get_paginator("describe_events").paginate(**parameters)
        return [event["Message"] for page in pages for event in page["Events"]]

    def read(self, id_):
        """What goes into the state."""
        (environment,) = self.client.describe_environments(EnvironmentIds=[id_])["Environments"]
        resources = self.client.describe_environment_resources(EnvironmentId=id_)["EnvironmentResources"]
        names = {"ApplicationName": environment["ApplicationName"], "EnvironmentName": environment["EnvironmentName"]}
        (settings,) = self.client.describe_configuration_settings(**names)["ConfigurationSettings"]
        platform = STACK, PLATFORM  # each is read into the state
        assert (environment["SolutionStackName"], environment["PlatformArn"]) == platform
        cname = CNAME.match(environment.get("CNAME", ""))
        return {
            "cname_prefix": cname["prefix"] if cname else "",
            "tier": environment["Tier"]["Name"],  # without it the provider panics
            "version_label": environment.get("VersionLabel", ""),
            "description": environment.get("Description", ""),
            "autoscaling_groups": [group["Name"] for group in resources["AutoScalingGroups"]],
            "instances": [instance["Id"] for instance in resources["Instances"]],
            "load_balancers": [balancer["Name"] for balancer in resources["LoadBalancers"]],
            "queues": [queue["URL"] for queue in resources["Queues"]],
            "triggers": [trigger["Name"] for trigger in resources["Triggers"]],
            "settings": {key(setting): normal(setting.get("Value", "")) for setting in settings["OptionSettings"]},
            "tags": self.tags(environment["EnvironmentArn"]),
        }


def key(setting):
    """The name of a resource tells settings apart in one namespace only."""
    resource = setting.get("ResourceName", "") if setting["Namespace"] == SCHEDULED else ""
    return setting["Namespace"], setting["OptionName"], resource


def normal(value):
    """JSON without its blanks, anything else as a set of what stands between commas."""
    try:
        return json.dumps(json.loads(value), sort_keys=True)
    except ValueError:
        return ",".join(sorted(value.split(",")))


def message(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    return caught.value.response["Error"]["Message"]


@pytest.fixture
def provider(beanstalk):
    return Provider(beanstalk)


@pytest.fixture
def shop(provider):
    """An application with two versions."""
    client = provider.client
    client.create_application(ApplicationName="shop", Description="")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label, Description="", Process=False)
    return provider


def test_an_application_is_read_as_it_was_applied(provider):
    client = provider.client

    def read():
        (application,) = client.describe_applications(ApplicationNames=["shop"])["Applications"]
        rules = application["ResourceLifecycleConfig"]["VersionLifecycleConfig"]
        enabled = {name: rule for name, rule in rules.items() if rule["Enabled"]}
        return application.get("Description", ""), enabled, provider.tags(application["ApplicationArn"])

    tags = [{"Key": "team", "Value": "blue"}]
    application = client.create_application(ApplicationName="shop", Description="", Tags=tags)["Application"]
    assert "ResourceLifecycleConfig" in application  # older providers read it here
    assert read() == ("", {}, {"team": "blue"})
    by_age = {"Enabled": True, "MaxAgeInDays": 30, "DeleteSourceFromS3": False}
    rules = {"MaxAgeRule": by_age, "MaxCountRule": {"Enabled": False}}
    config = {"ServiceRole": ROLE, "VersionLifecycleConfig": rules}
    client.update_application_resource_lifecycle(ApplicationName="shop", ResourceLifecycleConfig=config)
    assert read()[1] == {"MaxAgeRule": by_age}
    more = [{"Key": "cost", "Value": "1"}]
    client.update_tags_for_resource(ResourceArn=application["ApplicationArn"], TagsToAdd=more, TagsToRemove=["team"])
    client.update_application(ApplicationName="shop", Description="sells")
    off = {"MaxAgeRule": {"Enabled": False}, "MaxCountRule": {"Enabled": False}}
    client.update_application_resource_lifecycle(
        ApplicationName="shop", ResourceLifecycleConfig={"VersionLifecycleConfig": off}
    )
    assert read() == ("sells", {}, {"cost": "1"})
    client.delete_application(ApplicationName="shop")
    assert client.describe_applications(ApplicationNames=["shop"])["Applications"] == []
    client.delete_application(ApplicationName="shop")


def test_an_application_version_is_read_as_it_was_applied(shop):
    client = shop.client
    bundle = {"S3Bucket": "bucket", "S3Key": "shop/v3.zip"}
    tags = [{"Key": "team", "Value": "blue"}]
    names = {"ApplicationName": "shop", "VersionLabel": "v3"}
    client.create_application_version(**names, Description="", Process=False, SourceBundle=bundle, Tags=tags)

    def read():
        answer = client.describe_application_versions(ApplicationName="shop", VersionLabels=["v3"])
        assert not answer.get("NextToken")
        return answer["ApplicationVersions"]

    (version,) = read()
    assert (version.get("Description", ""), version["SourceBundle"]) == ("", bundle)
    assert shop.tags(version["ApplicationVersionArn"]) == {"team": "blue"}
    client.update_application_version(**names, Description="third")
    assert read()[0]["Description"] == "third"
    since = shop.now() - timedelta(minutes=1)
    used = client.describe_environments(**names, IncludeDeleted=True, IncludedDeletedBackTo=since)["Environments"]
    assert used == []
    client.delete_application_version(**names, DeleteSourceBundle=False)
    assert read() == []
    assert message(client.delete_application_version, **names, DeleteSourceBundle=False)


def test_a_version_in_use_is_found_for_a_minute_after_its_environment(shop):
    client = shop.client
    names = {"ApplicationName": "shop", "VersionLabel": "v1"}
    environment = client.create_environment(EnvironmentName="shop-web", SolutionStackName=STACK, **names)
    shop.ready(environment["EnvironmentId"])

    def used():
        since = shop.now() - timedelta(minutes=1)
        answer = client.describe_environments(**names, IncludeDeleted=True, IncludedDeletedBackTo=since)
        return [environment["EnvironmentName"] for environment in answer["Environments"]]

    assert used() == ["shop-web"]
    client.terminate_environment(EnvironmentId=environment["EnvironmentId"], TerminateResources=True)
    shop.wait(environment["EnvironmentId"], ("Terminating",), "Terminated")
    assert used() == ["shop-web"]
    shop.world.advance(60)
    assert used() == []


def test_a_configuration_template_is_read_as_it_was_applied(shop):
    client = shop.client
    names = {"ApplicationName": "shop", "TemplateName": "saved"}
    asg, launch = "aws:autoscaling:asg", "aws:autoscaling:launchconfiguration"
    settings = [
        option(asg, "MinSize", "2"),
        option(launch, "InstanceType", "t3.small"),
        option(PROPERTIES, "COLOUR", "green"),
    ]
    template = client.create_configuration_template(
        **names, Description="", OptionSettings=settings, SolutionStackName=STACK
    )
    assert template["TemplateName"] == "saved"

    def read():
        (template,) = client.describe_configuration_settings(**names)["ConfigurationSettings"]
        assert (template["SolutionStackName"], template["ApplicationName"]) == (STACK, "shop")
        return template.get("Description", ""), {
            key(setting)[1]: setting.get("Value") for setting in template["OptionSettings"]
        }

    description, settings = read()
    assert (description, settings["MinSize"], settings["COLOUR"]) == ("", "2", "green")
    client.update_configuration_template(**names, Description="small")
    client.update_configuration_template(
        **names,
        OptionSettings=[option(asg, "MinSize", "3", "AWSEBAutoScalingGroup")],
        OptionsToRemove=[option(launch, "InstanceType", resource="AWSEBAutoScalingLaunchConfiguration")],
    )
    description, settings = read()
    assert (description, settings["MinSize"], settings["InstanceType"]) == ("small", "3", "t3.micro")
    client.delete_configuration_template(**names)
    for call in (client.describe_configuration_settings, client.delete_configuration_template):
        assert message(call, **names).startswith(ABSENT)
    client.delete_application(ApplicationName="shop")
    for call in (client.describe_configuration_settings, client.delete_configuration_template):
        assert message(call, **names).startswith(ABSENT)


# Each as somebody would write it: case, order and blanks are theirs.
CONFIGURED = [
    option("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced"),
    option("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
    option("aws:autoscaling:asg", "MinSize", "2"),
    option("aws:ec2:vpc", "VPCId", "vpc-0123456789abcdef0"),
    option("aws:ec2:vpc", "Subnets", "subnet-bbbbbbbb,subnet-aaaaaaaa"),
    option("aws:ec2:vpc", "AssociatePublicIpAddress", "True"),
    option("aws:elasticbeanstalk:application:environment", "COLOUR", "green"),
    option("aws:elasticbeanstalk:application:environment", "EMPTY", ""),
    option(
        "aws:elasticbeanstalk:healthreporting:system",
        "ConfigDocument",
        '{ "Version" : 1, "CloudWatchMetrics" : { "Environment" : { "ApplicationRequestsTotal" : 60 } } }',
    ),
    option("aws:elasticbeanstalk:command", "DeploymentPolicy", "Rolling"),
    option(SCHEDULED, "MinSize", "3", "Morning"),
    option(SCHEDULED, "MaxSize", "5", "Morning"),
    option(SCHEDULED, "Recurrence", "0 8 * * *", "Morning"),
]


def create(shop, **more):
    """As its create does: the call, the wait, one look for errors."""
    since = shop.now()
    parameters = {
        "ApplicationName": "shop",
        "EnvironmentName": "shop-web",
        "Tier": {"Name": "WebServer", "Type": "Standard"},
    }
    environment = shop.client.create_environment(**{**parameters, "SolutionStackName": STACK, **more})
    shop.ready(environment["EnvironmentId"])
    assert shop.errors(environment["EnvironmentId"], since) == []
    return environment["EnvironmentId"]


def test_an_environment_is_read_as_it_was_applied(shop):
    client = shop.client
    id_ = create(
        shop,
        CNAMEPrefix="shop-prefix",
        Description="",
        OptionSettings=CONFIGURED,
        VersionLabel="v1",
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    state = shop.read(id_)
    assert (state["cname_prefix"], state["version_label"]) == ("shop-prefix", "v1")
    assert (state["tier"], state["description"], state["tags"]) == ("WebServer", "", {"team": "blue"})
    assert [len(state[kind]) for kind in ("instances", "autoscaling_groups", "load_balancers", "queues")] == [
        2,
        1,
        1,
        0,
    ]
    assert {key(setting): state["settings"].get(key(setting)) for setting in CONFIGURED} == {
        key(setting): normal(setting["Value"]) for setting in CONFIGURED
    }
    update(shop, id_)
    since = shop.now()
    shop.ready(id_)
    client.terminate_environment(EnvironmentId=id_, TerminateResources=True)
    shop.wait(id_, ("Terminating",), "Terminated")
    assert shop.errors(id_, since) == []
    assert message(client.terminate_environment, EnvironmentId=id_).startswith("No Environment found")


def update(shop, id_):
    """Tags first, then everything else in one call; what is removed falls back to its default."""
    client, since = shop.client, shop.now()
    (environment,) = client.describe_environments(EnvironmentIds=[id_])["Environments"]
    tags = {"TagsToAdd": [{"Key": "team", "Value": "red"}, {"Key": "cost", "Value": "1"}], "TagsToRemove": []}
    client.update_tags_for_resource(ResourceArn=environment["EnvironmentArn"], **tags)
    shop.ready(id_)
    changed = [option(PROPERTIES, "COLOUR", "red"), option("aws:autoscaling:asg", "MinSize", "3")]
    removed = [option(PROPERTIES, "EMPTY"), option("aws:elasticbeanstalk:command", "DeploymentPolicy")]
    client.update_environment(
        EnvironmentId=id_, Description="sells", OptionSettings=changed, OptionsToRemove=removed, VersionLabel="v2"
    )
    shop.ready(id_)
    assert shop.errors(id_, since) == []
    state = shop.read(id_)
    assert (state["version_label"], state["description"]) == ("v2", "sells")
    assert state["tags"] == {"team": "red", "cost": "1"}
    assert state["settings"][PROPERTIES, "COLOUR", ""] == "red"
    assert (PROPERTIES, "EMPTY", "") not in state["settings"]
    assert state["settings"]["aws:elasticbeanstalk:command", "DeploymentPolicy", ""] == "AllAtOnce"
    assert len(state["instances"]) == 3


def test_an_environment_without_a_prefix_has_none_in_the_state(shop):
    state = shop.read(create(shop))
    assert state["cname_prefix"] == ""
    assert state["version_label"] == ""


def test_a_worker_environment_has_queues_and_no_cname(shop):
    id_ = create(shop, Tier={"Name": "Worker", "Type": "SQS/HTTP"}, VersionLabel="v1")
    state = shop.read(id_)
    assert (state["tier"], state["cname_prefix"], state["load_balancers"]) == ("Worker", "", [])
    assert any("AWSEBWorkerQueue" in url for url in state["queues"])


def test_an_apply_that_fails_says_why_and_the_next_one_does_not(shop):
    id_ = create(shop, VersionLabel="v1")
    fault = {"what": "command-fails", "where": {"version_label": "v2"}, "times": 1}
    answer = shop.world.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault)
    assert answer.status_code == 201

    def apply():
        since = shop.now()
        shop.client.update_environment(EnvironmentId=id_, VersionLabel="v2")
        shop.ready(id_)
        return shop.errors(id_, since)

    assert "Failed to deploy application." in apply()
    assert shop.read(id_)["version_label"] == "v1"
    assert apply() == []
    assert shop.read(id_)["version_label"] == "v2"


def test_an_environment_from_a_template(shop):
    names = {"ApplicationName": "shop", "TemplateName": "saved"}
    settings = [option(PROPERTIES, "COLOUR", "green")]
    shop.client.create_configuration_template(**names, OptionSettings=settings, SolutionStackName=STACK)
    parameters = {"ApplicationName": "shop", "EnvironmentName": "shop-web", "TemplateName": "saved"}
    environment = shop.client.create_environment(**parameters, Tier={"Name": "WebServer", "Type": "Standard"})
    shop.ready(environment["EnvironmentId"])
    assert shop.read(environment["EnvironmentId"])["settings"][PROPERTIES, "COLOUR", ""] == "green"


def test_the_most_recent_solution_stack_comes_first(provider):
    stacks = provider.client.list_available_solution_stacks()["SolutionStacks"]
    assert (
        next(stack for stack in stacks if re.search(r"^64bit Amazon Linux (.*) running Python 3\.14$", stack)) == STACK
    )
