"""The disk of an instance as a value: what was changed, above the machine image and the bundles that are mounted.

Disks of equal content are equal, whatever order the changes had, and so are their digests.
"""

from functools import cached_property

from msgspec import DecodeError, Struct
from msgspec.msgpack import Encoder

from beanpole.model.instance import content
from beanpole.model.instance.nodes import DiskNode, File, Folder, Mount, weight
from beanpole.threads.decoders import PackDecoder

MOST_NODES = 256
MOST_BYTES = 1_000_000  # that keep the nodes
SPARE_NODES, SPARE_BYTES = 8, 4_000  # for the folders of versions, which stand beside what commands put there

STAGING, CURRENT = "/var/app/staging", "/var/app/current"


class Disk(Struct, frozen=True, array_like=True, dict=True):
    """The nodes that deployments put there, in alphabetical order of their absolute paths.

    It is `open` after a program that was recorded and not carried out, whose effect is unknown.
    """

    nodes: tuple[tuple[str, DiskNode], ...] = ()
    is_open: bool = False

    @cached_property
    def by_path(self) -> dict[str, DiskNode]:
        """The nodes by path."""
        return dict(self.nodes)

    @cached_property
    def weight(self) -> int:
        """The number of bytes that keep the nodes."""
        return sum(weight(path, node) for path, node in self.nodes)

    @cached_property
    def bundles(self) -> frozenset[str]:
        """The digests of the bundles that the disk refers to; it cannot be read without them."""
        digests: frozenset[str] = frozenset()
        for _, node in self.nodes:
            if isinstance(node, Mount):
                digests |= {node.bundle} - {""}
            elif isinstance(node, File):
                digests |= content.bundles(node.content)
        return digests

    @cached_property
    def encoded(self) -> bytes:
        """The bytes that are kept; equal disks have equal ones."""
        return _ENCODER.encode(self)

    @cached_property
    def digest(self) -> str:
        """The digest of the encoded disk, which names it."""
        return content.digest(self.encoded)


FRESH = Disk()
_ENCODER = Encoder()
_DECODER = PackDecoder[Disk](Disk)


def disk_of(nodes: dict[str, DiskNode], is_open: bool, weighs: int | None = None) -> Disk:
    """The disk with these nodes, and their weight if the caller knows it."""
    disk = Disk(tuple(sorted(nodes.items(), key=lambda item: item[0])), is_open)
    disk.__dict__["by_path"] = nodes
    if weighs is not None:
        disk.__dict__["weight"] = weighs
    return disk


def decode(encoded: bytes) -> Disk:
    """The disk that was encoded; ValueError for other bytes, and for more than a disk may hold."""
    try:
        disk = _DECODER.decode(encoded)
        for path, node in disk.nodes:
            _check(path, node)
    except (DecodeError, RecursionError, ValueError) as error:
        raise ValueError(f"These bytes are no disk: {error}") from None
    paths = [path for path, _ in disk.nodes]
    if paths != sorted(set(paths)):
        raise ValueError("The paths of a disk are in alphabetical order.")
    if len(paths) > MOST_NODES + SPARE_NODES or disk.weight > MOST_BYTES + SPARE_BYTES:
        raise ValueError(f"A disk has at most {MOST_NODES} nodes and {MOST_BYTES} bytes.")
    return disk


def _check(path: str, node: DiskNode) -> None:
    """ValueError for a node that no command would have made."""
    parts = path.split("/")
    if "\0" in path or parts[0] or (path != "/" and not {"", ".", ".."}.isdisjoint(parts[1:])):
        raise ValueError(f"{path[:64]!a} is no absolute path")
    if isinstance(node, File):
        content.check(node.content)
    if isinstance(node, File | Folder | Mount) and not 0 <= node.mode <= 0o7777:
        raise ValueError(f"{path[:64]!a} has no mode")
