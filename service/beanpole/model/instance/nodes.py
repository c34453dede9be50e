"""The nodes of an instance's disk: files, folders, links, mounts, and paths that are absent."""

from msgspec import Struct
from msgspec.msgpack import Encoder

from beanpole.model.instance.content import EMPTY, Content

USER = "webapp"  # who owns what is unzipped, and runs the application
_ENCODER = Encoder()


class File(Struct, frozen=True, array_like=True, tag="f"):
    """A file; `mode` are its permission bits."""

    content: Content = EMPTY
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"


class Folder(Struct, frozen=True, array_like=True, tag="d"):
    """A folder that holds the nodes below it and nothing else; an `open` one may hold more."""

    mode: int = 0o755
    owner: str = "root"
    group: str = "root"
    is_open: bool = False


class Symlink(Struct, frozen=True, array_like=True, tag="l"):
    """A symbolic link; the target of one in a bundle is None where the reader of bundles has not looked at it."""

    target: str | None
    owner: str = "root"
    group: str = "root"


class Mount(Struct, frozen=True, array_like=True, tag="m"):
    """A folder that shows the folder `path` of the bundle with the digest `bundle`, under the nodes below it.

    All that it shows has its owner and group, and the mode that unzip gives it without the bits of `mask`. An `open`
    one may hold more. The empty digest stands for the machine image; `path` is absolute then.
    """

    bundle: str
    path: str = ""
    mode: int = 0o755
    owner: str = USER
    group: str = USER
    mask: int = 0
    is_open: bool = False


class Absent(Struct, frozen=True, array_like=True, tag="a"):
    """The absence of a node that the bundle or the machine image has."""


Node = File | Folder | Symlink | Mount  # a node that is there
DiskNode = Node | Absent  # what a disk keeps


def weight(path: str, node: DiskNode) -> int:
    """The number of bytes that keep a node."""
    return len(path.encode()) + len(_ENCODER.encode(node))


def is_folder(node: Node | None) -> bool:
    """Tell whether a node is a folder."""
    return isinstance(node, Folder | Mount)
