"""Reads the central directory of a zip archive: its members as they are named there, and where their bytes begin.

The archive is not trusted: no count and no position in it is believed, and only what `Row` holds is kept of a member.
"""

import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_MEMBER = struct.Struct("<4s6H3L5H2L")
_EXTRA = struct.Struct("<2H")
_COMMENT = 65_535  # the longest comment behind the end record
_UTF8, _ENCRYPTED = 0x800, 0x1
_WIDE = 0xFFFFFFFF
_ZIP64 = 1


class Damaged(Exception):
    """An archive whose directory cannot be read."""


class Row(NamedTuple):
    """A member: its name as it is written, its host system (0 DOS, 3 Unix), its checksum, and where its bytes are."""

    name: str
    host: int
    attributes: int
    is_encrypted: bool
    method: int
    packed: int
    size: int
    offset: int
    checksum: int


def read(file: IO[bytes]) -> Iterator[Row] | None:
    """The members in their order; None if the file is no archive. Raises Damaged, also while they are read."""
    size = file.seek(0, 2)
    start = max(0, size - _END.size - _COMMENT)
    file.seek(start)
    tail = file.read(size - start)
    position = tail.rfind(b"PK\5\6")
    if position < 0 or len(tail) - position < _END.size:
        return None
    end = _END.unpack_from(tail, position)
    length, offset, at = end[5], end[6], start + position
    wide = _wide_end(file, at)
    if wide is not None:
        length, offset, at = wide
    begins = at - length
    if begins < 0 or offset > begins:
        raise Damaged
    file.seek(begins)
    return _rows(file.read(length), begins - offset)


def _wide_end(file: IO[bytes], end: int) -> tuple[int, int, int] | None:
    """Length and position of the directory, and where it ends, as a zip64 record says; None if there is none."""
    at = end - _END64_LOCATOR.size
    if at < _END64.size:
        return None
    file.seek(at)
    signature, _, _, _ = _END64_LOCATOR.unpack(_exactly(file, _END64_LOCATOR.size))
    if signature != b"PK\6\7":
        return None
    at -= _END64.size
    file.seek(at)
    record = _END64.unpack(_exactly(file, _END64.size))
    if record[0] != b"PK\6\6":
        raise Damaged
    return record[8], record[9], at


def _exactly(file: IO[bytes], length: int) -> bytes:
    content = file.read(length)
    if len(content) != length:
        raise Damaged
    return content


def _rows(directory: bytes, shift: int) -> Iterator[Row]:
    """`shift` is the number of bytes before the archive, as in a self-extracting archive."""
    at, end = 0, len(directory)
    while at < end:
        if end - at < _MEMBER.size:
            raise Damaged
        values = _MEMBER.unpack_from(directory, at)
        signature, version, _, flags, method, _, _, checksum, packed, size, name_length, extra_length, comment = values[
            :13
        ]
        attributes, offset = values[15:]
        at += _MEMBER.size
        name, extra = directory[at : at + name_length], directory[at + name_length : at + name_length + extra_length]
        at += name_length + extra_length + comment
        if signature != b"PK\1\2" or at > end:
            raise Damaged
        if packed == _WIDE or size == _WIDE or offset == _WIDE:
            size, packed, offset = _widened(extra, size, packed, offset)
        is_utf8 = flags & _UTF8 or name.isascii()  # in which both are the same, and one is fast
        decoded = name.decode("utf-8" if is_utf8 else "cp437", errors="replace")
        is_encrypted = bool(flags & _ENCRYPTED)
        yield Row(decoded, version >> 8, attributes, is_encrypted, method, packed, size, offset + shift, checksum)


def _widened(extra: bytes, *values: int) -> list[int]:
    """Size, packed size and position; those that do not fit stand in a zip64 field, in this order."""
    at, wide = 0, b""
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == _ZIP64:
            wide = extra[at : at + length]
        at += length
    numbers = []
    for value in values:
        if value == _WIDE:
            if len(wide) < 8:
                raise Damaged
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        numbers.append(value)
    return numbers
