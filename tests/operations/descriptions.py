"""Environments and their settings, as they are described."""


def describe_environments(world, **asked):
    return world.client.describe_environments(**asked)["Environments"]


def settings(world, name="web1"):
    answer = world.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName=name)
    return answer["ConfigurationSettings"]


def value(described, namespace, name):
    found = [it for it in described["OptionSettings"] if (it["Namespace"], it["OptionName"]) == (namespace, name)]
    return found[0].get("Value")
