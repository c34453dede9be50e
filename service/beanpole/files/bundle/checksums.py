"""Unpacks the members of an archive as unzip does, and compares their checksums; the bytes are thrown away.

As unzip does, it goes by the local header of a member, unless that leaves the numbers to the directory. The words are
those of Info-ZIP 6.0, which Amazon Linux has.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from beanpole.files.bundle.names import STAGING, printable
from beanpole.files.bundle.zip_directory import Row
from beanpole.model.bundles.unzip import Unzip
from beanpole.tables import limits

MOST_BYTES = limits.most("bundle_checked")

_LOCAL = struct.Struct("<4s5H3L2H")
_AT_ONCE = 65_536
_STORED, _DEFLATED = 0, 8
_IN_DIRECTORY = 0x8  # the flag of a member whose numbers stand behind it, and in the directory
_WIDE = 0xFFFFFFFF


class _Local(NamedTuple):
    """The numbers of a member that unzip goes by, and where its bytes begin."""

    begins: int
    packed: int
    checksum: int


def failures(file: IO[bytes], rows: Iterable[Row]) -> Iterator[Unzip]:
    """The failures of unzip at members of which the bytes are damaged; more bytes than the bound are not looked at."""
    left = MOST_BYTES
    for number, row in enumerate(rows, 1):
        if row.is_encrypted or row.method not in (_STORED, _DEFLATED) or row.name.endswith("/"):
            continue
        local = _local(file, row)
        if local is None:
            words = f"file #{number}:  bad zipfile offset (local header sig):  {row.offset}"
            yield Unzip(2, words, fails_on_windows=True)
            continue
        checksum = 0
        try:
            for piece in _pieces(file, local, row.method):
                left -= len(piece)
                if left < 0:
                    return
                checksum = zlib.crc32(piece, checksum)
        except zlib.error:
            words = f"{_line(row)}\n  error:  invalid compressed data to inflate"
            yield Unzip(2, words, fails_on_windows=True)
            continue
        if checksum != local.checksum:
            words = f"{_line(row)}  bad CRC {checksum:08x}  (should be {local.checksum:08x})"
            yield Unzip(2, words, fails_on_windows=True)


def _line(row: Row) -> str:
    return f"  inflating: {STAGING}/{printable(row.name):<22}"


def _local(file: IO[bytes], row: Row) -> _Local | None:
    """The numbers in the local header of a member; None if there is none."""
    try:
        file.seek(row.offset)
        header = file.read(_LOCAL.size)
    except (OverflowError, ValueError):  # a position that no file has
        return None
    if len(header) < _LOCAL.size:
        return None
    signature, _, flags, _, _, _, checksum, packed, _, name, extra = _LOCAL.unpack(header)
    if signature != b"PK\3\4":
        return None
    begins = row.offset + _LOCAL.size + int(name) + int(extra)
    if flags & _IN_DIRECTORY:
        return _Local(begins, row.packed, row.checksum)
    return _Local(begins, row.packed if packed == _WIDE else int(packed), int(checksum))


def _pieces(file: IO[bytes], local: _Local, method: int) -> Iterator[bytes]:
    """The unpacked bytes of a member; raises zlib.error if they cannot be unpacked."""
    file.seek(local.begins)
    left = local.packed
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and (packed := file.read(min(left, _AT_ONCE))):
        left -= len(packed)
        if method == _STORED:
            yield packed
            continue
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, _AT_ONCE)
            packed = unpacker.unconsumed_tail
    if method == _DEFLATED and not unpacker.eof:
        raise zlib.error("an incomplete stream")
