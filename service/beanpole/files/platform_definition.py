"""The definition of a custom platform, read: an archive with a `platform.yaml` in it (platform-yaml-format).

Nothing of it is trusted: only that one file is unpacked, and no more of it than such a file can be long.
"""

import zlib
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import yaml

from beanpole.model.custom_platforms.custom_platform import Definition
from beanpole.model.platforms.catalog import Software

FILE = "platform.yaml"
LONGEST = 1 << 18  # bytes of the file
DEEPEST = 20  # mappings and lists in one another
SHOWN = 200  # characters of a text that the wire shows

# What zipfile raises at what is no archive, is broken, or is packed or encrypted in a way that it does not know.
DAMAGED = (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error)

# What is wrong with a definition; the sentences are ours [I].
NO_ARCHIVE = "The platform definition bundle is not a zip archive."
TOO_LARGE = "The platform definition bundle is too large."
NO_FILE = "Cannot find platform.yaml in the platform definition bundle."
TOO_LONG = "platform.yaml is too long."
NO_MAPPING = "platform.yaml is not a valid YAML mapping."
NO_VERSION = "The version in platform.yaml must be 1.0."
NO_PACKER = "The provisioner type in platform.yaml must be packer."
NO_TEMPLATE = "Cannot find the provisioner template '{template}' in the platform definition bundle."


def read(bundle: bytes) -> Definition:
    """What an archive defines; with a problem, if nothing can be built from it."""
    try:
        with ZipFile(BytesIO(bundle)) as archive:
            names = frozenset(archive.namelist())
            text = _unpacked(archive) if FILE in names else None
    except DAMAGED:
        return Definition(problem=NO_ARCHIVE)
    return Definition(problem=NO_FILE) if text is None else _read(text, names)


def _unpacked(archive: ZipFile) -> bytes:
    """The file, or so much of it that it is known to be too long."""
    if archive.getinfo(FILE).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile("packed in a way that nobody packs bundles")
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
    """Whether it is nested so deeply that the loader, which recurses in C, would take the process down."""
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
    return NO_TEMPLATE.format(template=str(template or "")[:SHOWN])


def _defined(metadata: dict[Any, Any]) -> Definition:
    def text(name: str) -> str | None:
        value = metadata.get(name)
        return value[:SHOWN] or None if isinstance(value, str) else None

    def software(name: str) -> tuple[Software, ...]:
        called = text(f"{name}_name")
        return (Software(called, text(f"{name}_version")),) if called else ()

    return Definition(
        description=text("description"),
        maintainer=text("maintainer"),
        operating_system_name=text("operating_system_name"),
        operating_system_version=text("operating_system_version"),
        languages=software("programming_language"),
        frameworks=software("framework"),
    )


def _mapping(rows: dict[Any, Any], name: str) -> dict[Any, Any]:
    found = rows.get(name)
    return found if isinstance(found, dict) else {}
