"""The EB CLI where no companion answers the other services."""

import re

import pytest

from eb_cli import Eb
from environments import STACK
from options import ALB, GROUP, LAUNCH, option


@pytest.mark.slow
@pytest.mark.merge
def test_status_and_ssh_need_no_companion(serve, eb_commands, tmp_path, initialised):
    served = serve("--speed", "instant", "--companion", "off")
    client = served.client()
    eb = Eb(eb_commands, tmp_path, served.url, served.account)
    eb.write(".elasticbeanstalk/config.yml", initialised[1])
    client.create_application(ApplicationName="shop")
    settings = [ALB, option(GROUP, "MinSize", "2"), option(LAUNCH, "EC2KeyName", "laptop")]
    client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK, OptionSettings=settings
    )
    client.get_waiter("environment_exists").wait(
        EnvironmentNames=["shop-web"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 200}
    )
    instances = client.describe_environment_resources(EnvironmentName="shop-web")["EnvironmentResources"]["Instances"]
    status = eb("status", "-v", "shop-web")
    assert "Running instances: 2" in status
    assert re.findall(r"(i-[0-9a-f]{17}): (\w+)", status) == [(instance["Id"], "healthy") for instance in instances]
    connected = eb("ssh", "shop-web", "-n", "1", "--custom", "echo connected to")
    assert re.search(r"connected to ec2-user@198\.51\.100\.\d+", connected)
    client.close()
