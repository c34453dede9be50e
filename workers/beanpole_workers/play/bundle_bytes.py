"""The bytes of members of bundles, for sandboxes; no other module of the workers reads an object store."""

from collections.abc import Iterator

from beanpole.files import instance_files
from beanpole.files.bundle import members
from beanpole.files.object_store import ObjectReader, Stat, Unreadable
from beanpole.model.instance.content import Member, Read
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.text import log_lines

MOST_BYTES = limits.most("archive_cached")

log = log_lines.logger(__name__)


def reader(world: World, objects: ObjectReader | None) -> Read:
    """A function that reads members of a world's bundles; an unreadable member is empty, with a line in the log."""

    whole = None if objects is None else _Whole(objects)
    read_member = instance_files.reader(whole, world.region, world.account_id)

    def read(member: Member, most: int) -> bytes:
        bundle = world.bundle(member.bundle)
        entry = None if bundle is None else bundle.directory.by_path.get(member.path)
        if entry is None:
            return b""
        try:
            return read_member(member.bundle, entry, most)
        except (Unreadable, members.Unusable) as trouble:
            log.warning("%s of bundle %s cannot be read: %s", member.path, member.bundle, trouble)
            return b""

    return read


class _Whole:
    """An object store that fetches a whole archive when a part of it is read, one archive at a time.

    A sandbox gets every member of a bundle, and a call for each member would take far longer.
    """

    def __init__(self, objects: ObjectReader) -> None:
        self._objects = objects
        self._fetched: dict[tuple[str, str], bytes | None] = {}

    def size(self, bucket: str, key: str) -> int:
        """The size of an object in bytes."""
        return self._objects.size(bucket, key)

    def stat(self, bucket: str, key: str) -> Stat:
        """The size of an object and its tag."""
        return self._objects.stat(bucket, key)

    def read(self, bucket: str, key: str) -> bytes:
        """The content of an object."""
        return self._objects.read(bucket, key)

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content of an object in pieces."""
        return self._objects.pieces(bucket, key)

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """The keys of all objects with a prefix."""
        return self._objects.keys(bucket, prefix)

    def region(self, bucket: str) -> str | None:
        """The region of a bucket."""
        return self._objects.region(bucket)

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        """The bytes of an object from `start` up to `stop`."""
        if (bucket, key) not in self._fetched:
            fits = self._objects.size(bucket, key) <= MOST_BYTES
            self._fetched = {(bucket, key): self._objects.read(bucket, key) if fits else None}
        whole = self._fetched[bucket, key]
        return self._objects.part(bucket, key, start, stop) if whole is None else whole[start:stop]
