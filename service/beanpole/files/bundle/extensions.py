"""Reads a configuration file of `.ebextensions` (docs/facts.md#configuration-files)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from beanpole import limits
from beanpole.files.bundle import documents
from beanpole.files.bundle.documents import Budget, Malformed
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import PROPERTIES

MOST_LETTERS = limits.most("document_key")
KEYS = frozenset(
    (
        "option_settings",
        "packages",
        "groups",
        "users",
        "sources",
        "files",
        "commands",
        "services",
        "container_commands",
        "Resources",
        # The other sections of a CloudFormation template, which a file may have [inferred].
        "Conditions",
        "Mappings",
        "Outputs",
        "Parameters",
    )
)


class NotAMap(Exception):
    """An entry of `option_settings` that is not a map."""


class ConfigurationFile(NamedTuple):
    """The option settings and the names of commands of a file, in the order of running; none with an `invalid_key`."""

    option_settings: tuple[OptionSetting, ...] = ()
    commands: tuple[str, ...] = ()
    container_commands: tuple[str, ...] = ()
    invalid_key: str | None = None


def read(content: bytes, budget: Budget | None = None) -> ConfigurationFile:
    """The content of a file; one with an unknown key is skipped as a whole. Raises Malformed or NotAMap."""
    document = documents.load(content, budget)
    if document is None:
        return ConfigurationFile()
    if not isinstance(document, Mapping):
        raise Malformed(f"expected a map, but found a {'list' if isinstance(document, list) else 'scalar'}")
    invalid = next((documents.name(key) for key in document if key not in KEYS), None)
    if invalid is not None:
        return ConfigurationFile(invalid_key=invalid[:MOST_LETTERS])
    return ConfigurationFile(
        option_settings=settings(document.get("option_settings")),
        commands=_names(document.get("commands")),
        container_commands=_names(document.get("container_commands")),
    )


def settings(section: Any) -> tuple[OptionSetting, ...]:
    """The option settings of either form: a map of namespaces, or a list of entries."""
    documents.check_size(text for setting in _settings(section) for text in texts(setting))
    return tuple(_settings(section))


def texts(setting: OptionSetting) -> tuple[str | None, ...]:
    """The texts of a setting that are stored."""
    return setting.namespace, setting.option_name, setting.value, setting.resource_name


def _settings(section: Any) -> Iterator[OptionSetting]:
    if isinstance(section, Mapping):
        for namespace, options in section.items():
            if not isinstance(options, Mapping):
                raise NotAMap
            for option, value in options.items():
                yield OptionSetting(documents.name(namespace), documents.name(option), documents.text(value))
    elif isinstance(section, list):
        yield from map(_entry, section)
    elif section is not None:
        raise NotAMap


def _entry(entry: Any) -> OptionSetting:
    if not isinstance(entry, Mapping):
        raise NotAMap
    return OptionSetting(
        namespace=documents.text(entry.get("namespace")) or PROPERTIES,
        option_name=documents.text(entry.get("option_name")) or "",
        value=documents.text(entry.get("value")),
        resource_name=documents.text(entry.get("resource_name")) or None,
    )


def _names(commands: Any) -> tuple[str, ...]:
    names = map(documents.name, commands if isinstance(commands, Mapping) else ())
    return tuple(sorted(name[:MOST_LETTERS] for name in names))
