"""Updates of every kind through the API: policies, settings, and what is asked for."""

from options import COMMAND, ENVIRONMENT, GROUP, LAUNCH, PROPERTIES, ROLLING_UPDATE, options

SPLITTING = "aws:elasticbeanstalk:trafficsplitting"
SINGLE = options(ENVIRONMENT, EnvironmentType="SingleInstance")
BALANCED = options(ENVIRONMENT, LoadBalancerType="application")
TWO = [*BALANCED, *options(GROUP, MinSize="2")]
THREE = [*BALANCED, *options(GROUP, MinSize="3")]
ONE_BY_ONE = options(COMMAND, BatchSize="1", BatchSizeType="Fixed")
GREEN = options(PROPERTIES, COLOUR="green")
LARGER = options(LAUNCH, InstanceType="m5.large")
BY_TIME = options(ROLLING_UPDATE, RollingUpdateEnabled="true")
BY_HEALTH = options(ROLLING_UPDATE, RollingUpdateEnabled="true", RollingUpdateType="Health")
IMMUTABLY = options(ROLLING_UPDATE, RollingUpdateEnabled="true", RollingUpdateType="Immutable")
V2 = {"VersionLabel": "v2"}


def policy(name):
    return [*options(COMMAND, DeploymentPolicy=name), *ONE_BY_ONE]


def settings(*parts):
    return {"OptionSettings": [setting for one in parts for setting in one]}


POLICIES = {
    "deploy-rolling": [TWO, policy("Rolling")],
    "deploy-rolling-and-draining": [
        *[TWO, policy("Rolling")],
        options("aws:elasticbeanstalk:environment:process:default", DeregistrationDelay="60"),
    ],
    "deploy-rolling-with-additional-batch": [TWO, policy("RollingWithAdditionalBatch")],
    "deploy-immutable": [THREE, policy("Immutable")],
    "deploy-immutable-single-instance": [SINGLE, policy("Immutable")],
    "deploy-traffic-splitting": [TWO, policy("TrafficSplitting"), options(SPLITTING, NewVersionPercent="20")],
}


def open_shop(client):
    """Make an application with two versions."""
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
