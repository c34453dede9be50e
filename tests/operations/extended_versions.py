"""Saved configurations, and application versions that bring extensions."""

from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.options.definitions import OptionSetting
from environments import STACK
from operations.descriptions import settings
from options import PROPERTIES, option

INVALID = "Configuration validation exception: Invalid option specification"


def save(world, *options, name="saved", **more):
    more.setdefault("SolutionStackName", STACK)
    parameters = {"ApplicationName": "shop", "TemplateName": name, "OptionSettings": list(options)} | more
    world.client.create_configuration_template(**parameters)


def colour(*_, value="blue"):
    return option(PROPERTIES, "COLOUR", value)


def removal(namespace, name):
    return {"Namespace": namespace, "OptionName": name}


def extend(world, label, **values):
    """Let a version have `.ebextensions` with these properties."""
    home = world.store.world("123456789012", "us-east-1")
    extensions = tuple(OptionSetting(PROPERTIES, name, text) for name, text in values.items())
    home.commit(Change(puts=(replace(home.application_version("shop", label), extensions=extensions),)))


def effective_settings(world, *names, environment="web1", draft=0):
    option_settings = {
        setting["OptionName"]: setting.get("Value")
        for setting in settings(world, environment)[draft]["OptionSettings"]
        if setting["Namespace"] == PROPERTIES
    }
    return tuple(option_settings.get(name) for name in names)
