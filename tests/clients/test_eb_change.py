"""What the EB CLI changes of environments that are there: names, options, sizes, tags, platforms, their lives."""

import json
import re

import pytest
import yaml

from clients.served import settings_of
from environments import STACK
from options import GROUP, PROPERTIES, SINGLE, option

pytestmark = [pytest.mark.slow, pytest.mark.merge]

DEPLOYED = "Successfully deployed new configuration to environment.\n"
OLDER = STACK.replace("v4.13.7", "v4.13.6")


@pytest.fixture
def client(at_once):
    client = at_once.client()
    yield client
    client.close()


def launch(client, *names, stack=STACK, **more):
    """Environments of the sample application, each a single instance with a name of its own."""
    for name in names:
        client.create_environment(
            ApplicationName="shop",
            EnvironmentName=name,
            CNAMEPrefix=f"{name}-shop",
            SolutionStackName=stack,
            **({"OptionSettings": [SINGLE]} | more),
        )
    waiter = client.get_waiter("environment_exists")
    waiter.wait(EnvironmentNames=list(names), WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})


def described(client, name, **more):
    return client.describe_environments(EnvironmentNames=[name], **more)["Environments"][0]


@pytest.mark.drives("EB CLI", "swap", "clone")
def test_names_are_swapped_and_environments_cloned(eb, client):
    eb("appversion", "--create", "--label", "v1")
    launch(client, "blue", "green", VersionLabel="v1")
    swapped = eb("swap", "blue", "-n", "green")
    assert swapped.endswith("Completed swapping CNAMEs for environments 'blue' and 'green'.\n")
    assert described(client, "blue")["CNAME"] == "green-shop.us-east-1.elasticbeanstalk.com"
    refusal = eb("clone", "blue", "-n", "copy", "--cname", "green-shop", "--exact", status=4)
    assert refusal == "ERROR: AlreadyExistsError - The CNAME prefix green-shop is already in use.\n"
    cloned = eb(
        "clone", "blue", "-n", "copy", "--cname", "copied", "--envvars", "A=1", "--tags", "team=blue", "--exact"
    )
    assert cloned.endswith("Successfully launched environment: copy\n")
    assert settings_of(client, "copy")[PROPERTIES, "A"] == "1"
    assert settings_of(client, "copy")["aws:elasticbeanstalk:environment", "EnvironmentType"] == "SingleInstance"
    assert described(client, "copy")["CNAME"] == "copied.us-east-1.elasticbeanstalk.com"


@pytest.mark.drives("EB CLI", "config", "config --display", "config --update")
def test_a_configuration_is_shown_and_changed(eb, client):
    launch(client, "blue", OptionSettings=[])
    configuration = yaml.safe_load(eb("config", "--display", "blue"))
    assert configuration["settings"]["aws:autoscaling:asg"]["MaxSize"] == "4"
    assert (
        json.loads(eb("config", "--display", "blue", "--format", "json"))["settings"].keys()
        == configuration["settings"].keys()
    )
    change = {"OptionSettings": {"aws:autoscaling:asg": {"MaxSize": "5"}}}
    assert eb("config", "--update", json.dumps(change), "blue").endswith(DEPLOYED)
    assert settings_of(client, "blue")[GROUP, "MaxSize"] == "5"
    stdin = yaml.safe_dump({"OptionSettings": {"aws:autoscaling:asg": {"MaxSize": "6"}}})
    assert eb("config", "blue", stdin=stdin).endswith(DEPLOYED)
    assert settings_of(client, "blue")[GROUP, "MaxSize"] == "6"
    eb.edit("s/MaxSize: '6'/MaxSize: '7'/")
    assert DEPLOYED.strip() in eb("config", "blue", answers=[("Environment update is starting.", "")])
    assert settings_of(client, "blue")[GROUP, "MaxSize"] == "7"


@pytest.mark.drives("EB CLI", "config save", "config list", "config get", "config put", "config delete", "config --cfg")
def test_configurations_are_saved_and_used(eb, client):
    sizes = [option(GROUP, "MinSize", "2"), option(GROUP, "MaxSize", "2")]
    launch(client, "blue", OptionSettings=sizes)
    eb("config", "save", "blue", "--cfg", "saved", "--tags", "team=blue")
    assert eb("config", "list") == "saved\n"
    file = eb.project / ".elasticbeanstalk" / "saved_configs" / "saved.cfg.yml"
    file.unlink()
    eb("config", "get", "saved")
    assert 'could not find any saved configuration with the name "gone"' in eb("config", "get", "gone")
    document = yaml.safe_load(file.read_text())
    assert document["OptionSettings"]["aws:autoscaling:asg"] == {"MaxSize": "2", "MinSize": "2"}
    document["OptionSettings"]["aws:autoscaling:asg"] = {"MaxSize": "7"}
    file.write_text(yaml.safe_dump(document))
    assert "ERROR" not in eb("config", "put", "saved")
    assert eb("config", "--cfg", "saved", "blue").endswith(DEPLOYED)
    assert settings_of(client, "blue")[GROUP, "MaxSize"] == "7"
    document["OptionSettings"]["aws:autoscaling:asg"] = {"MaxSize": "many"}
    file.write_text(yaml.safe_dump(document))
    assert "many" in eb("config", "put", "saved")
    eb("config", "delete", "saved")
    assert eb("config", "list") == ""


@pytest.mark.drives("EB CLI", "scale", "setenv", "printenv")
def test_scale_and_setenv_change_the_environment(eb, client):
    launch(client, "blue")
    output = eb("scale", "2", "blue", answers=[("Do you want to change to a load-balancing environment?", "y")])
    assert DEPLOYED.strip() in output
    assert (settings_of(client, "blue")[GROUP, "MinSize"], settings_of(client, "blue")[GROUP, "MaxSize"]) == ("2", "2")
    assert eb("setenv", "COLOUR=green", "SIZE=1", "-e", "blue").endswith(DEPLOYED)
    assert eb("setenv", "COLOUR=", "-e", "blue").endswith(DEPLOYED)
    printed = eb("printenv", "blue")
    assert "SIZE = 1" in printed
    assert "COLOUR" not in printed


@pytest.mark.drives("EB CLI", "tags")
def test_tags_adds_updates_deletes_and_lists(eb, client):
    launch(client, "blue")
    for change in (("--add", "team=blue"), ("--update", "team=red"), ("--add", "cost=1"), ("--delete", "cost")):
        assert eb("tags", "blue", *change).endswith("Environment tag update completed successfully.\n")
    assert re.search(r"^team +red *$", eb("tags", "blue", "--list"), re.MULTILINE)
    assert "cost" not in eb("tags", "blue", "--list")
    refusal = eb("tags", "blue", "--add", "team=green", status=4)
    assert "ERROR" in refusal


@pytest.mark.drives("EB CLI", "upgrade")
def test_a_platform_is_upgraded_once(eb, client):
    launch(client, "blue", stack=OLDER)
    assert eb("upgrade", "blue", "--force").endswith(DEPLOYED)
    assert described(client, "blue")["SolutionStackName"] == STACK
    assert eb("upgrade", "blue", "--force") == "Environment already on most recent platform version.\n"


@pytest.mark.drives("EB CLI", "terminate", "terminate --all", "restore")
def test_environments_end_and_come_back(eb, client):
    launch(client, "blue", "green")
    eb("appversion", "--create", "--label", "v1")
    refusal = eb("terminate", "blue", status=4, answers=[("To confirm, type the environment name:", "red")])
    assert "ERROR" in refusal
    ended = eb("terminate", "blue", answers=[("To confirm, type the environment name:", "blue")])
    assert "terminateEnvironment completed successfully." in ended
    environment = described(client, "blue", IncludeDeleted=True)
    assert environment["Status"] == "Terminated"
    restored = eb("restore", environment["EnvironmentId"])
    assert restored.endswith("Successfully launched environment: blue\n")
    assert described(client, "blue")["EnvironmentId"] == environment["EnvironmentId"]
    every = eb("terminate", "--all", "--force")
    assert "Removing application versions from s3." in every
    assert every.endswith("The application has been deleted successfully.\n")
    assert client.describe_applications()["Applications"] == []
