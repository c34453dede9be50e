"""Layers: the new folders and large files of a command that are more than a disk holds, kept as a bundle of their own.

A disk then has a node for a folder of thousands of files, as it has one for the source bundle.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from beanpole.model.instance import content
from beanpole.model.instance.content import Member
from beanpole.model.instance.nodes import File, Folder, Mount, Node, Symlink
from beanpole.model.instance.tree import Tree

SMALL = 256  # bytes of a file that stay on the disk itself

Layer = Mapping[str, File | Folder | Symlink]  # by paths within the layer
Keep = Callable[[Layer], str | None]  # keeps a layer and gives its digest; None if it is more than is kept


def layered(tree: Tree, changes: Iterable[tuple[str, Node]], keep: Keep) -> Tree | None:
    """The tree with its changes, where new folders and large files are those of a layer; None if that is not kept.

    Raises TooMuch if the rest is still more than a disk holds.
    """
    nodes = dict(changes)
    roots = _new_folders(tree, nodes)
    in_folders = {path: root for path in nodes if (root := _root(path, roots)) is not None}
    layer = _layer(nodes, roots, in_folders)
    digest = keep(layer)
    if digest is None:
        return None
    for path, node in sorted(nodes.items()):
        if path in in_folders:
            continue
        layer_file = layer.get(f"files{path}")
        if isinstance(layer_file, File) and isinstance(node, File):
            node = replace(node, content=(Member(digest, f"files{path}", content.size(layer_file.content) or 0),))
        tree = tree.renewed(path, node) if isinstance(node, Folder) else tree.put(path, node)
    for path, name in roots.items():
        folder = nodes[path]
        tree = tree.put(path, Mount(digest, name, folder.mode if isinstance(folder, Folder) else 0o755, "root", "root"))
    return tree


def _layer(nodes: Mapping[str, Node], roots: Mapping[str, str], in_folders: Mapping[str, str]) -> Layer:
    """The content of the new folders, each under its name, and the other large files."""
    layer: dict[str, File | Folder | Symlink] = {}
    for path, node in sorted(nodes.items()):
        if isinstance(node, Mount):
            raise ValueError(f"a command leaves no bundle at {path}")
        root = in_folders.get(path)
        if root is not None:
            layer[f"{roots[root]}{path[len(root) :]}"] = node
        elif isinstance(node, File) and (content.size(node.content) or 0) > SMALL:
            layer[f"files{path}"] = node
    return layer


def _new_folders(tree: Tree, nodes: Mapping[str, Node]) -> dict[str, str]:
    """The new folders that are in no other new one, each with its name in the layer."""
    roots: dict[str, str] = {}
    for path in sorted(
        path for path, node in nodes.items() if isinstance(node, Folder) and tree.known_at(path) is None
    ):
        if _root(path, roots) is None:
            roots[path] = f"folder-{len(roots)}"
    return roots


def _root(path: str, roots: Mapping[str, str]) -> str | None:
    """The folder among some that a path is, or is in."""
    while path:
        if path in roots:
            return path
        path = path.rpartition("/")[0]
    return None
