"""Reads a configuration file of `.ebextensions` (docs/facts.md#configuration-files)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from beanpole.files.bundle import documents
from beanpole.files.bundle.documents import Malformed
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import PROPERTIES

MOST_LETTERS = 200  # of a key that is told of
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
        # The other sections of a CloudFormation template, which a file may bring along [inferred].
        "Conditions",
        "Mappings",
        "Outputs",
        "Parameters",
    )
)


class NotAMap(Exception):
    """An entry of `option_settings` that is no map."""


class ConfigurationFile(NamedTuple):
    """What a file sets, and the names of its commands in the order of running; with an `invalid_key`, nothing."""

    option_settings: tuple[OptionSetting, ...] = ()
    commands: tuple[str, ...] = ()
    container_commands: tuple[str, ...] = ()
    invalid_key: str | None = None


def read(content: bytes) -> ConfigurationFile:
    """A file with a key that none may have is passed over whole; raises Malformed or NotAMap."""
    said = documents.load(content)
    if said is None:
        return ConfigurationFile()
    if not isinstance(said, Mapping):
        raise Malformed(f"expected a map, but found a {'list' if isinstance(said, list) else 'scalar'}")
    invalid = next((documents.name(key) for key in said if key not in KEYS), None)
    if invalid is not None:
        return ConfigurationFile(invalid_key=invalid[:MOST_LETTERS])
    return ConfigurationFile(
        option_settings=settings(said.get("option_settings")),
        commands=_names(said.get("commands")),
        container_commands=_names(said.get("container_commands")),
    )


def settings(said: Any) -> tuple[OptionSetting, ...]:
    """The option settings of either form: a map of namespaces, or a list of entries."""
    documents.check_size(letters for it in _settings(said) for letters in texts(it))
    return tuple(_settings(said))


def texts(setting: OptionSetting) -> tuple[str | None, ...]:
    """All that is kept of a setting."""
    return setting.namespace, setting.option_name, setting.value, setting.resource_name


def _settings(said: Any) -> Iterator[OptionSetting]:
    if isinstance(said, Mapping):
        for namespace, options in said.items():
            if not isinstance(options, Mapping):
                raise NotAMap
            for option, value in options.items():
                yield OptionSetting(documents.name(namespace), documents.name(option), documents.text(value))
    elif isinstance(said, list):
        yield from map(_entry, said)
    elif said is not None:
        raise NotAMap


def _entry(said: Any) -> OptionSetting:
    if not isinstance(said, Mapping):
        raise NotAMap
    return OptionSetting(
        namespace=documents.text(said.get("namespace")) or PROPERTIES,
        option_name=documents.text(said.get("option_name")) or "",
        value=documents.text(said.get("value")),
        resource_name=documents.text(said.get("resource_name")) or None,
    )


def _names(commands: Any) -> tuple[str, ...]:
    found = map(documents.name, commands if isinstance(commands, Mapping) else ())
    return tuple(sorted(it[:MOST_LETTERS] for it in found))
