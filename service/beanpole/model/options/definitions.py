"""The definitions of the configuration options: names, defaults and bounds, and the traits that these depend on.

All of it comes from `configuration-options.yaml`; the settings of an environment are in `configuration`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain, groupby
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from beanpole.model.options.namespaces import PARAMETERS, RESOURCE_PROPERTY, SCHEDULED_ACTION
from beanpole.threads.decoders import convert

_PORT = re.compile("[1-9][0-9]{0,4}")
_LAST_PORT = 65_535

# Namespaces where a ResourceName makes two options of one name different options.
NAMED = (SCHEDULED_ACTION, RESOURCE_PROPERTY)


class OptionSetting(Struct, frozen=True):
    """An option with a value; without one it names the option only, as in OptionsToRemove."""

    namespace: str
    option_name: str
    value: str | None = None
    resource_name: str | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """The key of the option that the setting sets; sorted by it, settings are in the service's own order."""
        return (self.namespace, self.option_name, (self.namespace in NAMED and self.resource_name) or "")


class Traits(Struct, frozen=True, kw_only=True, dict=True):
    """The traits of an environment on which defaults, allowed values and the set of options depend.

    `platform` is None where the platform is not known: then options of every platform are accepted, and none is shown.
    """

    platform: frozenset[str] | None = None
    tier: str = "WebServer"
    environment_type: str = "LoadBalanced"
    load_balancer: str = "classic"
    database: bool = False

    @property
    def balanced(self) -> bool:
        """Tell whether the environment has a load balancer."""
        return self.tier == "WebServer" and self.environment_type == "LoadBalanced"

    @cached_property
    def words(self) -> frozenset[str]:
        """The traits as the catalogue spells them."""
        words = frozenset((self.tier, self.environment_type, self.load_balancer))
        return words | (self.platform or frozenset()) | (frozenset(("database",)) if self.database else frozenset())


class OptionDefinition(Struct, frozen=True, eq=False, kw_only=True, forbid_unknown_fields=True):
    """One row of `configuration-options.yaml`; the head of that file explains each member."""

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
    unlisted: bool = False
    lb: tuple[str, ...] = ()
    only: str | None = None
    platforms: tuple[str, ...] = ()
    resource: str | None = None
    severity: str = "NoInterruption"
    source: str = "inferred"

    def default_in(self, traits: Traits) -> str | None:
        """The default for an environment with these traits."""
        if not self.default_for:
            return self.default
        return next((self.default_for[word] for word in self.default_for if word in traits.words), self.default)

    def values_in(self, traits: Traits) -> tuple[str, ...]:
        """The allowed values; empty if every value is allowed."""
        return next((self.values_for[word] for word in self.values_for if word in traits.words), self.values)

    def runs_on(self, platform: frozenset[str] | None) -> bool:
        """Tell whether a platform has the option."""
        return not self.platforms or platform is None or not platform.isdisjoint(self.platforms)

    def offered_in(self, traits: Traits) -> bool:
        """Tell whether an environment with these traits has the option even if it is not set."""
        return (
            not self.unlisted
            and self.runs_on(frozenset() if traits.platform is None else traits.platform)
            and (not self.lb or (traits.balanced and traits.load_balancer in self.lb))
            and (self.only is None or self.only in traits.words)
        )

    @property
    def is_open(self) -> bool:
        """Tell whether a part of the name is the user's choice, so that the option exists only once it is set."""
        return "{" in self.namespace + self.name or self.name == "*" or self.needs_resource_name


class OptionCatalog:
    """All options, found by their own name or by a wildcard that matches it."""

    def __init__(self, definitions: tuple[OptionDefinition, ...]) -> None:
        self.definitions = definitions
        self._exact = {(definition.namespace, definition.name): definition for definition in definitions}
        self._any_name = {d.namespace: d.name for d in definitions if d.name in ("*", "{any}", "{path}")}
        self._open: dict[str, list[OptionDefinition]] = {}
        for definition in definitions:
            stem, brace, _ = definition.namespace.partition(":{")
            if brace:
                self._open.setdefault(stem, []).append(definition)
        self._defaults: dict[Traits, dict[str, tuple[OptionSetting, ...]]] = {}

    def find(self, namespace: str, name: str, traits: Traits | None = None) -> OptionDefinition | None:
        """The definition of an option, its placeholders filled; None if it does not exist, or not on this platform."""
        exact = self._exact.get((namespace, name))
        if exact and (traits is None or exact.runs_on(traits.platform)):
            return exact
        for candidate in (namespace, self._unfilled(namespace)):
            for spelling in (name, self._any_name.get(candidate, name)):
                definition = self._exact.get((candidate, spelling))
                if definition and (traits is None or definition.runs_on(traits.platform)):
                    return _filled(definition, namespace, name)
                if definition and namespace == PARAMETERS:
                    return None  # a parameter of another platform is none that the user names
        return None

    def _unfilled(self, namespace: str) -> str:
        """The namespace with a placeholder that an actual one fills; empty if none does.

        A listener has a port, which must be one, and the others have any name [inferred].
        """
        stem, _, part = namespace.rpartition(":")
        unfilled = next((definition.namespace for definition in self._open.get(stem, ())), "")
        is_port = _PORT.fullmatch(part) is not None and int(part) <= _LAST_PORT
        return unfilled if (is_port if unfilled.endswith("_port}") else part) else ""

    def offered(self, traits: Traits) -> tuple[OptionDefinition, ...]:
        """The options that DescribeConfigurationOptions lists for new settings, in the order of settings.

        An option with a placeholder in its name is not listed; `*`, which stands for any name, is.
        """
        offered = (
            option
            for option in self.definitions
            if option.offered_in(traits) and "{" not in option.namespace + option.name
        )
        return tuple(sorted(offered, key=lambda definition: (definition.namespace, definition.name)))

    def defaults(self, traits: Traits) -> tuple[OptionSetting, ...]:
        """The settings of an environment with these traits if none is set."""
        return tuple(chain.from_iterable(self._by_namespace(traits).values()))

    def defaults_of(self, namespace: str, traits: Traits) -> tuple[OptionSetting, ...]:
        """The defaults of the options of one namespace."""
        return self._by_namespace(traits).get(namespace, ())

    def _by_namespace(self, traits: Traits) -> dict[str, tuple[OptionSetting, ...]]:
        if traits not in self._defaults:
            rows = [_setting(d, traits) for d in self.definitions if d.offered_in(traits) and not d.is_open]
            rows.sort(key=lambda row: row.namespace)
            grouped = groupby(rows, key=lambda row: row.namespace)
            self._defaults[traits] = {namespace: tuple(settings) for namespace, settings in grouped}
        return self._defaults[traits]

    def opened(self, namespace: str, traits: Traits) -> Iterator[OptionSetting]:
        """The defaults of a process, listener, rule or policy, which exists as soon as any of its options is set."""
        return (_setting(definition, traits) for definition in self.unfolded(namespace, traits))

    def unfolded(self, namespace: str, traits: Traits) -> Iterator[OptionDefinition]:
        """All options of a process, listener, rule or policy."""
        for definition in self._open.get(namespace.rpartition(":")[0], ()):
            if definition.offered_in(traits):
                yield _filled(definition, namespace, definition.name)


def option_catalog(rows: Mapping[str, Any]) -> OptionCatalog:
    """The catalogue of `configuration-options.yaml`; raises msgspec.ValidationError for rows of another shape."""
    definitions = (
        convert({**group.get("every", {}), **row, "namespace": namespace, "name": name}, OptionDefinition)
        for namespace, group in rows["namespaces"].items()
        for name, row in group["options"].items()
    )
    return OptionCatalog(tuple(definitions))


def _setting(definition: OptionDefinition, traits: Traits) -> OptionSetting:
    return OptionSetting(definition.namespace, definition.name, definition.default_in(traits), definition.resource)


def _filled(definition: OptionDefinition, namespace: str, name: str) -> OptionDefinition:
    """A definition with its placeholders replaced by the parts of an actual name."""
    if (definition.namespace, definition.name) == (namespace, name):
        return definition
    _, brace, placeholder = definition.namespace.partition("{")
    resource = definition.resource
    if brace and resource:
        resource = resource.replace(brace + placeholder, namespace.rpartition(":")[2])
    return replace(definition, namespace=namespace, name=name, resource=resource)
