"""Source bundles as bytes."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
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


LOCAL, CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")
END_64, PLACE_OF_END_64, END = struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL"), struct.Struct("<4s4H2LH")
VERSION, VERSION_64, UTF_8, DAY_ONE = 20, 45, 0x800, 33  # the last is 1980-01-01, as `member` has it


def alike(names: Iterable[str], content: bytes, mode: int = 0o100644, compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive of many members with one content, byte for byte as `archived` writes it, but ten times as fast."""
    packed = content if compression == zipfile.ZIP_STORED else zlib.compress(content, wbits=-15)
    about = compression, 0, DAY_ONE, zlib.crc32(content), len(packed), len(content)
    members, directory, offset = [], [], 0
    for name in names:
        flags = 0 if name.isascii() else UTF_8
        encoded = name.encode()
        members += (LOCAL.pack(b"PK\3\4", VERSION, flags, *about, len(encoded), 0), encoded, packed)
        system = UNIX << 8 | VERSION
        rest = len(encoded), 0, 0, 0, 0, mode << 16, offset
        directory += (CENTRAL.pack(b"PK\1\2", system, VERSION, flags, *about, *rest), encoded)
        offset += LOCAL.size + len(encoded) + len(packed)
    return b"".join((*members, *directory, _end(len(directory) // 2, sum(map(len, directory)), offset)))


def _end(count: int, size: int, offset: int) -> bytes:
    """What follows a directory of a count of members and a size in bytes, at an offset; a large count needs 64 bits."""
    if count <= zipfile.ZIP_FILECOUNT_LIMIT:
        return END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
    end = END_64.pack(b"PK\6\6", END_64.size - 12, VERSION_64, VERSION_64, 0, 0, count, count, size, offset)
    place = PLACE_OF_END_64.pack(b"PK\6\7", 0, offset + size, 1)
    return end + place + END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, offset, 0)
