"""Object stores for source bundles and saved configurations, and one in memory; `other_services.s3` is an S3 endpoint.

Without an object store no object is read, and a source bundle is only the name in the request.
"""

from collections.abc import Iterator
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple, Protocol

FORBIDDEN = HTTPStatus.FORBIDDEN.phrase


class Unreadable(Exception):
    """An object that cannot be read or written, with the reason of the store: `Not Found`, `Forbidden`."""


class Changed(Unreadable):
    """An object that has changed since it was read."""


class Stat(NamedTuple):
    """The size of an object in bytes, and a tag that changes with its content."""

    size: int
    tag: str


class ObjectReader(Protocol):
    """The calls that read S3. Every method raises Unreadable with the store's reason."""

    def size(self, bucket: str, key: str) -> int:
        """The size of an object in bytes."""

    def stat(self, bucket: str, key: str) -> Stat:
        """The size of an object and its tag."""

    def read(self, bucket: str, key: str) -> bytes:
        """The content of an object."""

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content of an object in pieces, for an object that is too large to be read at once."""

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        """The bytes of an object from `start` up to `stop`."""

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """The keys of all objects with a prefix; none if the bucket does not exist."""

    def region(self, bucket: str) -> str | None:
        """The region in which a bucket was made; None where that is not known, or where buckets have none."""


class ObjectStore(ObjectReader, Protocol):
    """The calls that read and write S3. Every method raises Unreadable with the store's reason."""

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object, or replace it."""

    def copy(self, from_bucket: str, from_key: str, bucket: str, key: str, tag: str) -> None:
        """Write a copy of an object, or replace it; raises Changed if the object has another tag."""

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, if it exists."""

    def make_bucket(self, bucket: str, region: str) -> None:
        """Create a bucket, unless it exists."""


class Shelf:
    """Objects in memory: `contents` by bucket and key; `buckets` were made, with their regions, but need not be."""

    def __init__(self) -> None:
        self.buckets: dict[str, str] = {}
        self.contents: dict[tuple[str, str], bytes] = {}

    def copied(self) -> "Shelf":
        """A copy of the shelf with the same objects."""
        other = Shelf()
        other.replace(self)
        return other

    def replace(self, other: "Shelf") -> None:
        """Replace all objects by those of another shelf."""
        self.contents, self.buckets = dict(other.contents), dict(other.buckets)

    def size(self, bucket: str, key: str) -> int:
        """The size of an object in bytes."""
        return len(self.read(bucket, key))

    def stat(self, bucket: str, key: str) -> Stat:
        """The size of an object and its tag."""
        return Stat(self.size(bucket, key), sha256(self.read(bucket, key)).hexdigest())

    def read(self, bucket: str, key: str) -> bytes:
        """The content of an object."""
        content = self.contents.get((bucket, key))
        if content is None:
            raise Unreadable("Not Found")
        return content

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content of an object, at once."""
        yield self.read(bucket, key)

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        """The bytes of an object from `start` up to `stop`."""
        return self.read(bucket, key)[start:stop]

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object, or replace it."""
        self.contents[bucket, key] = content

    def copy(self, from_bucket: str, from_key: str, bucket: str, key: str, tag: str) -> None:
        """Write a copy of an object, or replace it; raises Changed if the object has another tag."""
        if self.stat(from_bucket, from_key).tag != tag:
            raise Changed(HTTPStatus.PRECONDITION_FAILED.phrase)
        self.write(bucket, key, self.read(from_bucket, from_key))

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, if it exists."""
        self.contents.pop((bucket, key), None)

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """The keys of all objects with a prefix."""
        return tuple(key for owner, key in self.contents if owner == bucket and key.startswith(prefix))

    def region(self, bucket: str) -> str | None:
        """The region of a bucket that was made; None for any other."""
        return self.buckets.get(bucket)

    def make_bucket(self, bucket: str, region: str) -> None:
        """Note that a bucket was made; an object is written whether or not it was."""
        self.buckets[bucket] = region
