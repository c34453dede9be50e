"""Reads `Dockerrun.aws.json`, as far as a platform decides by it whether it can start the application."""

import json
from collections.abc import Mapping

from beanpole.model.applications.contents import Dockerrun
from beanpole.tables import limits

NAME = "Dockerrun.aws.json"
_LONGEST = limits.most("dockerrun_version")
_MOST = limits.most("dockerrun_containers")
_LONGEST_NAME = limits.most("dockerrun_container")


def read(content: bytes) -> Dockerrun:
    """The version that the file names, empty if it names none, and the names of its containers."""
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
        containers=_names(document.get("containerDefinitions")),
        has_image=_names_an_image(document.get("Image")),
    )


def _names_an_image(image: object) -> bool:
    name = image.get("Name") if isinstance(image, Mapping) else None
    return isinstance(name, str) and bool(name.strip())


def _names(definitions: object) -> tuple[str, ...]:
    """The names of the containers in their order; one without a name has an empty one."""
    if not isinstance(definitions, list):
        return ()
    names = (definition.get("name") if isinstance(definition, Mapping) else None for definition in definitions[:_MOST])
    return tuple(name[:_LONGEST_NAME] if isinstance(name, str) else "" for name in names)
