"""Checks a Dockerfile and a docker-compose.yml, as far as Docker refuses them before it fetches anything."""

import re

from beanpole.files.bundle import documents

DOCKERFILE, COMPOSE = "Dockerfile", "docker-compose.yml"
_STAGE = re.compile(rb"^[ \t]*FROM\s", re.MULTILINE | re.IGNORECASE)


def builds(content: bytes) -> bool:
    """Tell whether a Dockerfile begins a stage, without which there is nothing to build [C: start-camunda#20]."""
    return _STAGE.search(content) is not None


def composes(content: bytes) -> bool:
    """Tell whether a docker-compose.yml is a map in YAML; Compose knows tags and keys that are not looked at here."""
    return documents.is_map(content)
