"""Reads `Dockerrun.aws.json`, as far as a platform decides by it whether it can start the application."""

import json
from collections.abc import Mapping

from beanpole import limits
from beanpole.model.applications.contents import Dockerrun

NAME = "Dockerrun.aws.json"
_LONGEST = limits.most("dockerrun_version")


def read(content: bytes) -> Dockerrun:
    """The version that the file names, empty if it names none, and whether it defines containers."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Dockerrun(is_json=False)
    if not isinstance(document, Mapping):
        return Dockerrun()
    version = document.get("AWSEBDockerrunVersion")
    named = isinstance(version, str | int | float) and not isinstance(version, bool)
    return Dockerrun(
        version=str(version).strip()[:_LONGEST] if named else "",
        has_containers=bool(document.get("containerDefinitions")),
    )
