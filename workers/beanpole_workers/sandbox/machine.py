"""An instance in a sandbox: it shows a tree, runs commands on it, and tells what they changed as another tree."""

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from beanpole.model.instance import content, machine_image
from beanpole.model.instance.content import Read, render
from beanpole.model.instance.disk import CURRENT, STAGING
from beanpole.model.instance.machine_image import Unknown
from beanpole.model.instance.nodes import Absent, DiskNode, File, Folder, Mount, Node, Symlink
from beanpole.model.instance.request import VARIABLES
from beanpole.model.instance.tree import FileSystemError, TooMuch, Tree
from beanpole.model.instance.web_process import WebProcess
from beanpole_workers.sandbox import stubs
from beanpole_workers.sandbox.bubblewrap import MIB, MOUNTS, PATH
from beanpole_workers.sandbox.layers import Keep, layered
from beanpole_workers.sandbox.sandbox import Ran, Sandbox

ROOTS = tuple(mount for mount in MOUNTS if mount != "/run")
MOST_CHANGED = 48 * MIB  # bytes of files that commands changed, in one look
_PREFIXES = tuple(f"{root}/" for root in ROOTS)
_REMOVAL = 60.0  # seconds
MOST_LINK = 4_096  # bytes of the target of a link


class CommandResult(NamedTuple):
    """The result of a command: the tree afterwards, and whether all of it fits onto a disk."""

    tree: Tree
    is_whole: bool


class Machine:
    """One instance; `read` gives the bytes of members of bundles, `keep` stores layers."""

    def __init__(
        self, sandbox: Sandbox, read: Read, properties: Mapping[str, str], keep: Keep = lambda _: None
    ) -> None:
        self._sandbox = sandbox
        self._read = read
        self._keep = keep
        self._nodes: dict[str, DiskNode] = {}
        sandbox.load(_archive(_image()))
        sandbox.load(stubs.archive(properties))
        sandbox.mark(ROOTS)

    def run(
        self, tree: Tree, line: str | Sequence[str], cwd: str, env: Mapping[str, str], timeout: float
    ) -> tuple[Ran, CommandResult]:
        """Run a command on a tree; raises Broken where it ends the sandbox itself."""
        self.show(tree)
        ran = self._sandbox.run(line, cwd, env, timeout)
        return ran, self._look(tree)

    def serve(self, tree: Tree, process: WebProcess, properties: Mapping[str, str], name: str | None = None) -> Sandbox:
        """Start a web process on a tree, with the properties as its environment."""
        self.show(tree)
        variables = VARIABLES | dict(properties) | {"PORT": str(process.port)}
        self._sandbox.serve(process.line, CURRENT, {**variables, "PATH": PATH}, process.port, name)
        return self._sandbox

    def show(self, tree: Tree) -> None:
        """Let the sandbox have what the tree has, where that has changed since the last command."""
        now = _below_roots(tree)
        if _is_flip(self._nodes, now):
            self._sandbox.move(STAGING, CURRENT)
            self._nodes = dict(_flipped(self._nodes))
        changes = {path for path in self._nodes.keys() | now.keys() if self._nodes.get(path) != now.get(path)}
        if not changes:
            return
        stale = sorted(path for path in changes if not isinstance(now.get(path), Folder))
        if stale:
            self._sandbox.run(["rm", "-rf", "--", *stale], "/", {}, _REMOVAL)
        fresh = {path: now[path] for path in changes if path in now}
        self._sandbox.load(_archive(self._entries(tree, fresh)))
        self._sandbox.mark(ROOTS)
        self._nodes = now

    def _entries(
        self, tree: Tree, nodes: Mapping[str, DiskNode]
    ) -> Iterator[tuple[str, Folder | Symlink | bytes, int]]:
        for path, node in sorted(nodes.items()):
            if isinstance(node, Mount) and node.bundle:
                yield from ((below, *self._entry(inner)) for below, inner in tree.walk(path))
            elif not isinstance(node, Absent):
                yield path, *self._entry(node)

    def _entry(self, node: Node) -> tuple[Folder | Symlink | bytes, int]:
        match node:
            case File():
                return render(node.content, self._read, MOST_CHANGED), node.mode
            case Symlink():
                return node, 0o777
            case Folder() | Mount():
                return Folder(), node.mode

    def _look(self, tree: Tree) -> CommandResult:
        """The tree with the changes of a command; if they are more than a disk holds, the disk's rest is unknown."""
        packed, missing, skipped = self._sandbox.changes(ROOTS, MOST_CHANGED)
        try:
            for path in missing:
                tree = tree.without(path)
            changes = list(_nodes(packed, tree))
            left = None if skipped else self._changed(tree, changes)
        except (TooMuch, Unknown, FileSystemError, tarfile.TarError, UnicodeError):
            left = None
        after = tree.opened() if left is None else left
        self._nodes = _below_roots(after)
        return CommandResult(after, left is not None)

    def _changed(self, tree: Tree, changes: Sequence[tuple[str, Node]]) -> Tree | None:
        """The tree with all that was changed, on the disk itself if it fits; None if it is more than is kept."""
        after = tree
        try:
            for path, node in changes:
                after = after.renewed(path, node) if isinstance(node, Folder) else after.put(path, node)
        except TooMuch:
            return layered(tree, changes, self._keep)
        return after


def _nodes(packed: bytes, tree: Tree) -> Iterator[tuple[str, Node]]:
    """The nodes of an archive, by absolute path; new nodes belong to root."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as archive:
        for member in archive:
            path, mode = f"/{member.name}", member.mode & 0o777
            before = tree.known_at(path)
            owner, group = ("root", "root") if before is None else (before.owner, before.group)
            if member.isdir():
                yield path, Folder(mode, owner, group)
            elif member.issym():
                yield path, Symlink(member.linkname[:MOST_LINK], owner, group)
            elif (file := archive.extractfile(member)) is not None:
                yield path, File(content.text(file.read()), mode, owner, group)


def _archive(entries: Iterable[tuple[str, Folder | Symlink | bytes, int]]) -> bytes:
    """A tar archive of folders, links and the bytes of files at absolute paths."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=tarfile.PAX_FORMAT) as archive:
        for path, what, mode in entries:
            member = tarfile.TarInfo(path.lstrip("/"))
            member.mode = mode & 0o777
            match what:
                case bytes():
                    member.size = len(what)
                    archive.addfile(member, io.BytesIO(what))
                    continue
                case Folder():
                    member.type = tarfile.DIRTYPE
                case Symlink():
                    member.type, member.linkname = tarfile.SYMTYPE, what.target or ""
            archive.addfile(member)
    return buffer.getvalue()


def _below_roots(tree: Tree) -> dict[str, DiskNode]:
    return {path: node for path, node in tree.disk.nodes if path.startswith(_PREFIXES)}


def _is_flip(before: Mapping[str, DiskNode], after: Mapping[str, DiskNode]) -> bool:
    """Tell whether the staged application has become the current one."""
    staged = before.get(STAGING)
    return staged is not None and staged == after.get(CURRENT) != before.get(CURRENT)


def _flipped(nodes: Mapping[str, DiskNode]) -> Iterator[tuple[str, DiskNode]]:
    """The nodes after staging has become current."""
    for path, node in nodes.items():
        if path == STAGING or path.startswith(f"{STAGING}/"):
            yield CURRENT + path.removeprefix(STAGING), node
        elif path != CURRENT and not path.startswith(f"{CURRENT}/"):
            yield path, node


def _image() -> Iterator[tuple[str, Folder, int]]:
    """The folders of the machine image; the sandbox's one user is root in all of them."""
    for path, place in sorted(machine_image.FOLDERS.items()):
        if path.startswith(_PREFIXES):
            yield path, Folder(), place.mode | 0o700
