"""The configuration of an environment: its option settings over the defaults of the options.

A setting is stored and shown exactly as it was sent. An option that is not set has a default, which depends on the
environment's traits: its platform, tier, type and load balancer. So a stored configuration is short, and its
description is computed at each read.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, reduce

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.options.definitions import OptionCatalog, OptionSetting, Traits
from beanpole.model.options.namespaces import (
    AUTO_SCALING_GROUP,
    DATABASE,
    ENVIRONMENT,
    PARAMETERS,
    PROPERTIES,
    ROLLING_UPDATE,
)
from beanpole.model.platforms.catalog import SolutionStack

# The severities of a change, lowest first; of several changes the highest counts.
SEVERITIES = ("NoInterruption", "Unknown", "RestartApplicationServer", "RestartDatabase", "RestartEnvironment")

# To set one of these turns RollingUpdateEnabled on, unless that is set too (using-features.rollingupdates).
_ROLLING = ("MaxBatchSize", "MinInstancesInService", "PauseTime")
_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?")


class Configuration(Struct, frozen=True, eq=False, dict=True):
    """The settings of one environment, read over the defaults of its traits."""

    catalog: OptionCatalog
    settings: tuple[OptionSetting, ...]
    traits: Traits

    def value(self, namespace: str, name: str) -> str | None:
        """The effective value of an option: as set, else as another setting implies, else its default."""
        for setting in self.settings:
            if setting.option_name == name and setting.namespace == namespace:
                return setting.value
        if namespace in _IMPLIED:
            for setting in _IMPLIED[namespace](self):
                if setting.option_name == name:
                    return setting.value
        definition = self.catalog.find(namespace, name, self.traits)
        return definition.default_in(self.traits) if definition else None

    @cached_property
    def has_database(self) -> bool:
        """Tell whether there is a database: by HasCoupledDatabase, else by any database option [inferred]."""
        is_set = any(option.identity[:2] == (DATABASE, "HasCoupledDatabase") for option in self.settings)
        return self.boolean(DATABASE, "HasCoupledDatabase") if is_set else self.traits.database

    @cached_property
    def least_size(self) -> int:
        """The fewest instances that there are: the `MinSize` of the group, or the single instance."""
        alone = self.traits.environment_type == "SingleInstance"
        return 1 if alone else self.integer(AUTO_SCALING_GROUP, "MinSize", 1)

    @cached_property
    def most_size(self) -> int:
        """The most instances that there are: the `MaxSize` of the group, or the single instance."""
        alone = self.traits.environment_type == "SingleInstance"
        return 1 if alone else max(self.least_size, self.integer(AUTO_SCALING_GROUP, "MaxSize", 4))

    def integer(self, namespace: str, name: str, absent: int = 0) -> int:
        """The value as a number; ValueError if it was never validated."""
        value = self.value(namespace, name)
        return int(value) if value else absent

    def boolean(self, namespace: str, name: str) -> bool:
        """Tell whether the value is `true`, in any case."""
        return (self.value(namespace, name) or "").lower() == "true"

    def seconds(self, namespace: str, name: str) -> int | None:
        """The value in seconds, of a duration such as `PT1M30S`; None if unset or not such a duration."""
        match = _DURATION.fullmatch(self.value(namespace, name) or "")
        return reduce(lambda total, part: total * 60 + int(part or 0), match.groups(), 0) if match else None


def configuration(
    catalog: OptionCatalog, settings: tuple[OptionSetting, ...], stack: SolutionStack | None, tier: str = "WebServer"
) -> Configuration:
    """The configuration by settings on a platform, in the tier of that name."""
    bare = Configuration(catalog, settings, Traits())
    single = (bare.value(ENVIRONMENT, "EnvironmentType") or "").lower() == "singleinstance"
    traits = Traits(
        platform=frozenset(stack.traits) if stack else None,
        tier=tier,
        environment_type="SingleInstance" if single else "LoadBalanced",
        load_balancer=(bare.value(ENVIRONMENT, "LoadBalancerType") or "classic").lower(),
        database=bare.boolean(DATABASE, "HasCoupledDatabase") or any(s.namespace == DATABASE for s in settings),
    )
    return Configuration(catalog, settings, traits)


def effective(configuration: Configuration) -> tuple[OptionSetting, ...]:
    """The settings that DescribeConfigurationSettings shows: all set ones verbatim, over every default."""
    catalog, settings, traits = configuration.catalog, configuration.settings, configuration.traits
    by_identity = {default.identity: default for default in catalog.defaults(traits)}
    for namespace in {setting.namespace for setting in settings}:
        by_identity.update((default.identity, default) for default in catalog.opened(namespace, traits))
    for setting in (*_implied(configuration), *settings):
        definition = catalog.find(setting.namespace, setting.option_name, traits)
        resource = definition.resource if definition and definition.resource else setting.resource_name
        by_identity[setting.identity] = replace(setting, resource_name=resource)
    return tuple(by_identity[identity] for identity in sorted(by_identity))


def merge(
    settings: Iterable[OptionSetting], changes: Iterable[OptionSetting], removals: Iterable[OptionSetting] = ()
) -> tuple[OptionSetting, ...]:
    """Settings without the removals, then with the changes; of two changes to one option the later counts.

    A removal without a resource name removes the option from every resource: Terraform sends such removals.
    """
    removed_ids = {removal.identity for removal in removals}
    remaining = (s for s in settings if s.identity not in removed_ids and (*s.identity[:2], "") not in removed_ids)
    merged = {setting.identity: setting for setting in (*remaining, *changes)}
    return tuple(merged[identity] for identity in sorted(merged))


def differences(before: Iterable[OptionSetting], after: Iterable[OptionSetting]) -> tuple[OptionSetting, ...]:
    """The settings that differ, with the values afterwards; a removed setting has no value."""
    old = {setting.identity: setting for setting in before}
    new = {setting.identity: setting for setting in after}
    removals = {identity: replace(setting, value=None) for identity, setting in old.items() if identity not in new}
    old_values = {identity: setting.value for identity, setting in old.items()}
    both = {**new, **removals}
    return tuple(both[identity] for identity in sorted(both) if both[identity].value != old_values.get(identity))


def severity(catalog: OptionCatalog, changes: Iterable[OptionSetting]) -> str:
    """The highest ChangeSeverity among changed options; NoInterruption without any."""
    definitions = (catalog.find(change.namespace, change.option_name) for change in changes)
    severities = [definition.severity if definition else "Unknown" for definition in definitions]
    return max(severities, key=SEVERITIES.index, default=SEVERITIES[0])


def _implied(configuration: Configuration) -> Iterator[OptionSetting]:
    """Settings that other settings imply."""
    for implied in _IMPLIED.values():
        yield from implied(configuration)


def _of_rolling_updates(configuration: Configuration) -> Iterator[OptionSetting]:
    """RollingUpdateEnabled, which others of its namespace imply."""
    if any(s.namespace == ROLLING_UPDATE and s.option_name in _ROLLING and s.value for s in configuration.settings):
        yield OptionSetting(ROLLING_UPDATE, "RollingUpdateEnabled", "true")


def _of_properties(configuration: Configuration) -> Iterator[OptionSetting]:
    """The list of the environment properties."""
    properties = {
        setting.option_name: setting.value or ""
        for setting in (*configuration.catalog.defaults_of(PROPERTIES, configuration.traits), *configuration.settings)
        if setting.namespace == PROPERTIES
    }
    if properties:
        text = ",".join(f"{name}={properties[name]}" for name in sorted(properties))
        yield OptionSetting(PARAMETERS, "EnvironmentVariables", text)


_IMPLIED: dict[str, Callable[[Configuration], Iterator[OptionSetting]]] = {
    ROLLING_UPDATE: _of_rolling_updates,
    PARAMETERS: _of_properties,
}
