"""Unmodified clients over a real socket, through a whole life, at once and on a manual clock."""

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest
from awscli.clidriver import create_clidriver

from clients_environment import environment
from environments import STACK
from options import PROPERTIES, SINGLE, option

QUICK = {"Delay": 0.1, "MaxAttempts": 200}
COLOUR = option(PROPERTIES, "COLOUR", "green")
LIFE = [
    "Successfully launched environment: blue",
    "New application version was deployed to running EC2 instances.",
    "Successfully deployed new configuration to environment.",
    "Environment update completed successfully.",
    "Completed swapping CNAMEs for environments 'blue' and 'green'.",
    "terminateEnvironment completed successfully.",
    "The application has been deleted successfully.",
]


@pytest.fixture(params=["instant", "manual"])
def served(request, account):
    """A server as an account sees it, whose waits end by themselves, or whose clock is moved by hand."""
    manual = request.param == "manual"
    account.control("PUT", "clock", {"mode": "manual"} if manual else {"mode": "wall", "speed": "instant"})
    account.until = until(account, manual)
    return account


def until(served, manual):
    """What moves time to where an environment has a status; at `instant` the client's own waiter is enough."""

    def move(name, status):
        if manual:
            served.control("POST", "clock/advance", {"until": {"environment": name, "status": status}})

    return move


def test_the_whole_life_of_an_environment_by_boto3(served):
    client = served.client()

    def wait(waiter, name, status="Ready"):
        served.until(name, status)
        client.get_waiter(waiter).wait(ApplicationName="shop", EnvironmentNames=[name], WaiterConfig=QUICK)

    client.create_application(ApplicationName="shop", Description="a shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    for name in ("blue", "green"):
        client.create_environment(
            ApplicationName="shop",
            EnvironmentName=name,
            CNAMEPrefix=f"{name}-shop",
            SolutionStackName=STACK,
            VersionLabel="v1",
            OptionSettings=[SINGLE],
        )
        wait("environment_exists", name)
    client.update_environment(EnvironmentName="blue", VersionLabel="v2")
    wait("environment_updated", "blue")
    client.update_environment(EnvironmentName="blue", OptionSettings=[COLOUR])
    wait("environment_updated", "blue")
    client.swap_environment_cnames(SourceEnvironmentName="blue", DestinationEnvironmentName="green")
    for name in ("blue", "green"):
        wait("environment_updated", name)
    environments = {
        environment["EnvironmentName"]: environment for environment in client.describe_environments()["Environments"]
    }
    assert environments["blue"]["CNAME"] == "green-shop.us-east-1.elasticbeanstalk.com"
    assert (environments["blue"]["VersionLabel"], environments["green"]["VersionLabel"]) == ("v2", "v1")
    for name in ("blue", "green"):
        client.terminate_environment(EnvironmentName=name)
        wait("environment_terminated", name, "Terminated")
    client.delete_application(ApplicationName="shop")
    messages = [event["Message"] for event in client.describe_events(ApplicationName="shop")["Events"]]
    assert [message for message in LIFE if message not in messages] == []
    client.close()


@pytest.fixture
def aws_cli(monkeypatch):
    """`aws_cli(*arguments)` is what the AWS CLI prints, run in this process: a process of its own takes a second."""
    data = os.environ["AWS_DATA_PATH"]  # set where awscli is imported
    for name in os.environ.keys() - environment().keys():
        monkeypatch.delenv(name)
    for name, value in environment(AWS_DATA_PATH=data).items():
        monkeypatch.setenv(name, value)
    driver = create_clidriver()

    def run(*arguments):
        with redirect_stdout(StringIO()) as printed, redirect_stderr(StringIO()) as refusal:
            status = driver.main(list(arguments))
        assert status == 0, refusal.getvalue()
        return printed.getvalue()

    return run


def test_the_whole_life_of_an_environment_by_the_aws_cli(served, aws_cli, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", served.account)

    def aws(*arguments):
        printed = aws_cli("elasticbeanstalk", *arguments, "--endpoint-url", served.url, "--output", "json")
        return json.loads(printed) if printed.strip() else None

    def status(name):
        return aws("describe-environments", "--environment-names", name)["Environments"][0]["Status"]

    def reach(name, target):
        served.until(name, target)
        while status(name) != target:
            pass

    aws("create-application", "--application-name", "shop")
    aws("create-application-version", "--application-name", "shop", "--version-label", "v2")
    created = aws(
        *("create-environment", "--application-name", "shop", "--environment-name", "blue"),
        *("--solution-stack-name", STACK, "--option-settings", json.dumps([SINGLE])),
    )
    assert created["Status"] == "Launching"
    reach("blue", "Ready")
    assert aws("update-environment", "--environment-name", "blue", "--version-label", "v2")["Status"] == "Updating"
    reach("blue", "Ready")
    assert aws("terminate-environment", "--environment-name", "blue")["Status"] == "Terminating"
    reach("blue", "Terminated")
    aws("delete-application", "--application-name", "shop")
    messages = [event["Message"] for event in aws("describe-events", "--application-name", "shop")["Events"]]
    assert messages[0] == "The application has been deleted successfully."
    assert "Successfully launched environment: blue" in messages


def test_the_aws_cli_shows_a_refusal(account):
    """The AWS CLI as a user starts it."""
    command = [sys.executable, "-m", "awscli", "elasticbeanstalk", "delete-configuration-template"]
    command += ["--application-name", "shop", "--template-name", "saved", "--endpoint-url", account.url]
    variables = environment(AWS_MAX_ATTEMPTS="1")
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 255
    refusal = "(InvalidParameterValue) when calling the DeleteConfigurationTemplate operation"
    assert f"{refusal}: No Application named 'shop' found." in ran.stderr
