"""Reads `package.json`, as far as the platform speaks of it (developer guide, nodejs-platform-dependencies)."""

import json
from collections.abc import Mapping
from typing import Literal

NAME = "package.json"


def read(content: bytes) -> Literal["any-node", "no-json"] | None:
    """What is to be said of it; None if it names a version of Node.js in its `engines`."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return "no-json"
    engines = said.get("engines") if isinstance(said, Mapping) else None
    named = isinstance(engines, Mapping) and bool(engines.get("node"))
    return None if named else "any-node"
