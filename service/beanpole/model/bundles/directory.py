"""The directory of a source bundle: the lower layer of the disk of every instance that runs it."""

from functools import cached_property
from typing import Literal

from msgspec import Struct

EntryKind = Literal["file", "link", "folder"]
WHOLE = -1  # the offset of the only member of a bundle that is a single file: its bytes are those of the bundle


class Entry(Struct, frozen=True, array_like=True):
    """A member of the archive.

    `path` is relative to the root of the bundle, without a slash at either end. `mode` are the permission bits that
    unzip would give it. `size` counts bytes; `offset`, `packed` and `method` say where the archive holds them: the
    position of the local header, the number of packed bytes, and the compression (0 stored, 8 deflated). The offset of
    a bundle that is a single file is WHOLE.
    """

    path: str
    kind: EntryKind
    mode: int
    size: int
    offset: int
    packed: int
    method: int


class Directory(Struct, frozen=True, dict=True):
    """The members of an archive, as unzip would name them; where two have one path, the last one counts.

    `targets` say where the first of its links lead.
    """

    entries: tuple[Entry, ...] = ()
    targets: tuple[tuple[str, str], ...] = ()

    @cached_property
    def target_of(self) -> dict[str, str]:
        """The targets of links, by their paths."""
        return dict(self.targets)

    @cached_property
    def by_path(self) -> dict[str, Entry]:
        """The members by path, with the folders that only the paths of others name."""
        entries = {entry.path: entry for entry in self.entries}
        for path in tuple(entries):
            while (path := path.rpartition("/")[0]) and path not in entries:
                entries[path] = Entry(path, "folder", 0o755, 0, 0, 0, 0)
        return entries

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names in each folder, in alphabetical order; the root is the empty path."""
        names: dict[str, list[str]] = {"": []}
        for path, entry in self.by_path.items():
            folder, _, name = path.rpartition("/")
            names.setdefault(folder, []).append(name)
            if entry.kind == "folder":
                names.setdefault(path, [])
        return {folder: tuple(sorted(those)) for folder, those in names.items()}
