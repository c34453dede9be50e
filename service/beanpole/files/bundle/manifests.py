"""Reads `env.yaml`, the manifest of an environment."""

from collections.abc import Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.extensions import settings
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.model.applications.manifest import Manifest
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import WEB, WORKER, Tier


def read(_path: str, content: bytes, budget: Budget, _letters: Letters) -> Manifest:
    """The manifest; unknown keys are ignored. Raises Malformed, or NotAMap for its option settings."""
    document = documents.load(content, budget)
    if document is not None and not isinstance(document, Mapping):
        raise Malformed("expected a map of what the environment is made from")
    document = document or {}
    links = _map(document, "EnvironmentLinks")
    platform, tags = _map(document, "Platform"), _map(document, "Tags")
    documents.check_size(documents.name(name) for pairs in (links, tags) for pair in pairs.items() for name in pair)
    return Manifest(
        environment_name=documents.text(document.get("EnvironmentName")) or None,
        solution_stack=documents.text(document.get("SolutionStack")) or None,
        platform_arn=documents.text(platform.get("PlatformArn")) or None,
        cname=documents.text(document.get("CName")) or None,
        tier=_tier(document.get("EnvironmentTier")),
        links=tuple(Link(documents.name(name), documents.name(environment)) for name, environment in links.items()),
        option_settings=settings(document.get("OptionSettings"), named=True),
        tags={documents.name(key): documents.name(value) for key, value in tags.items()},
    )


def _tier(section: Any) -> Tier | None:
    if section is None:
        return None
    if not isinstance(section, Mapping):
        raise Malformed("EnvironmentTier must be a map")
    name = documents.text(section.get("Name")) or WEB.name
    default = WORKER if name == WORKER.name else WEB
    return Tier(name, documents.text(section.get("Type")) or default.type)


def _map(document: Mapping[Any, Any], key: str) -> Mapping[Any, Any]:
    value = document.get(key)
    if value is not None and not isinstance(value, Mapping):
        raise Malformed(f"{key} must be a map")
    return value or {}
