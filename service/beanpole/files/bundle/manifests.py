"""Reads `env.yaml`, the manifest of an environment."""

from collections.abc import Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.documents import Budget, Malformed
from beanpole.files.bundle.extensions import settings
from beanpole.model.applications.manifest import Manifest
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import WEB, WORKER, Tier


def read(content: bytes, budget: Budget | None = None) -> Manifest:
    """The manifest; unknown keys are ignored. Raises Malformed, or NotAMap for its option settings."""
    document = documents.load(content, budget)
    if document is not None and not isinstance(document, Mapping):
        raise Malformed("expected a map of what the environment is made from")
    document = document or {}
    links = _map(document, "EnvironmentLinks")
    documents.check_size(documents.name(name) for pair in links.items() for name in pair)
    return Manifest(
        environment_name=documents.text(document.get("EnvironmentName")) or None,
        solution_stack=documents.text(document.get("SolutionStack")) or None,
        cname=documents.text(document.get("CName")) or None,
        tier=_tier(document.get("EnvironmentTier")),
        links=tuple(Link(documents.name(name), documents.name(environment)) for name, environment in links.items()),
        option_settings=settings(document.get("OptionSettings")),
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
