"""A source bundle in an object store as a file, of which only what is looked at is fetched."""

from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import Any

from beanpole.files.object_store import ObjectReader

MOST_FETCHED = 16_777_216  # bytes of one bundle: a directory that is longer than that is not read
_AT_ONCE = 65_536


class TooMuch(Exception):
    """More would have to be fetched than anybody who only looks into a bundle may fetch."""


def open_object(objects: ObjectReader, bucket: str, key: str, size: int) -> BufferedReader:
    """An object of that size; reading raises Unreadable where the store cannot, and TooMuch at its bound."""
    return BufferedReader(_Object(objects, bucket, key, size), _AT_ONCE)


class _Object(RawIOBase):
    def __init__(self, objects: ObjectReader, bucket: str, key: str, size: int) -> None:
        super().__init__()
        self._objects = objects
        self._where = bucket, key
        self._size = size
        self._at = 0
        self._fetched = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        to = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence] + offset
        if to < 0:
            raise ValueError(f"there is nothing before the beginning: {to}")
        self._at = to
        return to

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        stop = min(self._at + len(buffer), self._size)
        if stop <= self._at:
            return 0
        self._fetched += stop - self._at
        if self._fetched > MOST_FETCHED:
            raise TooMuch
        content = self._objects.part(*self._where, self._at, stop)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
