"""The directory of a bundle as unzip would name its members, and what unzip says where its exit status is not 0.

The words are those of Info-ZIP 6.0, which Amazon Linux has. Names that climb and links that lead out of the bundle fail
here, too, though unzip itself may be silent about them [inferred].
"""

import posixpath
import re
import stat
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from beanpole.files.bundle.zip_directory import Row
from beanpole.model.bundles.directory import Directory, Entry, EntryKind
from beanpole.model.bundles.unzip import Unzip
from beanpole.tables import limits

MOST_LINKS = limits.most("bundle_links")
MOST_LINES = limits.most("unzip_lines")
LONGEST_NAME = 255  # bytes of a name on the disks of Linux

ARCHIVE = "/opt/elasticbeanstalk/deployment/app_source_bundle"
STAGING = "/var/app/staging"
NO_ARCHIVE = Unzip(
    9,
    f"[{ARCHIVE}]\n  End-of-central-directory signature not found.  Either this file is not\n  a zipfile, or it "
    "constitutes one disk of a multi-part archive.  In the\n  latter case the central directory and zipfile comment "
    "will be found on\n  the last disk(s) of this archive.\n"
    f"unzip:  cannot find zipfile directory in one of {ARCHIVE} or\n        {ARCHIVE}.zip, and cannot find "
    f"{ARCHIVE}.ZIP, period.",
    fails_on_windows=True,
)
DAMAGED = Unzip(
    3, f"error [{ARCHIVE}]:  bad zipfile offset or directory  (attempting to process anyway)", fails_on_windows=True
)
EMPTY = Unzip(1, f"warning [{ARCHIVE}]:  zipfile is empty", fails_on_windows=True)

_UNIX, _KNOWN_METHODS = 3, (0, 8, 12)  # unzip of Amazon Linux knows bzip2, too
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f]")
_LEFT_OUT = frozenset(("", ".", ".."))  # parts of a name
_SHORT = LONGEST_NAME // 4  # letters, none of which has more than four bytes


class Listing(NamedTuple):
    """The members as they would lie in the staging folder, and the complaint of unzip, None if it has none.

    `encrypted` are the paths of encrypted members.
    """

    directory: Directory
    unzip: Unzip | None
    encrypted: frozenset[str]


def listing(rows: Iterable[Row], target: Callable[[Entry], str], damages: Iterable[Unzip] = ()) -> Listing:
    """The listing of an archive's rows; `target` reads where a link leads, or raises LookupError.

    `damages` are what unzip says of members that it cannot unpack.
    """
    entries: dict[str, Entry] = {}
    warnings: dict[str, Unzip] = {}
    encrypted: set[str] = set()
    for row in rows:
        if len(warnings) < MOST_LINES and (warning := _of_row(row)) is not None:
            warnings[warning.words] = warning
        entry = _entry(row)
        if entry is not None:
            if entry.path in entries:
                del entries[entry.path]  # the last one counts, in its own place
            entries[entry.path] = entry
            if row.is_encrypted:
                encrypted.add(entry.path)
    targets = _targets(entries, target)
    ends = [*warnings.values(), *islice(damages, MOST_LINES), *_clashes(entries), *_escaping(targets)]
    directory = Directory(tuple(entries.values()), targets)
    return Listing(directory, _worst(ends) if entries else EMPTY, frozenset(encrypted))


def _entry(row: Row) -> Entry | None:
    """A member under the name that unzip gives it; None where nothing is left of the name."""
    name = row.name.replace("\\", "/")
    path = name[:-1] if name.endswith("/") else name
    parts = path.split("/")
    is_visible = name.isprintable()  # most names are, and lose nothing
    if not is_visible or not _LEFT_OUT.isdisjoint(parts):
        parts = parts if is_visible else _UNSEEN.sub("", path).split("/")
        path = "/".join(part for part in parts if part not in _LEFT_OUT)
    if not path:
        return None
    kind, mode = _kind(row, name)
    return Entry(path, kind, mode, row.size, row.offset, row.packed, row.method)


def _kind(row: Row, name: str) -> tuple[EntryKind, int]:
    unix = row.attributes >> 16 if row.host == _UNIX else 0
    if name.endswith("/"):
        return "folder", stat.S_IMODE(unix) & 0o777 or 0o755
    return "link" if stat.S_ISLNK(unix) else "file", stat.S_IMODE(unix) & 0o777 or 0o644


def _of_row(row: Row) -> Unzip | None:
    name = row.name
    if len(name) <= _SHORT and ".." not in name and "\\" not in name and not name.startswith("/"):
        return None if row.method in _KNOWN_METHODS and not row.is_encrypted else _of_content(row)
    return _of_content(row) or _of_name(row)


def _of_content(row: Row) -> Unzip | None:
    if row.is_encrypted:
        return Unzip(5, f"   skipping: {printable(row.name):<22}  unable to get password", fails_on_windows=True)
    if row.method not in _KNOWN_METHODS:
        words = f"   skipping: {printable(row.name):<22}  unsupported compression method {row.method}"
        return Unzip(81, words, fails_on_windows=True)
    return None


def _of_name(row: Row) -> Unzip | None:
    parts = row.name.replace("\\", "/").split("/")
    if any(len(part.encode()) > LONGEST_NAME for part in parts):
        words = f"error:  cannot create {STAGING}/{printable(row.name)}\n        File name too long"
        return Unzip(50, words, fails_on_windows=True)
    if row.name.startswith("/"):
        return Unzip(1, f"warning:  stripped absolute path spec from {printable(row.name)}")
    if ".." in parts:
        words = f'warning:  skipped "../" path component(s) in {printable(row.name)}'
        return Unzip(1, words, fails_on_windows=True)
    if "\\" in row.name:
        return Unzip(1, f"warning:  {ARCHIVE} appears to use backslashes as path separators")
    return None


def _clashes(entries: dict[str, Entry]) -> list[Unzip]:
    """The first member that lies in a file or a link instead of a folder, or that would replace a folder."""
    folders = set()
    for path in entries:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
            above = entries.get(path)
            if above is not None and above.kind != "folder":
                inner = next(name for name in entries if name.startswith(f"{path}/"))
                is_there = next(name for name in entries if name in (path, inner)) == inner
                return [_clash(path, inner, is_there)]
    return []


def _clash(path: str, inner: str, is_there: bool) -> Unzip:
    """The end of unzip at a file in the place of a folder, whose member `inner` it has unpacked before or not."""
    if is_there:
        words = f"error:  cannot delete old {STAGING}/{printable(path)}\n        Is a directory"
        return Unzip(50, words, fails_on_windows=True)
    words = f"checkdir error:  {STAGING}/{printable(path)} exists but is not directory\n"
    return Unzip(2, f"{words}                 unable to process {printable(inner)}.", fails_on_windows=True)


def _targets(entries: dict[str, Entry], target: Callable[[Entry], str]) -> tuple[tuple[str, str], ...]:
    """The targets of the first links, if they can be read."""
    targets: list[tuple[str, str]] = []
    for link in [entry for entry in entries.values() if entry.kind == "link"][:MOST_LINKS]:
        try:
            targets.append((link.path, target(link)))
        except LookupError:
            continue
    return tuple(targets)


def _escaping(targets: tuple[tuple[str, str], ...]) -> list[Unzip]:
    """The links that lead out of the bundle; the first is enough."""
    for path, to in targets:
        if _leads_out(path, to):
            words = f"warning:  link {printable(path)} leads out of the archive: {printable(to)}"
            return [Unzip(1, words, fails_on_windows=True)]
    return []


def _leads_out(path: str, to: str) -> bool:
    return to.startswith("/") or posixpath.normpath(posixpath.join(posixpath.dirname(path), to)).startswith("..")


def _worst(ends: list[Unzip]) -> Unzip | None:
    """The end of unzip: its greatest status, with all that it said up to a bound."""
    if not ends:
        return None
    words = "\n".join(ending.words for ending in ends)
    return Unzip(max(ending.status for ending in ends), words, any(ending.fails_on_windows for ending in ends))


def printable(name: str) -> str:
    """A name in a line of a log, without what cannot be seen."""
    return _UNSEEN.sub("", name)[:LONGEST_NAME]
