"""Stories of logs that were asked for and of managed actions, each held against its golden timeline."""

import pytest

STACK = "64bit Amazon Linux 2023 v4.13.7 running Python 3.14"
SINGLE = {"Namespace": "aws:elasticbeanstalk:environment", "OptionName": "EnvironmentType", "Value": "SingleInstance"}


def option(namespace, name, value):
    return {"Namespace": namespace, "OptionName": name, "Value": value}


@pytest.fixture
def launch(beanstalk):
    """`launch(*settings, **more)`: environment shop-web, Ready and at rest."""
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v1")

    def launch(*settings, **more):
        asked = {"SolutionStackName": STACK, "OptionSettings": list(settings), **more}
        beanstalk.client.create_environment(
            ApplicationName="shop", EnvironmentName="shop-web", VersionLabel="v1", **asked
        )
        beanstalk.until_ready("shop-web")
        beanstalk.advance(120)
        return beanstalk

    return launch


def since(world, mark):
    return [it for it in world.events() if it.at >= mark]


@pytest.mark.parametrize("info_type", ["tail", "bundle", "analyze"])
def test_logs(launch, golden, info_type):
    world = launch(option("aws:autoscaling:asg", "MinSize", "2"))
    mark = world.now
    world.client.request_environment_info(EnvironmentName="shop-web", InfoType=info_type)
    world.advance(60)
    golden(f"logs-{info_type}", since(world, mark))


def test_logs_of_instances_that_are_gone_by_then(launch, golden):
    world = launch(SINGLE)
    mark = world.now
    world.client.request_environment_info(EnvironmentName="shop-web", InfoType="analyze")
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    golden("logs-of-nobody", since(world, mark))
