"""Reads `env.yaml`, the manifest from which an environment is made."""

from collections.abc import Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.documents import Malformed
from beanpole.files.bundle.extensions import settings
from beanpole.model.applications.manifest import Manifest
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import WEB, WORKER, Tier


def read(content: bytes) -> Manifest:
    """What it says; keys that we do not know are passed over. Raises Malformed, NotAMap for its option settings."""
    said = documents.load(content)
    if said is not None and not isinstance(said, Mapping):
        raise Malformed("expected a map of what the environment is made from")
    said = said or {}
    links = _map(said, "EnvironmentLinks")
    documents.check_size(documents.name(it) for pair in links.items() for it in pair)
    return Manifest(
        environment_name=documents.text(said.get("EnvironmentName")) or None,
        solution_stack=documents.text(said.get("SolutionStack")) or None,
        cname=documents.text(said.get("CName")) or None,
        tier=_tier(said.get("EnvironmentTier")),
        links=tuple(Link(documents.name(name), documents.name(environment)) for name, environment in links.items()),
        option_settings=settings(said.get("OptionSettings")),
    )


def _tier(said: Any) -> Tier | None:
    if said is None:
        return None
    if not isinstance(said, Mapping):
        raise Malformed("EnvironmentTier must be a map")
    name = documents.text(said.get("Name")) or WEB.name
    usual = WORKER if name == WORKER.name else WEB
    return Tier(name, documents.text(said.get("Type")) or usual.type)


def _map(said: Mapping[Any, Any], key: str) -> Mapping[Any, Any]:
    found = said.get(key)
    if found is not None and not isinstance(found, Mapping):
        raise Malformed(f"{key} must be a map")
    return found or {}
