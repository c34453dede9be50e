"""`eb init` and `eb create` in all their forms: with options, on a terminal that asks, from a file, and as modules."""

import re
import shutil
import subprocess

import pytest
import yaml

from clients.served import settings_of
from options import GROUP, LAUNCH

SPOT = "aws:ec2:instances"
pytestmark = [pytest.mark.slow, pytest.mark.merge]

MODULE = """\
AWSConfigurationTemplateVersion: 1.1.0.0
SolutionStack: 64bit Amazon Linux 2023 v4.13.7 running Python 3.14
EnvironmentName: {}+
EnvironmentTier:
  Name: WebServer
  Type: Standard
OptionSettings:
  aws:elasticbeanstalk:environment:
    EnvironmentType: SingleInstance
"""


def described(client, name):
    (environment,) = client.describe_environments(EnvironmentNames=[name])["Environments"]
    return environment


@pytest.mark.drives("EB CLI", "create")
def test_create_sends_what_its_options_say(eb, at_once):
    client = at_once.client()
    single = eb("create", "blue", "--single", "--envvars", "A=1,B=two", "--tags", "team=blue", "--cname", "blue-shop")
    assert "CNAME: blue-shop.us-east-1.elasticbeanstalk.com" in single
    assert single.endswith("INFO    Successfully launched environment: blue\n")
    assert "WARN" not in single
    options = settings_of(client, "blue")
    assert options["aws:elasticbeanstalk:application:environment", "B"] == "two"
    assert options["aws:elasticbeanstalk:environment", "EnvironmentType"] == "SingleInstance"
    arn = described(client, "blue")["EnvironmentArn"]
    assert {"Key": "team", "Value": "blue"} in client.list_tags_for_resource(ResourceArn=arn)["ResourceTags"]
    balanced = ("--elb-type", "network", "--scale", "2", "-i", "t3.small", "-ip", "mine")
    network = ("--vpc.id", "vpc-1", "--vpc.ec2subnets", "subnet-1,subnet-2", "--vpc.elbsubnets", "subnet-1,subnet-2")
    eb("create", "green", *balanced, *network, "--vpc.publicip", "--vpc.elbpublic", "--vpc.securitygroups", "sg-1")
    options = settings_of(client, "green")
    assert options["aws:elasticbeanstalk:environment", "LoadBalancerType"] == "network"
    assert (options[GROUP, "MinSize"], options[LAUNCH, "InstanceType"], options[LAUNCH, "SecurityGroups"]) == (
        "2",
        "t3.small",
        "sg-1",
    )
    assert (options["aws:ec2:vpc", "VPCId"], options[LAUNCH, "IamInstanceProfile"]) == ("vpc-1", "mine")
    eb("create", "spot", "--enable-spot", "-it", "t3.micro,t3.small", "-im", "1", "-ix", "2", "--spot-max-price", "0.5")
    options = settings_of(client, "spot")
    assert (options[SPOT, "EnableSpot"], options[SPOT, "InstanceTypes"]) == ("true", "t3.micro,t3.small")
    assert (options[SPOT, "SpotMaxPrice"], options[GROUP, "MaxSize"]) == ("0.5", "2")
    client.close()


@pytest.mark.drives("EB CLI", "create")
def test_create_makes_workers_databases_and_samples(eb, at_once):
    client = at_once.client()
    assert "Tier: Worker-SQS/HTTP-1.0" in eb("create", "work", "-t", "worker", "--single", "--nohang")
    database = ("-db", "-db.engine", "mysql", "-db.user", "admin", "-db.pass", "confidential", "-db.size", "5")
    assert "Created RDS database named:" in eb("create", "data", "--single", *database)
    assert settings_of(client, "data")["aws:rds:dbinstance", "DBAllocatedStorage"] == "5"
    assert "Deployed Version: Sample Application" in eb("create", "sampled", "--sample", "--single")
    eb("config", "save", "sampled", "--cfg", "saved")
    eb("create", "from-file", "--cfg", "saved", "--single", "--version", "Sample Application")
    assert described(client, "from-file")["VersionLabel"] == "Sample Application"
    refused = eb("create", "none", "--version", "v0", status=4)
    assert refused == "ERROR: InvalidParameterValueError - No Application Version named 'v0' found.\n"
    assert "No Platform" not in refused
    client.close()


def test_init_makes_the_application(initialised):
    printed, written = initialised
    assert printed == "Application shop has been created.\n"
    config = yaml.safe_load(written)["global"]
    assert (config["application_name"], config["default_platform"]) == ("shop", "Python 3.14")


@pytest.mark.drives("EB CLI", "init", "create")
def test_on_a_terminal_it_asks(eb, at_once):
    eb.project = eb.project.parent / "asked"
    eb.write("application.py", "print('hello')\n")
    initialisation = eb(
        "init",
        answers=[
            ("Select a default region", "1"),
            ("Select an application", "2"),
            ("Enter Application Name", "asked"),
            ("It appears you are using Python", "n"),
            ("Select a platform.", "9"),
            ("Select a platform branch.", "1"),
            ("Do you want to set up SSH", "n"),
        ],
    )
    assert "1) Python 3.14 running on 64bit Amazon Linux 2023\n" in initialisation
    assert "Application asked has been created." in initialisation
    output = eb(
        "create",
        answers=[
            ("Enter Environment Name", "asked-web"),
            ("Enter DNS CNAME prefix", "asked"),
            ("Select a load balancer type", "2"),
            ("Would you like to enable Spot Fleet", ""),
            ("2.0+ Platforms require a service role.", ""),
        ],
    )
    assert "Your environment will be accessible at: asked.us-east-1.elasticbeanstalk.com" in output
    assert "Successfully launched environment: asked-web" in output
    client = at_once.client()
    assert described(client, "asked-web")["CNAME"] == "asked.us-east-1.elasticbeanstalk.com"
    client.close()


@pytest.mark.drives("EB CLI", "create --modules", "deploy --modules")
def test_modules_are_launched_and_deployed_together(eb, at_once):
    """It looks for events since its own present, so time must pass while it looks."""
    at_once.control("PUT", "clock", {"mode": "wall", "speed": 60})
    state = (eb.project / ".elasticbeanstalk" / "config.yml").read_text()
    for module in ("front", "back"):
        eb.write(f"{module}/application.py", "print('hello')\n")
        eb.write(f"{module}/env.yaml", MODULE.format(module))
        eb.write(f"{module}/.elasticbeanstalk/config.yml", state)
    modules = ("--modules", "front", "back", "--env-group-suffix", "dev")
    output = eb("create", *modules)
    assert set(re.findall(r"Successfully launched environment: (\S+)", output)) == {"front-dev", "back-dev"}
    deployed = eb("deploy", *modules)
    assert deployed.count("--- Creating application version for module:") == 2
    assert len(re.findall(r"(?:front|back)-dev - INFO: Environment update completed successfully\.", deployed)) == 2


@pytest.mark.drives("EB CLI", "create", "ssh")
def test_a_key_pair_leads_to_the_instances(eb, at_once):
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen, which the EB CLI calls, is not on this machine")
    folder = eb.project / ".ssh"
    folder.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", folder / "laptop"], check=True)
    output = eb("create", "keyed", "-k", "laptop", "--scale", "2")
    assert 'Uploaded SSH public key for "laptop" into EC2 for region us-east-1.' in output
    connected = eb("ssh", "keyed", "-n", "1", "--custom", "echo connected to")
    assert re.search(r"connected to ec2-user@198\.51\.100\.\d+", connected)
    assert "INFO: Running echo connected to" in connected
