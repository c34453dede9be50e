"""A source bundle in an object store as a file; only the bytes that are read are fetched."""

from errno import EINVAL
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import Any

from beanpole.files.object_store import ObjectReader
from beanpole.tables import limits

MOST_FETCHED = limits.most("bundle_fetched")  # a longer directory is not read
_AT_ONCE = 65_536


class TooMuch(Exception):
    """More bytes would be fetched than a look into a bundle may need."""


def open_object(objects: ObjectReader, bucket: str, key: str, size: int) -> BufferedReader:
    """An object of that size as a file; reading raises Unreadable as the store does, and TooMuch beyond the bound."""
    return BufferedReader(_Object(objects, bucket, key, size), _AT_ONCE)


class _Object(RawIOBase):
    def __init__(self, objects: ObjectReader, bucket: str, key: str, size: int) -> None:
        super().__init__()
        self._objects = objects
        self._bucket_and_key = bucket, key
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
            raise OSError(EINVAL, f"a position must not be negative: {to}")
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
        content = self._objects.part(*self._bucket_and_key, self._at, stop)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
