"""Reads the custom resources and the outputs of all configuration files of a bundle, once nothing is wrong with them.

A resource of the environment's own template is not custom: a file only overrides its properties. Conditions count as
true.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.parser_words import Malformed
from beanpole.model.bundles.template import Output, Template, TemplateResource
from beanpole.model.environment.custom_resources import TYPES
from beanpole.model.environment.resources import KINDS
from beanpole.tables import limits

MOST = limits.most("bundle_names")
MOST_LETTERS = limits.most("template_value")
SECTIONS = ("Resources", "Outputs", "Parameters", "Mappings", "Conditions")
# Resources of the template of every environment that no kind stands for [inferred].
OWN = frozenset(
    (
        *("AWSEBAutoScalingLaunchConfiguration", "AWSEBBeanstalkMetadata", "AWSEBInstanceLaunchWaitCondition"),
        *("AWSEBInstanceLaunchWaitHandle", "AWSEBUpdateWaitCondition", "AWSEBUpdateWaitConditionHandle"),
        *("AWSEBWorkerCronLeaderRegistry", "AWSEBRDSDBSubnetGroup", "AWSEBLoadBalancerListenerRule"),
        *(kind.logical_id for kind in KINDS.values() if kind.logical_id.startswith("AWSEB")),
    )
)

Sections = Mapping[str, Mapping[Any, Any]]


def sections(document: Mapping[Any, Any]) -> Sections:
    """The sections of a configuration file that belong to a template."""
    named = {name: document.get(name) for name in SECTIONS}
    return {name: section for name, section in named.items() if isinstance(section, Mapping)}


def merged(files: Iterable[Sections]) -> Template | None:
    """The template that files make together: where two name one thing, a later property counts; None without any."""
    together: dict[str, dict[str, dict[Any, Any]]] = {name: {} for name in SECTIONS}
    for file in files:
        for section, entries in file.items():
            for key, members in entries.items():
                _overlay(together[section].setdefault(documents.name(key), {}), members)
    template = Template(
        tuple(islice(_resources(together["Resources"]), MOST)),
        tuple(_outputs(together["Outputs"])),
        tuple(_parameters(together["Parameters"])),
    )
    return template if template.resources or template.outputs else None


def _overlay(entry: dict[Any, Any], members: Any) -> None:
    """Put the members of a later file over those of an entry, property by property."""
    if not isinstance(members, Mapping):
        return
    properties = members.get("Properties")
    before = entry.get("Properties")
    entry.update(members)
    if isinstance(before, Mapping) and isinstance(properties, Mapping):
        entry["Properties"] = {**before, **properties}


def _resources(entries: Mapping[str, Mapping[Any, Any]]) -> Iterator[TemplateResource]:
    for name, members in entries.items():
        type_ = members.get("Type")
        if isinstance(type_, str) and name not in OWN:
            properties = members.get("Properties") if type_ in TYPES else None
            yield TemplateResource(name, str(type_), (_json(properties) or "") if properties else "")


def _outputs(entries: Mapping[str, Mapping[Any, Any]]) -> Iterator[Output]:
    for name, members in islice(entries.items(), MOST):
        value, words, export = _json(members.get("Value")), members.get("Description"), members.get("Export")
        if value is None or not (name.isascii() and name.isalnum()):
            continue
        description = str(words)[:MOST_LETTERS] if isinstance(words, str) else None
        yield Output(name, value, description, _json(export.get("Name")) if isinstance(export, Mapping) else None)


def _parameters(entries: Mapping[str, Mapping[Any, Any]]) -> Iterator[tuple[str, str]]:
    for name, members in islice(entries.items(), MOST):
        default = members.get("Default")
        if isinstance(default, str) and len(default) <= MOST_LETTERS:
            yield name, str(default)


def _json(value: Any) -> str | None:
    """A value as JSON; None for nothing, and for what is longer than is kept."""
    try:
        text = documents.text([value])
    except Malformed:
        return None
    return None if value is None or text is None else text[1:-1]
