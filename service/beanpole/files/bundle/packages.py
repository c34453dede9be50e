"""Checks `package.json` as the Node.js platform does (developer guide, nodejs-platform-dependencies)."""

import json
from collections.abc import Mapping
from typing import Literal

NAME = "package.json"


def read(content: bytes) -> Literal["any-node", "no-json"] | None:
    """The problem of the file: it is not JSON, or `engines` names no version of Node.js; None if it is fine."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return "no-json"
    engines = document.get("engines") if isinstance(document, Mapping) else None
    is_named = isinstance(engines, Mapping) and bool(engines.get("node"))
    return None if is_named else "any-node"
