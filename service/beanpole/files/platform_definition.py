"""Reads the definition of a custom platform: an archive with a `platform.yaml` (developer guide, platform-yaml-format).

The archive is not trusted: only that one file is unpacked, and only up to a bound.
"""

import zlib
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import yaml

from beanpole.model.custom_platforms.custom_platform import Definition
from beanpole.model.platforms.catalog import Software
from beanpole.tables import limits

FILE = "platform.yaml"
LONGEST = limits.most("platform_definition")
DEEPEST = limits.most("platform_definition_depth")
MOST_SHOWN = limits.most("platform_definition_text")

# Errors of zipfile for a file that is not an archive, is damaged, or has an unknown compression or encryption.
DAMAGED = (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error)

# Problems of a definition; the sentences are ours [I].
NO_ARCHIVE = "The platform definition bundle is not a zip archive."
TOO_LARGE = "The platform definition bundle is too large."
NO_FILE = "Cannot find platform.yaml in the platform definition bundle."
TOO_LONG = limits.sentence("platform_definition")
NO_MAPPING = limits.sentence("platform_definition_depth")
NO_VERSION = "The version in platform.yaml must be 1.0."
NO_PACKER = "The provisioner type in platform.yaml must be packer."
NO_TEMPLATE = "Cannot find the provisioner template '{template}' in the platform definition bundle."


def read(bundle: BinaryIO) -> Definition:
    """The definition in an archive; it has a problem if no platform can be built from it."""
    try:
        with ZipFile(bundle) as archive:
            names = frozenset(archive.namelist())
            text = _unpacked(archive) if FILE in names else None
    except DAMAGED:
        return Definition(problem=NO_ARCHIVE)
    return Definition(problem=NO_FILE) if text is None else _read(text, names)


def _unpacked(archive: ZipFile) -> bytes:
    """The content of the file, at most one byte more than allowed."""
    if archive.getinfo(FILE).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile("its compression is not used for bundles")
    with archive.open(FILE) as file:
        return file.read(LONGEST + 1)


def _read(text: bytes, names: frozenset[str]) -> Definition:
    if len(text) > LONGEST:
        return Definition(problem=TOO_LONG)
    try:
        rows = None if _too_deep(text) else yaml.load(text, yaml.CBaseLoader)  # every scalar stays the text that it is
    except (yaml.YAMLError, UnicodeDecodeError):
        rows = None
    if not isinstance(rows, dict):
        return Definition(problem=NO_MAPPING)
    problem = _problem(rows, names)
    return Definition(problem=problem) if problem else _defined(_mapping(rows, "metadata"))


def _too_deep(text: bytes) -> bool:
    """Tell whether a text is nested so deeply that the loader, which recurses in C, would crash the process."""
    depth = 0
    for event in yaml.parse(text, yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False


def _problem(rows: dict[Any, Any], names: frozenset[str]) -> str | None:
    provisioner = _mapping(rows, "provisioner")
    template = provisioner.get("template")
    if rows.get("version") != "1.0":
        return NO_VERSION
    if provisioner.get("type") != "packer":
        return NO_PACKER
    if isinstance(template, str) and template in names:
        return None
    return NO_TEMPLATE.format(template=str(template or "")[:MOST_SHOWN])


def _defined(metadata: dict[Any, Any]) -> Definition:
    def text(name: str) -> str | None:
        value = metadata.get(name)
        return value[:MOST_SHOWN] or None if isinstance(value, str) else None

    def software(name: str) -> tuple[Software, ...]:
        title = text(f"{name}_name")
        return (Software(title, text(f"{name}_version")),) if title else ()

    return Definition(
        description=text("description"),
        maintainer=text("maintainer"),
        operating_system_name=text("operating_system_name"),
        operating_system_version=text("operating_system_version"),
        languages=software("programming_language"),
        frameworks=software("framework"),
    )


def _mapping(rows: dict[Any, Any], name: str) -> dict[Any, Any]:
    value = rows.get(name)
    return value if isinstance(value, dict) else {}
