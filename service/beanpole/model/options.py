"""The configuration options there are, and what an environment's settings come to over the options' defaults.

A setting is kept as it was given and shown as it was given. What was not given is a default, and a default depends on
the environment's traits: its platform, tier, type and load balancer. So a stored configuration is short, and its
description is computed when it is read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import chain
from typing import Any

from msgspec import Struct, convert, field
from msgspec.structs import replace

from beanpole.model.platforms import SolutionStack

ENVIRONMENT = "aws:elasticbeanstalk:environment"
PROPERTIES = "aws:elasticbeanstalk:application:environment"
PARAMETERS = "aws:cloudformation:template:parameter"
ROLLING_UPDATE = "aws:autoscaling:updatepolicy:rollingupdate"
DATABASE = "aws:rds:dbinstance"

# Where a ResourceName tells two options apart; everywhere else it only says what the option belongs to.
NAMED = ("aws:autoscaling:scheduledaction", "aws:cloudformation:template:resource:property")

# What a change costs, cheapest first; of several changes the dearest counts.
SEVERITIES = ("NoInterruption", "Unknown", "RestartApplicationServer", "RestartDatabase", "RestartEnvironment")

# Setting one of these turns RollingUpdateEnabled on, unless that is set too (using-features.rollingupdates).
_ROLLING = ("MaxBatchSize", "MinInstancesInService", "PauseTime")
IMPLIED = (ROLLING_UPDATE, PARAMETERS)  # where an option may follow from others
_DURATION = re.compile(r"PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


class OptionSetting(Struct, frozen=True):
    """An option with the value it was given; without a value it only names the option, as in OptionsToRemove."""

    namespace: str
    option_name: str
    value: str | None = None
    resource_name: str | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """Two settings of one identity set the same option; sorting by it is the service's own order."""
        return (self.namespace, self.option_name, (self.namespace in NAMED and self.resource_name) or "")


class Traits(Struct, frozen=True, kw_only=True):
    """What an option's default, its allowed values and its very presence depend on.

    `platform` is None while no platform is known: then every platform's options are accepted and none of them shown.
    """

    platform: frozenset[str] | None = None
    tier: str = "WebServer"
    environment_type: str = "LoadBalanced"
    load_balancer: str = "classic"
    database: bool = False

    @property
    def balanced(self) -> bool:
        """Whether a load balancer stands in front."""
        return self.tier == "WebServer" and self.environment_type == "LoadBalanced"

    @property
    def words(self) -> frozenset[str]:
        """The traits as the catalogue spells them."""
        words = frozenset((self.tier, self.environment_type, self.load_balancer))
        return words | (self.platform or frozenset()) | (frozenset(("database",)) if self.database else frozenset())


class OptionDefinition(Struct, frozen=True, eq=False, kw_only=True, forbid_unknown_fields=True):
    """One row of `configuration-options.yaml`, whose head says what each member means."""

    namespace: str
    name: str
    value_type: str = field(default="Scalar", name="type")
    default: str | None = None
    default_for: dict[str, str] = {}
    values: tuple[str, ...] = ()
    values_of: str | None = None
    values_for: dict[str, tuple[str, ...]] = {}
    min: int | float | None = None
    max: int | float | None = None
    max_length: int | None = None
    pattern: str | None = None
    label: str | None = None
    case_sensitive: bool = False
    enforced: bool = True
    user_defined: bool = False
    required: bool = False
    immutable: bool = False
    deprecated: bool = False
    needs_resource_name: bool = False
    lb: tuple[str, ...] = ()
    only: str | None = None
    platforms: tuple[str, ...] = ()
    resource: str | None = None
    severity: str = "NoInterruption"
    source: str = "inferred"

    def default_in(self, traits: Traits) -> str | None:
        """The value while none is set."""
        return next((self.default_for[word] for word in self.default_for if word in traits.words), self.default)

    def values_in(self, traits: Traits) -> tuple[str, ...]:
        """The allowed values; empty where any is."""
        return next((self.values_for[word] for word in self.values_for if word in traits.words), self.values)

    def runs_on(self, platform: frozenset[str] | None) -> bool:
        """Whether a platform knows the option."""
        return not self.platforms or platform is None or not platform.isdisjoint(self.platforms)

    def offered_in(self, traits: Traits) -> bool:
        """Whether such an environment has the option before anybody sets it."""
        return (
            self.runs_on(frozenset() if traits.platform is None else traits.platform)
            and (not self.lb or (traits.balanced and traits.load_balancer in self.lb))
            and (self.only is None or self.only in traits.words)
        )

    @property
    def is_open(self) -> bool:
        """Whether the user chooses a part of its name, so that it is no option before it is set."""
        return "{" in self.namespace + self.name or self.name == "*" or self.needs_resource_name


class OptionCatalog:
    """Every option, to be found by its own name or through the wildcard that covers it."""

    def __init__(self, definitions: tuple[OptionDefinition, ...]) -> None:
        self.definitions = definitions
        self._exact = {(definition.namespace, definition.name): definition for definition in definitions}
        self._any_name = {d.namespace: d.name for d in definitions if d.name in ("*", "{any}", "{path}")}
        self._open: dict[str, list[OptionDefinition]] = {}
        for definition in definitions:
            stem, brace, _ = definition.namespace.partition(":{")
            if brace:
                self._open.setdefault(stem, []).append(definition)
        self._defaults: dict[Traits, tuple[OptionSetting, ...]] = {}

    def find(self, namespace: str, name: str, traits: Traits | None = None) -> OptionDefinition | None:
        """The definition of an option, placeholders filled; None if there is none, or none on this platform."""
        for space in (namespace, next((d.namespace for d in self._open.get(namespace.rpartition(":")[0], ())), "")):
            for spelled in (name, self._any_name.get(space, name)):
                definition = self._exact.get((space, spelled))
                if definition and (traits is None or definition.runs_on(traits.platform)):
                    return _filled(definition, namespace, name)
        return None

    def offered(self, traits: Traits) -> tuple[OptionDefinition, ...]:
        """What DescribeConfigurationOptions lists: the wildcards too, sorted as settings are."""
        offered = (definition for definition in self.definitions if definition.offered_in(traits))
        return tuple(sorted(offered, key=lambda definition: (definition.namespace, definition.name)))

    def defaults(self, traits: Traits) -> tuple[OptionSetting, ...]:
        """The settings of an environment for which nobody set anything."""
        if traits not in self._defaults:
            rows = (d for d in self.definitions if d.offered_in(traits) and not d.is_open)
            self._defaults[traits] = tuple(_setting(definition, traits) for definition in rows)
        return self._defaults[traits]

    def opened(self, namespace: str, traits: Traits) -> Iterator[OptionSetting]:
        """The defaults of a process, listener, rule or policy that exists once one of its options is set."""
        for definition in self._open.get(namespace.rpartition(":")[0], ()):
            if definition.offered_in(traits):
                yield _setting(_filled(definition, namespace, definition.name), traits)


class Configuration(Struct, frozen=True, eq=False):
    """The settings of one environment, read over the defaults of its traits."""

    catalog: OptionCatalog
    settings: tuple[OptionSetting, ...]
    traits: Traits

    def value(self, namespace: str, name: str) -> str | None:
        """What an option comes to: as set, else as another setting implies, else its default."""
        implied = _implied(self) if namespace in IMPLIED else ()
        for setting in chain(self.settings, implied):
            if setting.option_name == name and setting.namespace == namespace:
                return setting.value
        definition = self.catalog.find(namespace, name, self.traits)
        return definition.default_in(self.traits) if definition else None

    def integer(self, namespace: str, name: str, absent: int = 0) -> int:
        """The value as a number; ValueError if it was never validated."""
        value = self.value(namespace, name)
        return int(value) if value else absent

    def boolean(self, namespace: str, name: str) -> bool:
        """Whether the value is `true`, in any case."""
        return (self.value(namespace, name) or "").lower() == "true"

    def seconds(self, namespace: str, name: str) -> int | None:
        """The value as a duration, `PT1M30S`; None if there is none or it is none."""
        found = _DURATION.fullmatch(self.value(namespace, name) or "")
        return reduce(lambda total, part: total * 60 + int(part or 0), found.groups(), 0) if found else None


def option_catalog(rows: Mapping[str, Any]) -> OptionCatalog:
    """Build the catalogue from `configuration-options.yaml`; msgspec.ValidationError for rows of another shape."""
    definitions = (
        convert({**space.get("every", {}), **row, "namespace": namespace, "name": name}, OptionDefinition)
        for namespace, space in rows["namespaces"].items()
        for name, row in space["options"].items()
    )
    return OptionCatalog(tuple(definitions))


def configuration(
    catalog: OptionCatalog, settings: tuple[OptionSetting, ...], stack: SolutionStack | None, tier: str = "WebServer"
) -> Configuration:
    """The configuration that settings make on a platform, `tier` being the tier's name."""
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
    """What DescribeConfigurationSettings shows: everything set, to the letter, over every default."""
    catalog, settings, traits = configuration.catalog, configuration.settings, configuration.traits
    shown = {default.identity: default for default in catalog.defaults(traits)}
    for namespace in {setting.namespace for setting in settings}:
        shown.update((default.identity, default) for default in catalog.opened(namespace, traits))
    for setting in (*_implied(configuration), *settings):
        definition = catalog.find(setting.namespace, setting.option_name, traits)
        resource = definition.resource if definition and definition.resource else setting.resource_name
        shown[setting.identity] = replace(setting, resource_name=resource)
    return tuple(shown[identity] for identity in sorted(shown))


def merge(
    settings: Iterable[OptionSetting], changes: Iterable[OptionSetting], removals: Iterable[OptionSetting] = ()
) -> tuple[OptionSetting, ...]:
    """Settings without the removals, then with the changes; of two changes to one option the later counts.

    A removal that names no resource where resources have names takes the option from all of them: so Terraform asks.
    """
    gone = {removal.identity for removal in removals}
    kept = (s for s in settings if s.identity not in gone and (*s.identity[:2], "") not in gone)
    merged = {setting.identity: setting for setting in (*kept, *changes)}
    return tuple(merged[identity] for identity in sorted(merged))


def changed(before: Iterable[OptionSetting], after: Iterable[OptionSetting]) -> tuple[OptionSetting, ...]:
    """The options whose value differs, as they are after; those that are gone have no value."""
    was = {setting.identity: setting for setting in before}
    now = {setting.identity: setting for setting in after}
    gone = {identity: replace(setting, value=None) for identity, setting in was.items() if identity not in now}
    old_values = {identity: setting.value for identity, setting in was.items()}
    both = {**now, **gone}
    return tuple(both[identity] for identity in sorted(both) if both[identity].value != old_values.get(identity))


def severity(catalog: OptionCatalog, changes: Iterable[OptionSetting]) -> str:
    """The dearest ChangeSeverity among the options changed; NoInterruption if none is."""
    found = (catalog.find(change.namespace, change.option_name) for change in changes)
    costs = [definition.severity if definition else "Unknown" for definition in found]
    return max(costs, key=SEVERITIES.index, default=SEVERITIES[0])


def _implied(configuration: Configuration) -> Iterator[OptionSetting]:
    """Options that follow from others: the list of environment properties, and rolling updates once they are tuned."""
    settings = configuration.settings
    if any(s.namespace == ROLLING_UPDATE and s.option_name in _ROLLING and s.value for s in settings):
        yield OptionSetting(ROLLING_UPDATE, "RollingUpdateEnabled", "true")
    properties = {
        setting.option_name: setting.value or ""
        for setting in (*configuration.catalog.defaults(configuration.traits), *settings)
        if setting.namespace == PROPERTIES
    }
    if properties:
        listed = ",".join(f"{name}={properties[name]}" for name in sorted(properties))
        yield OptionSetting(PARAMETERS, "EnvironmentVariables", listed)


def _setting(definition: OptionDefinition, traits: Traits) -> OptionSetting:
    return OptionSetting(definition.namespace, definition.name, definition.default_in(traits), definition.resource)


def _filled(definition: OptionDefinition, namespace: str, name: str) -> OptionDefinition:
    """The definition under the name that was asked for."""
    if (definition.namespace, definition.name) == (namespace, name):
        return definition
    _, brace, placeholder = definition.namespace.partition("{")
    resource = definition.resource
    if brace and resource:
        resource = resource.replace(brace + placeholder, namespace.rpartition(":")[2])
    return replace(definition, namespace=namespace, name=name, resource=resource)
