"""Finds out which file of a container a bundle is that is no archive, as Docker's platforms do.

They look at the file, not at its key: JSON is a Dockerrun.aws.json, another text a Dockerfile [inferred]; a file with
the name of one of the two, or of a docker-compose.yml, is that file.
"""

import json
from typing import BinaryIO, NamedTuple

from beanpole.files.bundle import dockerrun
from beanpole.model.applications.contents import Dockerrun
from beanpole.tables import limits

MOST_BYTES = limits.most("bundle_file")
ARCHIVES = (".zip", ".jar", ".war", ".ear", ".gz", ".tgz", ".tar", ".7z", ".rar")  # endings that promise an archive
COMPOSE = ("docker-compose.yml", "docker-compose.yaml")


class SingleFile(NamedTuple):
    """The name under which the platform takes the file; None if it takes it under none."""

    name: str | None
    dockerrun: Dockerrun | None = None


def read(name: str, file: BinaryIO) -> SingleFile:
    """The file with a key that ends in `name`."""
    file.seek(0)
    content = file.read(MOST_BYTES + 1)
    if name.lower().endswith(ARCHIVES) or not content.strip() or not _is_text(content):
        return SingleFile(None)
    if name in COMPOSE:
        return SingleFile(COMPOSE[0])
    if name == dockerrun.NAME or (name != "Dockerfile" and _is_json(content)):
        return SingleFile(dockerrun.NAME, dockerrun.read(content))
    return SingleFile("Dockerfile")


def _is_text(content: bytes) -> bool:
    try:
        content[:MOST_BYTES].decode()
    except UnicodeDecodeError as error:
        return len(content) > MOST_BYTES and error.start > MOST_BYTES - 4
    return b"\0" not in content


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False
