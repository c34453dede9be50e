"""Source bundles as bytes."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

DOS, UNIX = 0, 3  # host systems, which say what names, links and modes mean
LINK = 0o120777


def zipped(files: Mapping[str, str | bytes], **more: Any) -> bytes:
    """A zip archive of files by their names."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def zipped_links(links: Mapping[str, str]) -> bytes:
    """A zip archive of links to targets, as Unix makes them."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, target in links.items():
            archive.writestr(member(name, LINK), target)
    return packed.getvalue()


def member(name: str, mode: int = 0o100644, host: int = UNIX) -> zipfile.ZipInfo:
    """A member of an archive with any name and mode."""
    info = zipfile.ZipInfo("name")
    info.filename, info.create_system, info.external_attr = name, host, mode << 16
    return info


def archived(*files: tuple[zipfile.ZipInfo | str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive of members in this order."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content, compress_type=compression)
    return packed.getvalue()
