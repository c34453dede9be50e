"""The files that a disk shows: its nodes above the directories of bundles, above the machine image.

A tree is a value; a change gives another tree. Nothing here needs a byte of a bundle.
"""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.bundles.directory import Directory
from beanpole.model.instance import machine_image
from beanpole.model.instance.content import Member
from beanpole.model.instance.disk import FRESH, MOST_BYTES, MOST_NODES, Disk, disk_of
from beanpole.model.instance.machine_image import Unknown
from beanpole.model.instance.nodes import Absent, DiskNode, File, Folder, Mount, Node, Symlink, is_folder, weight

Layers = Callable[[str], Directory | None]  # the directory of a bundle by its digest

NO_SUCH = "No such file or directory"
NOT_A_FOLDER = "Not a directory"
TOO_MANY_LINKS = "Too many levels of symbolic links"
TOO_LONG = "File name too long"
_KERNEL = ("/dev/", "/proc/", "/sys/")  # what stands there is no file
STEPS = 256  # that the links of a path may add
LINKS = 40  # that a path may lead through, as in Linux
NAME_BYTES, PATH_BYTES = 255, 4_095  # as in Linux


class FileSystemError(Exception):
    """A refusal of the system, with its own text."""


class TooMuch(Exception):
    """More than a disk holds."""


class Tree(Struct, frozen=True):
    """A disk above the layers that it needs; a path is absolute, and may hold `.`, `..` and links.

    What would take more than a disk may hold raises TooMuch, while the tree is bounded.
    """

    disk: Disk
    layers: Layers
    is_bounded: bool = True

    def look(self, path: str) -> Node | None:
        """The node at a path, links followed; None if nothing is there, or if it is unknown."""
        try:
            return self.at(self.real(path))
        except (FileSystemError, Unknown):
            return None

    def real(self, path: str, follow: bool = True) -> str:
        """The path without links, `.` and `..`; its last part need not exist, and is no link if `follow`."""
        if len(path.encode()) > PATH_BYTES:
            raise FileSystemError(TOO_LONG)
        todo, base, links = _parts(path), "", 0
        for _ in range(STEPS + len(todo)):
            if not todo:
                break
            name = todo.pop()
            if name == "/":  # the end of a link that asks for a folder
                _check_folder(self.known_at(base or "/"))
            elif name == "..":
                base = base.rpartition("/")[0]
            elif isinstance(node := self._passed(base, name, not todo, follow), Symlink):
                links += 1
                if links > LINKS:
                    raise FileSystemError(TOO_MANY_LINKS)
                target = _target(node, f"{base}/{name}")
                todo += ["/"] * target.endswith(("/", "/.")) + _parts(target)
                base = "" if target.startswith("/") else base
            else:
                base = f"{base}/{name}"
        if todo:
            raise TooMuch
        return base or "/"

    def _passed(self, base: str, name: str, is_last: bool, follow: bool) -> Node | None:
        """The node of a name on the way of a path; behind anything but a folder or a link there is nothing more."""
        if len(name.encode()) > NAME_BYTES:
            raise FileSystemError(TOO_LONG)
        here = f"{base}/{name}"
        if is_last:
            return self.known_at(here) if follow else None
        node = self.at(here)
        if not isinstance(node, Symlink):
            _check_folder(node)
        return node

    def at(self, path: str) -> Node | None:
        """The node at a real path, a link itself if it is one."""
        node, above = self.disk.by_path.get(path), path
        if node is not None:
            return None if isinstance(node, Absent) else node
        while node is None and above != "/":
            above = above.rpartition("/")[0] or "/"
            node = self.disk.by_path.get(above)
        if isinstance(node, Mount) and node.bundle:
            node_below, is_open = self._node_in_mount(node, path[len(above) :].lstrip("/")), node.is_open
        elif node is None or isinstance(node, Mount):
            node_below, is_open = machine_image.look(path), self.disk.is_open
        else:
            node_below, is_open = None, isinstance(node, Folder) and node.is_open
        if node_below is None and is_open:
            raise Unknown(path)
        return node_below

    def known_at(self, path: str) -> Node | None:
        """The node at a real path; None also if it is unknown, so that a node may be put there."""
        try:
            return self.at(path)
        except Unknown:
            return None

    def knows(self, path: str) -> bool:
        """Tell whether anything stands at a real path is known."""
        try:
            self.at(path)
        except Unknown:
            return False
        return True

    def names(self, path: str, strict: bool = False) -> tuple[str, ...]:
        """The names in the folder at a real path, in alphabetical order, as far as they are known.

        If it is `strict`, a folder of which the machine image does not say all that it holds raises Unknown.
        """
        node = self.at(path)
        names: set[str] = set()
        if isinstance(node, Mount):
            names = set(
                self._directory(node).names.get(node.path, ())
                if node.bundle
                else machine_image.names(node.path, strict)
            )
        prefix = path.rstrip("/") + "/"
        for below, change in self.disk.nodes:
            name = below[len(prefix) :]
            if below.startswith(prefix) and name and "/" not in name:
                names = names - {name} if isinstance(change, Absent) else names | {name}
        return tuple(sorted(names))

    def put(self, path: str, node: Node) -> "Tree":
        """The tree with a node at a real path, in an existing folder; what stood there is gone, and all below it."""
        return self._changed(dict.fromkeys(self._below(path)) | {path: node})

    def renewed(self, path: str, node: Node) -> "Tree":
        """The tree with a node at a real path; what stands below it stays."""
        return self._changed({path: node})

    def renewed_all(self, nodes: Mapping[str, Node]) -> "Tree":
        """The tree with nodes at several real paths; what stands below them stays."""
        return self._changed(nodes)

    def without(self, path: str) -> "Tree":
        """The tree without what stands at a real path, and all below it."""
        changes: dict[str, DiskNode | None] = dict.fromkeys([path, *self._below(path)])
        bare = self._changed(changes)
        try:
            is_bare = bare.at(path) is None
        except Unknown:
            is_bare = False
        return bare if is_bare else self._changed(changes | {path: Absent()})

    def opened(self) -> "Tree":
        """The tree after a program with an unknown effect: an absent node may exist now."""
        nodes = {
            path: replace(node, is_open=True) if isinstance(node, Folder | Mount) else node
            for path, node in self.disk.nodes
        }
        return replace(self, disk=disk_of(nodes, is_open=True))

    def moved(self, source: str, target: str) -> "Tree":
        """The tree with what stands at one real path at another, where nothing stands."""
        nodes = self._grafted(source, target)
        return self.without(source)._changed(nodes)

    def copied(self, source: str, target: str, owned: bool) -> "Tree":
        """The tree with a copy of what stands at a real path at another, where nothing stands.

        Unless it is `owned` as before (`cp -p`), root owns the copy, and it has no bits that the umask takes.
        """
        nodes = self._grafted(source, target)
        return self._changed(nodes if owned else {path: _disowned(node) for path, node in nodes.items()})

    def walk(self, path: str) -> Iterator[tuple[str, Node]]:
        """The nodes at a real path and below it, folders before their content."""
        node = self.at(path)
        if node is not None:
            yield path, node
            for name in self.names(path, strict=True) if is_folder(node) else ():
                yield from self.walk(f"{path.rstrip('/')}/{name}")

    def with_folders(self, path: str, mode: int = 0o755) -> "Tree":
        """The tree in which a path is a folder; those above it are made, too."""
        tree, parts = self, path.strip("/").split("/") if path != "/" else []
        for number in range(1, len(parts) + 1):
            folder = tree.real("/" + "/".join(parts[:number]))
            node, is_known = tree.known_at(folder), tree.knows(folder)
            if node is None:
                tree = tree.put(folder, Folder(mode, is_open=not is_known))
            elif not is_folder(node):
                raise FileSystemError(NOT_A_FOLDER)
        return tree

    def _below(self, path: str) -> list[str]:
        prefix = path.rstrip("/") + "/"
        return [below for below, _ in self.disk.nodes if below.startswith(prefix)]

    def _grafted(self, source: str, target: str) -> dict[str, DiskNode]:
        """The nodes that make another path show what one shows."""
        node = self.at(source)
        if node is None or (isinstance(node, Mount) and not node.bundle):
            raise Unknown(source)  # what a folder of the machine image holds
        nodes: dict[str, DiskNode] = {target: node}
        for below in self._below(source):
            nodes[target + below[len(source) :]] = self.disk.by_path[below]
        return nodes

    def _changed(self, changes: Mapping[str, DiskNode | None]) -> "Tree":
        nodes, weighs = dict(self.disk.by_path), self.disk.weight
        for path, node in changes.items():
            if path.startswith(_KERNEL):
                raise Unknown(path)
            if (former := nodes.pop(path, None)) is not None:
                weighs -= weight(path, former)
            if node is not None:
                nodes[path] = node
                weighs += weight(path, node)
        disk = disk_of(nodes, self.disk.is_open, weighs)
        if self.is_bounded and (len(nodes) > MOST_NODES or disk.weight > MOST_BYTES):
            raise TooMuch
        return replace(self, disk=disk)

    def _directory(self, mount: Mount) -> Directory:
        directory = self.layers(mount.bundle)
        if directory is None:
            raise Unknown(mount.bundle)
        return directory

    def _node_in_mount(self, mount: Mount, path: str) -> Node | None:
        whole = f"{mount.path}/{path}" if mount.path else path
        entry = self._directory(mount).by_path.get(whole)
        if entry is None:
            return None
        mode = entry.mode & ~mount.mask
        match entry.kind:
            case "file":
                content = (Member(mount.bundle, whole, entry.size),) if entry.size else ()
                return File(content, mode, mount.owner, mount.group)
            case "link":
                return Symlink(self._directory(mount).target_of.get(whole), mount.owner, mount.group)
            case "folder":
                return replace(mount, path=whole, mode=mode)


def fresh(layers: Layers) -> Tree:
    """The tree of an instance on which nothing was deployed."""
    return Tree(FRESH, layers)


def _check_folder(node: Node | None) -> None:
    """Raise FileSystemError unless a folder is there."""
    if not is_folder(node):
        raise FileSystemError(NO_SUCH if node is None else NOT_A_FOLDER)


def _parts(path: str) -> list[str]:
    """The parts of a path, the last one first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _target(link: Symlink, path: str) -> str:
    if link.target is None:
        raise Unknown(path)
    return link.target


def _disowned(node: DiskNode) -> DiskNode:
    match node:
        case Absent():
            return node
        case Symlink():
            return replace(node, owner="root", group="root")
        case Mount():
            return replace(node, mode=node.mode & ~0o7022, owner="root", group="root", mask=node.mask | 0o7022)
        case File() | Folder():
            return replace(node, mode=node.mode & ~0o7022, owner="root", group="root")
