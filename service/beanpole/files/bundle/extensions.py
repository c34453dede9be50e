"""Reads a configuration file of `.ebextensions` (docs/facts.md#configuration-files)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from beanpole.files.bundle import commands, documents, resources, sections, templates
from beanpole.files.bundle.entries import Entries, Letters
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.files.bundle.resources import Resource
from beanpole.files.bundle.templates import Sections
from beanpole.model.bundles.configuration_file import BrokenEntry, ConfigurationFile, Section
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import PROPERTIES
from beanpole.tables import limits

MOST_LETTERS = limits.most("document_key")
SECTIONS: Mapping[Section, Callable[[Any, Entries], Iterator[Any]]] = {  # in the order in which they are carried out
    "packages": sections.packages,
    "groups": sections.groups,
    "users": sections.users,
    "sources": sections.sources,
    "files": sections.files,
    "commands": commands.read,
    "services": sections.services,
    "container_commands": commands.read,
}
KEYS = frozenset(
    (
        *SECTIONS,
        "option_settings",
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


class Extension(NamedTuple):
    """A file's option settings, its commands for an instance, and its resources; empty if it has an `invalid_key`.

    `template` has the sections of the file that belong to a template.
    """

    option_settings: tuple[OptionSetting, ...] = ()
    file: ConfigurationFile | None = None
    resources: tuple[Resource, ...] = ()
    template: Sections | None = None
    invalid_key: str | None = None


def read(path: str, content: bytes, budget: Budget, letters: Letters) -> Extension:
    """The content of a file; one with an unknown key is skipped as a whole. Raises Malformed or NotAMap."""
    document = documents.load(content, budget)
    if document is None:
        return Extension(file=ConfigurationFile(path))
    if not isinstance(document, Mapping):
        raise Malformed(f"expected a map, but found a {'list' if isinstance(document, list) else 'scalar'}")
    invalid = next((documents.name(key) for key in document if key not in KEYS), None)
    if invalid is not None:
        return Extension(invalid_key=invalid[:MOST_LETTERS])
    return Extension(
        option_settings=settings(document.get("option_settings")),
        file=_file(path, document, letters),
        resources=(
            *resources.read(document.get("Resources"), letters),
            *resources.parameters(document.get("Parameters"), letters),
            *resources.outputs(document.get("Outputs"), letters),
        ),
        template=templates.sections(document),
    )


def _file(path: str, document: Mapping[Any, Any], letters: Letters) -> ConfigurationFile:
    sections: dict[str, Any] = {}
    broken: list[BrokenEntry] = []
    for section, read_section in SECTIONS.items():
        entries = Entries(section, letters)
        sections[section] = tuple(read_section(document.get(section), entries))
        broken += entries.broken
    return ConfigurationFile(path, **sections, broken=tuple(broken))


def settings(section: Any, named: bool = False) -> tuple[OptionSetting, ...]:
    """The option settings of either form: a map of namespaces, or a list of entries.

    `named`: a namespace may have the name of a resource before it, as in `AWSEBAutoScalingGroup.aws:autoscaling:asg`.
    """
    documents.check_size(text for setting in _settings(section, named) for text in texts(setting))
    return tuple(_settings(section, named))


def texts(setting: OptionSetting) -> tuple[str | None, ...]:
    """The texts of a setting that are stored."""
    return setting.namespace, setting.option_name, setting.value, setting.resource_name


def _settings(section: Any, named: bool) -> Iterator[OptionSetting]:
    if isinstance(section, Mapping):
        for key, options in section.items():
            if not isinstance(options, Mapping):
                raise NotAMap
            namespace, resource = _named(documents.name(key)) if named else (documents.name(key), None)
            for option, value in options.items():
                yield OptionSetting(namespace, documents.name(option), documents.text(value), resource)
    elif isinstance(section, list):
        yield from map(_entry, section)
    elif section is not None:
        raise NotAMap


def _named(key: str) -> tuple[str, str | None]:
    """Namespace and resource of `Resource.namespace`, and of a namespace alone."""
    resource, dot, namespace = key.partition(".")
    return (namespace, resource) if dot and namespace.startswith("aws:") else (key, None)


def _entry(entry: Any) -> OptionSetting:
    if not isinstance(entry, Mapping):
        raise NotAMap
    return OptionSetting(
        namespace=documents.text(entry.get("namespace")) or PROPERTIES,
        option_name=documents.text(entry.get("option_name")) or "",
        value=documents.text(entry.get("value")),
        resource_name=documents.text(entry.get("resource_name")) or None,
    )
