"""Environments and their settings, as they are described."""


def describe_environments(world, **asked):
    return world.client.describe_environments(**asked)["Environments"]


def settings(world, name="web1"):
    answer = world.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName=name)
    return answer["ConfigurationSettings"]


def value(described, namespace, name):
    found = [
        setting
        for setting in described["OptionSettings"]
        if (setting["Namespace"], setting["OptionName"]) == (namespace, name)
    ]
    return found[0].get("Value")
