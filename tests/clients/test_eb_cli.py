"""The EB CLI, unmodified, against a served beanpole: what it prints, where it stops waiting, and how it ends.

It waits five seconds wherever it waits at all, so everything that waits goes on at once.
"""

from concurrent.futures import ThreadPoolExecutor
from zipfile import ZipFile

import boto3
import pytest
import yaml

from clients_environment import CREDENTIALS
from eb_cli import Eb, installed
from environments import STACK
from servers import s3_server

ENVIRONMENTS = ("deployed", "broken", "ended", "left", "right")


@pytest.fixture(scope="module")
def everything_else():
    """The services that it calls beside Elastic Beanstalk, moto's."""
    with s3_server() as url:
        yield url


@pytest.fixture
def served(serve, everything_else):
    return serve("--speed", "instant", "--object-store", everything_else)


@pytest.fixture
def client(served):
    client = boto3.client(
        "elasticbeanstalk",
        endpoint_url=served.url,
        region_name="us-east-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="secret",
    )
    yield client
    client.close()


@pytest.fixture
def eb(tmp_path, served, everything_else):
    """`eb` in a project with one file, initialised for an application named shop."""
    eb = Eb(installed(), tmp_path, served.url, everything_else)
    (tmp_path / "application.py").write_text("print('hello')\n")
    assert "Application shop has been created." in eb("init", "shop", "-r", "us-east-1", "-p", "Python 3.14")
    return eb


@pytest.fixture
def environments(client, eb):
    """They are there, each a single instance with version v1, without anybody having waited."""
    single = ("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance")
    option = dict(zip(("Namespace", "OptionName", "Value"), single, strict=True))
    client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    client.create_application_version(ApplicationName="shop", VersionLabel="bad")
    asked = {"ApplicationName": "shop", "SolutionStackName": STACK, "VersionLabel": "v1", "OptionSettings": [option]}
    for name in ENVIRONMENTS:
        client.create_environment(EnvironmentName=name, CNAMEPrefix=f"{name}-shop", **asked)
    waiter = client.get_waiter("environment_exists")
    waiter.wait(EnvironmentNames=list(ENVIRONMENTS), WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})


def at_once(eb, **commands):
    """What each command prints; a number before its words is the status that it ends with."""
    with ThreadPoolExecutor(len(commands)) as pool:
        going = {name: pool.submit(eb, *words, status=status) for name, (status, *words) in commands.items()}
        return {name: it.result() for name, it in going.items()}


@pytest.mark.slow
@pytest.mark.merge
def test_the_life_of_environments(eb, environments, client, served):
    fault = {"what": "command-fails", "where": {"version_label": "bad"}}
    served.control("POST", "faults", fault)
    waited = at_once(
        eb,
        create=(0, "create", "balanced", "--scale", "2", "--tags", "team=blue"),
        deploy=(0, "deploy", "deployed", "--label", "v2"),
        fail=(4, "deploy", "broken", "--version", "bad"),
        swap=(0, "swap", "left", "-n", "right"),
        terminate=(0, "terminate", "ended", "--force"),
    )
    assert "CNAME: UNKNOWN" in waited["create"]
    assert waited["create"].endswith("Successfully launched environment: balanced\n")
    assert "Upload Complete." in waited["deploy"]
    assert waited["deploy"].endswith("Environment update completed successfully.\n")
    assert waited["fail"].endswith("ERROR: ServiceError - Failed to deploy application.\n")
    assert waited["swap"].endswith("Completed swapping CNAMEs for environments 'left' and 'right'.\n")
    assert waited["terminate"].endswith("terminateEnvironment completed successfully.\n")
    found = {it["EnvironmentName"]: it for it in client.describe_environments(ApplicationName="shop")["Environments"]}
    assert (found["deployed"]["VersionLabel"], found["broken"]["VersionLabel"]) == ("v2", "v1")
    assert found["left"]["CNAME"] == "right-shop.us-east-1.elasticbeanstalk.com"
    assert found["ended"]["Status"] == "Terminated"
    reads(eb)
    aborts(eb, client, served)


def reads(eb):
    """What else it shows, and what it keeps in the project."""
    shown = at_once(
        eb,
        status=(0, "status", "broken"),
        events=(0, "events", "deployed"),
        health=(0, "health", "balanced"),
        tail=(0, "logs", "deployed"),
        bundle=(0, "logs", "balanced", "--zip"),
        save=(0, "config", "save", "balanced", "--cfg", "saved"),
    )
    assert "Deployed Version: v1" in shown["status"]
    assert "Status: Ready\n  Health: Red" in shown["status"]
    assert "New application version was deployed to running EC2 instances." in shown["events"]
    assert shown["health"].count("Deployed   1") == 2
    assert "web: version v2 (deployment 2) started" in shown["tail"]
    (archive,) = (eb.project / ".elasticbeanstalk" / "logs").glob("*.zip")
    with ZipFile(archive) as bundle:
        assert sum(name.endswith("var/log/eb-engine.log") for name in bundle.namelist()) == 2
    saved = eb.project / ".elasticbeanstalk" / "saved_configs" / "saved.cfg.yml"
    settings = yaml.safe_load(saved.read_text())["OptionSettings"]
    assert settings["aws:autoscaling:asg"] == {"MaxSize": "2", "MinSize": "2"}


def aborts(eb, client, served):
    """On a clock that nobody moves an update goes on for as long as it takes to abort it."""
    served.control("PUT", "clock", {"mode": "manual"})
    client.update_environment(EnvironmentName="deployed", VersionLabel="v1")
    assert 'Aborting update to environment "deployed".' in eb("abort", "deployed")
    served.control("POST", "clock/advance", {"until": {"environment": "deployed", "status": "Ready"}})
    told = [it["Message"] for it in client.describe_events(EnvironmentName="deployed", MaxRecords=2)["Events"]]
    assert "Failed to deploy application." in told
    assert client.describe_environments(EnvironmentNames=["deployed"])["Environments"][0]["VersionLabel"] == "v2"
