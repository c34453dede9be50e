"""The files of an instance as somebody sees them who looks: links followed, and content read from the bundles."""

from collections.abc import Callable

from beanpole import limits
from beanpole.files.bundle import members
from beanpole.files.bundle.members import Unusable
from beanpole.files.object_store import ObjectReader, Unreadable
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.instance import content
from beanpole.model.instance.content import Member
from beanpole.model.instance.disk import Disk
from beanpole.model.instance.machine_image import Unknown
from beanpole.model.instance.nodes import File, Link, Mount, Node, is_folder
from beanpole.model.instance.tree import LINKS, Failure, Tree
from beanpole.model.names import naming

MOST_BYTES = limits.most("instance_file")
_TARGET = 4_096  # bytes of the target of a link

Bundles = Callable[[str], Bundle | None]  # by digest
ReadMember = Callable[[str, Entry, int], bytes]  # of the bundle with a digest, at most so many bytes


class InstanceFiles:
    """The files on a disk; paths are absolute."""

    def __init__(self, disk: Disk, bundles: Bundles, read_member: ReadMember) -> None:
        self._bundles = bundles
        self._read_member = read_member
        self._tree = Tree(disk, self._directory)

    def real(self, path: str) -> tuple[str, bool] | None:
        """What a path leads to, without links, and whether it is a folder; None if nothing is known to be there."""
        found = self._find(path)
        return None if found is None else (found[0], is_folder(found[1]))

    def node(self, path: str) -> Node | None:
        """What stands at a path, behind links."""
        found = self._find(path)
        return None if found is None else found[1]

    def names(self, path: str) -> tuple[str, ...]:
        """The names in the folder at a path without links, as far as they are known."""
        return self._tree.names(path)

    def read(self, path: str) -> bytes:
        """The content of the file at a path without links; raises ValueError, with the reason, if it cannot be read."""
        node = self._tree.at(path)
        if not isinstance(node, File):
            raise ValueError("it is no file")
        if not content.is_known(node.content):
            raise ValueError("nobody knows its content: it was downloaded, or belongs to the machine image")
        data = content.render(node.content, self._member, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
        return data

    def _find(self, path: str) -> tuple[str, Node] | None:
        """The path without links, and what stands there; the targets of links in bundles are read on the way."""
        for _ in range(LINKS + 1):
            try:
                real = self._tree.real(path)
                node = self._tree.at(real)
                return None if node is None else (real, node)
            except Failure:
                return None
            except Unknown as unknown:
                if not self._learns(str(unknown)):
                    return None
        return None

    def _learns(self, path: str) -> bool:
        """Read the target of the link at a path, if one of a bundle stands there."""
        if not isinstance(self._tree.found(path), Link):
            return False
        digest, entry = self._entry(path)
        if entry is None or entry.size > _TARGET:
            return False
        try:
            target = self._bytes(digest, entry, _TARGET).decode()
        except ValueError:
            return False
        self._tree = self._tree.renewed(path, Link(target))
        return True

    def _entry(self, path: str) -> tuple[str, Entry | None]:
        """The bundle that shows a path, and its member there."""
        above, nodes = path, self._tree.disk.by_path
        while above not in nodes and above != "/":
            above = above.rpartition("/")[0] or "/"
        mount = nodes.get(above)
        if not isinstance(mount, Mount) or not mount.bundle:
            return "", None
        below = f"{mount.path}/{path[len(above) :].lstrip('/')}".strip("/")
        return mount.bundle, self._directory_of(mount.bundle).by_path.get(below)

    def _member(self, member: Member, most: int) -> bytes:
        entry = self._directory_of(member.bundle).by_path.get(member.path)
        if entry is None:
            raise ValueError("its source bundle is not there any more")
        return self._bytes(member.bundle, entry, MOST_BYTES)[:most]

    def _bytes(self, digest: str, entry: Entry, most: int) -> bytes:
        try:
            return self._read_member(digest, entry, most)
        except Unusable as unusable:
            raise ValueError(f"its source bundle cannot be unpacked: {unusable.why}") from None
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
