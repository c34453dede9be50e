"""Logs as a client gets them: asked for, waited for by the request's events, and fetched by a plain GET."""

from io import BytesIO
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from clients.served import starting
from environments import STACK

QUICK = {"Delay": 0.1, "MaxAttempts": 200}


@pytest.fixture(scope="module")
def guarded():
    """A server whose control routes want a token."""
    with starting(10) as (start, _):
        yield start("--speed", "instant", "--control-token", "bean")


@pytest.mark.parametrize("info_type", ["tail", "bundle", "analyze"])
def test_logs_over_a_socket(guarded, info_type):
    served = guarded.of({"tail": "000000000001", "bundle": "000000000002", "analyze": "000000000003"}[info_type])
    client = served.client(region="eu-central-1")
    client.create_application(ApplicationName="shop")
    client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK)
    client.get_waiter("environment_exists").wait(EnvironmentNames=["shop-web"], WaiterConfig=QUICK)
    parameters = {"EnvironmentName": "shop-web", "InfoType": info_type}
    request_id = client.request_environment_info(**parameters)["ResponseMetadata"]["RequestId"]
    while "Pulled logs for environment instances." not in [
        event["Message"] for event in client.describe_events(RequestId=request_id)["Events"]
    ]:
        pass
    (item,) = client.retrieve_environment_info(**parameters)["EnvironmentInfo"]
    assert item["Message"].startswith(f"{served.url}/elasticbeanstalk-eu-central-1-")
    with urlopen(item["Message"], timeout=60) as answer:
        content = answer.read()
    if info_type == "bundle":
        with ZipFile(BytesIO(content)) as archive:
            assert "var/log/eb-engine.log" in archive.namelist()
    else:
        assert b"deployment 1" in content
    client.close()
