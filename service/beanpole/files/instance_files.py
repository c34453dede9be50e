"""The files of an instance as a reader sees them: links followed, and content read from the bundles."""

from collections.abc import Callable

from beanpole.files.bundle import members
from beanpole.files.bundle.members import Unusable
from beanpole.files.object_store import ObjectReader, Unreadable
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.instance import content
from beanpole.model.instance.content import Content, Member
from beanpole.model.instance.disk import Disk
from beanpole.model.instance.machine_image import Unknown
from beanpole.model.instance.nodes import File, Node, is_folder
from beanpole.model.instance.tree import FileSystemError, Tree
from beanpole.model.names import naming
from beanpole.tables import limits

MOST_BYTES = limits.most("instance_file")

Bundles = Callable[[str], Bundle | None]  # by digest
ReadMember = Callable[[str, Entry, int], bytes]  # of the bundle with a digest, at most so many bytes


class InstanceFiles:
    """The files on a disk; paths are absolute."""

    def __init__(self, disk: Disk, bundles: Bundles, read_member: ReadMember) -> None:
        self._bundles = bundles
        self._read_member = read_member
        self._tree = Tree(disk, self._directory)

    def real(self, path: str) -> tuple[str, bool] | None:
        """The target of a path, without links, and whether it is a folder; None if nothing is known to be there."""
        place = self._find(path)
        return None if place is None else (place[0], is_folder(place[1]))

    def names(self, path: str) -> tuple[str, ...]:
        """The names in the folder at a path without links, as far as they are known."""
        return self._tree.names(path)

    def below(self, path: str, name: str) -> Node | None:
        """The node of a name in the folder at a path without links, a link itself; None if it is not known."""
        return self._tree.known_at(f"{path.rstrip('/')}/{name}")

    def content(self, path: str) -> Content:
        """The content of the file at a path without links, as a value; raises ValueError if no file stands there."""
        node = self._tree.at(path)
        if not isinstance(node, File):
            raise ValueError("it is no file")
        return node.content

    def read(self, path: str) -> bytes:
        """The bytes of the file at a path without links; raises ValueError, with the reason, if it cannot be read."""
        return self.rendered(self.content(path))

    def rendered(self, body: Content) -> bytes:
        """The bytes of a content on this disk; raises ValueError, with the reason, if it cannot be read."""
        if not content.is_known(body):
            raise ValueError("nobody knows its content: it was downloaded, or belongs to the machine image")
        data = content.render(body, self._member, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
        return data

    def _find(self, path: str) -> tuple[str, Node] | None:
        """The path without links, and what stands there."""
        try:
            real = self._tree.real(path)
            node = self._tree.at(real)
        except (FileSystemError, Unknown):
            return None
        return None if node is None else (real, node)

    def _member(self, member: Member, most: int) -> bytes:
        entry = self._directory_of(member.bundle).by_path.get(member.path)
        if entry is None:
            raise ValueError("its source bundle is not there any more")
        return self._bytes(member.bundle, entry, MOST_BYTES)[:most]

    def _bytes(self, digest: str, entry: Entry, most: int) -> bytes:
        try:
            return self._read_member(digest, entry, most)
        except Unusable as unusable:
            too_long, broken = f"it has more than {most} bytes", f"its source bundle is broken: {unusable.why}"
            raise ValueError(too_long if unusable.why == "too-long" else broken) from None
        except Unreadable as unreadable:
            raise ValueError(f"its source bundle cannot be read: {unreadable}") from None

    def _directory(self, digest: str) -> Directory | None:
        bundle = self._bundles(digest)
        return None if bundle is None else bundle.directory

    def _directory_of(self, digest: str) -> Directory:
        return self._directory(digest) or Directory()


def reader(objects: ObjectReader | None, region: str, account_id: str) -> ReadMember:
    """The reader of the copies of source bundles that the service keeps for an account in a region."""

    def read(digest: str, entry: Entry, most: int) -> bytes:
        if objects is None:
            raise Unreadable("no object store is configured")
        bucket, key = naming.bundle_copy(region, account_id, digest)
        return members.read(objects, bucket, key, entry, most)

    return read
