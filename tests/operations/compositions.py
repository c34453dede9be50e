"""Compositions of environments, and what they leave."""

from options import PROPERTIES

WORKER = ("Worker", "SQS/HTTP", "1.0")
SINGLE = ("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance")
NO_MANIFEST = "Application version {} has no valid environment manifest (env.yaml): {}"


def compose(world, *labels, group="dev", **more):
    return world.client.compose_environments(
        **{"ApplicationName": "shop", "GroupName": group, "VersionLabels": list(labels)} | more
    )


def statuses(world):
    return {
        environment["EnvironmentName"]: environment["Status"]
        for environment in world.client.describe_environments()["Environments"]
    }


def property_of(world, environment, name):
    answer = world.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName=environment)
    options = answer["ConfigurationSettings"][0]["OptionSettings"]
    names = [setting for setting in options if (setting["Namespace"], setting["OptionName"]) == (PROPERTIES, name)]
    return names[0]["Value"] if names else None
