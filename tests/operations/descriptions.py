"""Environments and their settings, as they are described."""


def describe_environments(world, **parameters):
    return world.client.describe_environments(**parameters)["Environments"]


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
