"""The text of a saved configuration: the YAML that `eb config get` downloads and `eb config put` uploads.

Every scalar but a null stays the text that it is: the service keeps `0755` and `yes` as they are written. An option
that is a document is a map here, as the service writes it (aws-elastic-beanstalk-cli#95), with the types of its values.
"""

import json
from typing import Any

import yaml
from msgspec import Struct

from beanpole.files.bundle import documents
from beanpole.files.bundle.parser_words import Malformed
from beanpole.model.options.definitions import NAMED, OptionSetting
from beanpole.tables import limits

VERSION = "1.1.0.0"
LONGEST = limits.most("saved_configuration")
DEEPEST = limits.most("saved_configuration_depth")  # that of a health document, whose rules have eight levels
TOO_DEEP = limits.sentence("saved_configuration_depth")

MAPS = frozenset(("ConfigDocument",))  # the options that are written as maps

_METADATA, _TIER = "EnvironmentConfigurationMetadata", "EnvironmentTier"


class Unreadable(Exception):
    """A text that is not a saved configuration; the message is the reason."""


class NamedTier(Struct, frozen=True):
    """A tier as the text names it; such a tier need not exist."""

    name: str | None = None
    type: str | None = None
    version: str | None = None


class SavedConfiguration(Struct, frozen=True, kw_only=True):
    """The content of the text; dates are in milliseconds, and an absent member is None."""

    settings: tuple[OptionSetting, ...] = ()
    description: str | None = None
    date_created: int | None = None
    date_modified: int | None = None
    solution_stack_name: str | None = None
    platform_arn: str | None = None
    tier: NamedTier | None = None
    tags: dict[str, str] = {}


class _Loader(documents.Loader):
    """A loader for which `<<` is a key as any other: without aliases there is nothing to merge."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith(":merge")]
    for first, forms in documents.Loader.yaml_implicit_resolvers.items()
}


def write(saved: SavedConfiguration) -> bytes:
    """The text of a saved configuration, with the platform's ARN if it is known, else its solution stack."""
    document: dict[str, Any] = {_METADATA: _metadata(saved)}
    if saved.platform_arn:
        document["Platform"] = {"PlatformArn": saved.platform_arn}
    elif saved.solution_stack_name:
        document["SolutionStack"] = saved.solution_stack_name
    document["OptionSettings"] = _by_namespace(saved.settings)
    if saved.tier:
        document[_TIER] = {"Name": saved.tier.name, "Type": saved.tier.type}
    document["AWSConfigurationTemplateVersion"] = VERSION
    if saved.tags:
        document["Tags"] = dict(saved.tags)
    text: bytes = yaml.dump(
        document, Dumper=yaml.CSafeDumper, encoding="utf-8", allow_unicode=True, sort_keys=False, width=10**6
    )
    return text


def read(text: bytes | str) -> SavedConfiguration:
    """The saved configuration in a text; raises Unreadable with the reason."""
    document = _document(text)
    metadata = _mapping(document, _METADATA)
    platform, tier = _mapping(document, "Platform"), _mapping(document, _TIER)
    tags = _mapping(document, "Tags")
    return SavedConfiguration(
        settings=tuple(_settings(_mapping(document, "OptionSettings"))),
        description=_text(metadata, "Description"),
        date_created=_milliseconds(metadata, "DateCreated"),
        date_modified=_milliseconds(metadata, "DateModified"),
        solution_stack_name=_text(document, "SolutionStack") or _text(platform, "SolutionStack"),
        platform_arn=_text(platform, "PlatformArn"),
        tier=NamedTier(*(_text(tier, member) for member in ("Name", "Type", "Version"))) if tier else None,
        tags={key: _text(tags, key) or "" for key in tags},
    )


def _metadata(saved: SavedConfiguration) -> dict[str, str]:
    members = {"Description": saved.description, "DateCreated": saved.date_created, "DateModified": saved.date_modified}
    return {name: str(value) for name, value in members.items() if value is not None}


def _by_namespace(settings: tuple[OptionSetting, ...]) -> dict[str, dict[str, Any]]:
    """The options by namespace, or by `Name.namespace` where options of different resources are different options."""
    options: dict[str, dict[str, Any]] = {}
    for setting in settings:
        named = setting.resource_name and setting.namespace in NAMED
        key = f"{setting.resource_name}.{setting.namespace}" if named else setting.namespace
        options.setdefault(key, {})[setting.option_name] = _written(setting)
    return options


def _written(setting: OptionSetting) -> Any:
    """The value as the text has it: a map where the option is one, if it is one."""
    try:
        document = json.loads(setting.value or "") if setting.option_name in MAPS else None
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else setting.value


def _settings(namespaces: dict[str, Any]) -> list[OptionSetting]:
    settings = []
    for key in namespaces:
        resource, dot, namespace = key.partition(".")
        named = bool(dot) and namespace.startswith("aws:")
        options = _mapping(namespaces, key)
        settings += [
            OptionSetting(namespace if named else key, name, _value(options, name), resource if named else None)
            for name in options
            if options[name] is not None
        ]
    return settings


def _document(text: bytes | str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise Unreadable(limits.sentence("saved_configuration"))
    try:
        _check_depth(text)
        document = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError) as error:
        if "maximum nesting depth" in str(error):  # the parser of PyYAML 6.0.4 looks ahead, to a bound of its own
            raise Unreadable(TOO_DEEP) from None
        content = text.encode(errors="replace") if isinstance(text, str) else text
        raise Unreadable(f"Invalid Yaml: {_in_a_line(documents.explained(content, error))}") from None
    return _checked({} if document is None else document, "The configuration")


def _check_depth(text: bytes | str) -> None:
    """Raise Unreadable for deep nesting, since the loader recurses, and for an alias, which may contain itself."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable("it has an alias")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Unreadable(TOO_DEEP)


def _in_a_line(words: str) -> str:
    return " ".join(words.split())


def _mapping(within: dict[str, Any], key: str) -> dict[str, Any]:
    value = within.get(key)
    return {} if value is None else _checked(value, key)


def _checked(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Unreadable(f"{name} must be a map")
    return {str(key): inner for key, inner in value.items()}


def _value(options: dict[str, Any], name: str) -> str | None:
    """The value of an option; a map is JSON."""
    try:
        return documents.text(options[name]) if isinstance(options[name], dict) else _text(options, name)
    except Malformed as error:
        raise Unreadable(f"{name}: {error}") from None


def _text(within: dict[str, Any], key: str) -> str | None:
    value = within.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unreadable(f"{key} must be a text")
    return str(value)


def _milliseconds(within: dict[str, Any], key: str) -> int | None:
    digits = _text(within, key)
    return int(digits) if digits and digits.isascii() and digits.isdigit() and len(digits) < 15 else None
