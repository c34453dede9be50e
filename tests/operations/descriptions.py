"""Environments and their settings, as they are described."""


def describe_environments(world, **parameters):
    return world.client.describe_environments(**parameters)["Environments"]


def environment_names(world, **parameters):
    return [environment["EnvironmentName"] for environment in describe_environments(world, **parameters)]


def update_options(world, *options, **more):
    """Update web1, and wait until it is Ready."""
    world.client.update_environment(EnvironmentName="web1", OptionSettings=list(options), **more)
    world.until_ready("web1")


def settings(world, name="web1"):
    answer = world.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName=name)
    return answer["ConfigurationSettings"]


def value(described, namespace, name):
    option_settings = [
        setting
        for setting in described["OptionSettings"]
        if (setting["Namespace"], setting["OptionName"]) == (namespace, name)
    ]
    return option_settings[0].get("Value")
