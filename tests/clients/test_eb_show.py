"""What the EB CLI shows of environments: status, health, events, logs, lists, addresses."""

import re
from zipfile import ZipFile

import pytest

from environments import STACK
from options import ALB, GROUP, option

pytestmark = [pytest.mark.slow, pytest.mark.merge]


@pytest.fixture
def balanced(eb, at_once):
    """An environment called blue of a version v1: two instances behind an application load balancer."""
    client = at_once.client()
    eb("appversion", "--create", "--label", "v1")
    client.create_environment(
        ApplicationName="shop",
        EnvironmentName="blue",
        SolutionStackName=STACK,
        VersionLabel="v1",
        OptionSettings=[ALB, option(GROUP, "MinSize", "2")],
    )
    waiter = client.get_waiter("environment_exists")
    waiter.wait(EnvironmentNames=["blue"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    client.close()
    eb("use", "blue")
    return eb


@pytest.mark.drives("EB CLI", "status", "list", "use", "printenv", "open", "console")
def test_status_and_lists_show_what_is_there(balanced, at_once):
    eb, client = balanced, at_once.client()
    eb("create", "classic", "--elb-type", "classic", "--envvars", "COLOUR=green")
    ids = client.describe_environment_resources(EnvironmentName="blue")["EnvironmentResources"]["Instances"]
    status = eb("status", "-v", "blue")
    assert "Status: Ready\n  Health: Green\n  Running instances: 2\n" in status
    assert re.findall(r"(i-[0-9a-f]{17}): (\w+)", status) == [(row["Id"], "healthy") for row in ids]
    assert re.findall(r"(i-[0-9a-f]{17}): (\w+)", eb("status", "-v", "classic"))[0][1] == "InService"
    assert eb("list") == "* blue\nclassic\n"
    assert eb("list", "--all") == "* blue\nclassic\n"
    assert f"* blue : {[row['Id'] for row in ids]}" in eb("list", "--verbose")
    eb("use", "classic")
    assert "Environment details for: classic" in eb("status")
    assert "COLOUR = green" in eb("printenv")
    address = client.describe_environments(EnvironmentNames=["blue"])["Environments"][0]["CNAME"]
    eb("console", "blue")
    eb.variables["SSH_CLIENT"] = "here"  # over ssh it opens a browser by itself, whose output can be seen
    assert eb("open", "blue") == f"opens http://{address}\n"
    client.close()


@pytest.mark.drives("EB CLI", "health", "events")
def test_health_and_events_follow_the_environment(balanced, at_once):
    eb = balanced
    table = eb("health", "blue")
    assert table.count("Deployed   1") == 2
    assert re.search(r"Overall +Ok", table)
    followed = eb.start("health", "blue", "--refresh")
    followed.until("Overall")
    at_once.control("POST", "faults", {"what": "high-cpu", "where": {"environment": "blue"}})
    followed.until("Degraded")
    followed.type("q")
    assert followed.end().status == 0
    assert "Successfully launched environment: blue" in eb("events", "blue")
    events = eb.start("events", "blue", "--follow")
    events.until("Successfully launched environment: blue")
    eb("setenv", "COLOUR=green", "--environment", "blue")
    events.until("Successfully deployed new configuration to environment.")
    events.interrupt()
    assert events.end().status == 5


@pytest.mark.drives("EB CLI", "health")
def test_basic_health_is_that_of_the_load_balancer(eb, at_once):
    eb("create", "blue", "--scale", "2", "--nohang")
    client = at_once.client()
    client.get_waiter("environment_exists").wait(
        EnvironmentNames=["blue"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 200}
    )
    basic = [{"Namespace": "aws:elasticbeanstalk:healthreporting:system", "OptionName": "SystemType", "Value": "basic"}]
    client.update_environment(EnvironmentName="blue", OptionSettings=basic)
    client.get_waiter("environment_updated").wait(
        EnvironmentNames=["blue"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 200}
    )
    table = eb("health", "blue")
    assert len(re.findall(r"i-[0-9a-f]{17} +running +healthy", table)) == 2
    client.close()


@pytest.mark.drives(
    "EB CLI", "logs", "logs --all", "logs --zip", "logs --analyze", "logs --cloudwatch-logs", "logs --stream"
)
def test_logs_are_shown_fetched_and_analysed(balanced, at_once):
    eb = balanced
    folder = eb.project / ".elasticbeanstalk" / "logs"
    (first, second) = re.findall(r"=+ (i-[0-9a-f]{17}) =+", eb("logs", "blue"))
    assert re.search(r"web: version v1 \(deployment 1\) started", eb("logs", "blue", "--instance", first))
    eb("logs", "--all", "blue")
    assert {path.name for path in (folder / "latest").iterdir()} == {first, second}
    assert (folder / "latest" / first / "var" / "log" / "eb-engine.log").is_file()
    eb("logs", "--zip", "blue")
    (archive,) = folder.glob("*.zip")
    with ZipFile(archive) as bundle:
        assert sum(name.endswith("var/log/eb-engine.log") for name in bundle.namelist()) == 2
    assert "All 4 commands on 2 instance(s) ended well." in eb("logs", "--analyze", "blue")
    enabled = eb("logs", "--cloudwatch-logs", "enable", "-cls", "all", "blue")
    assert "Successfully deployed new configuration to environment.\n" in enabled
    streamed = eb("logs", "blue")
    assert f"= {first} - /aws/elasticbeanstalk/blue/var/log/eb-engine.log =" in streamed
    assert f"[{second}] " in streamed
    assert '"status":"Ok"' in eb("logs", "--cloudwatch-log-source", "environment-health", "blue")
    followed = eb.start("logs", "--stream", "--instance", first, "blue")
    followed.until(f"[{first}] ")
    followed.interrupt()
    followed.end()
    disabled = eb("logs", "--cloudwatch-logs", "disable", "blue")
    assert "Successfully deployed new configuration to environment.\n" in disabled
