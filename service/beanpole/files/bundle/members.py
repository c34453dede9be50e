"""The bytes of one member of a source bundle, read from where the object store keeps the bundle.

An archive is not trusted: whatever it says, no more bytes are fetched or unpacked than the bound.
"""

import struct
import zlib
from typing import Literal

from beanpole.files.object_store import ObjectReader
from beanpole.model.bundles.directory import WHOLE, Entry
from beanpole.tables import limits

MOST_BYTES = limits.most("bundle_member")

_STORED, _DEFLATED = 0, 8
_LOCAL = struct.Struct("<4s5H3L2H")


class Unusable(Exception):
    """A member whose bytes cannot be had: `damaged`, `too-long`, or packed in a way that has no bound (`method`)."""

    def __init__(self, why: Literal["damaged", "too-long", "method"]) -> None:
        super().__init__(why)
        self.why = why


def read(objects: ObjectReader, bucket: str, key: str, entry: Entry, most: int = MOST_BYTES) -> bytes:
    """The bytes of a member, at most `most`; raises Unusable, and Unreadable as the object store does.

    The bundle is the object `key` of `bucket`; those of a version are where `naming.bundle_copy` says.
    """
    if entry.offset == WHOLE:
        return _bounded(objects.part(bucket, key, 0, min(entry.size, most + 1)) if entry.size else b"", most)
    header = objects.part(bucket, key, entry.offset, entry.offset + _LOCAL.size)
    start = entry.offset + local_length(header)
    packed = min(entry.packed, packed_at_most(entry, most))
    return unpacked(objects.part(bucket, key, start, start + packed) if packed else b"", entry.method, most)


def local_length(header: bytes) -> int:
    """The length of a local header with the name and the extra field behind it; raises Unusable."""
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise Unusable("damaged")
    *_, name, extra = _LOCAL.unpack(header[: _LOCAL.size])
    return _LOCAL.size + int(name) + int(extra)


def unpacked(content: bytes, method: int, most: int) -> bytes:
    """The bytes of packed content; raises Unusable."""
    if method == _STORED:
        return _bounded(content, most)
    if method != _DEFLATED:
        raise Unusable("method")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = unpacker.decompress(content, most + 1)
    except zlib.error:
        raise Unusable("damaged") from None
    if len(data) <= most and not unpacker.eof:
        raise Unusable("damaged")
    return _bounded(data, most)


def packed_at_most(entry: Entry, most: int) -> int:
    """The number of packed bytes that tells whether they have more than `most`: packing adds some to each block."""
    return most + 1 if entry.method == _STORED else most + most // 1000 + 1024


def _bounded(content: bytes, most: int) -> bytes:
    if len(content) > most:
        raise Unusable("too-long")
    return content
