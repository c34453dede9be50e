"""The EB CLI, unmodified, where it looks at load balancers and instances: it has one endpoint for all services."""

import re
from typing import Any

import boto3
import pytest

from clients_environment import CREDENTIALS
from eb_cli import Eb, installed
from environments import STACK
from options import ALB, GROUP, LAUNCH, option


@pytest.mark.slow
@pytest.mark.merge
def test_status_and_ssh_find_the_instances_of_an_environment(serve: Any, tmp_path: Any) -> None:
    served = serve("--speed", "instant", "--companion", "off")
    client = boto3.client(
        "elasticbeanstalk",
        endpoint_url=served.url,
        region_name="us-east-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="secret",
    )
    eb = Eb(installed(), tmp_path, served.url, served.url)
    (tmp_path / "application.py").write_text("print('hello')\n")
    eb("init", "shop", "-r", "us-east-1", "-p", "Python 3.14")
    settings = [ALB, option(GROUP, "MinSize", "2"), option(LAUNCH, "EC2KeyName", "laptop")]
    client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK, OptionSettings=settings
    )
    client.get_waiter("environment_exists").wait(
        EnvironmentNames=["shop-web"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 200}
    )
    found = client.describe_environment_resources(EnvironmentName="shop-web")["EnvironmentResources"]["Instances"]
    status = eb("status", "-v", "shop-web")
    assert "Running instances: 2" in status
    assert re.findall(r"(i-[0-9a-f]{17}): (\w+)", status) == [(each["Id"], "healthy") for each in found]
    connected = eb("ssh", "shop-web", "-n", "1", "--custom", "echo connected to")
    assert re.search(r"connected to ec2-user@198\.51\.100\.\d+", connected)
    client.close()
