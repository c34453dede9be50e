"""The files of an archive by the names that unzip gives them; the bytes that are read of all together are bounded."""

import re
import struct
from typing import BinaryIO

from beanpole.files.bundle import members
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.members import Unusable
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.model.bundles.directory import Directory, Entry
from beanpole.tables import limits

MOST_BYTES = limits.most("bundle_file")
MOST_BYTES_IN_ALL = limits.most("bundle_files")

_TARGET = 4_096  # the longest target of a link
_HEADER = 30  # bytes of a local header, without the name


class Broken(Exception):
    """An archive that cannot be unpacked."""


class Files:
    """The files of an archive, without folders, and what the explanations and the contents of all may still cost."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MOST_BYTES_IN_ALL
        self._encrypted: frozenset[str] = frozenset()
        self.budget = Budget()
        self.letters = Letters()
        self.entries: dict[str, Entry] = {}

    def take(self, directory: Directory, encrypted: frozenset[str]) -> None:
        """Take the files of a directory."""
        self.entries = {entry.path: entry for entry in directory.entries if entry.kind != "folder"}
        self._encrypted = encrypted

    def matching(self, form: re.Pattern[str]) -> tuple[str, ...]:
        """The paths of a form, in alphabetical order."""
        return tuple(sorted(path for path in self.entries if form.fullmatch(path)))

    def content(self, path: str) -> bytes:
        """The content of a file; empty if it does not exist. Raises Malformed if it is too long, and Broken."""
        entry = self.entries.get(path)
        if entry is None:
            return b""
        if path in self._encrypted:
            raise Broken
        most = min(MOST_BYTES, self._left)
        try:
            content = self._unpacked(entry, most)
        except Unusable as unusable:
            if unusable.why == "too-long":
                raise Malformed(limits.sentence("bundle_file").replace(str(MOST_BYTES), str(most))) from None
            raise Broken from None
        self._left -= len(content)
        return content

    def target(self, link: Entry) -> str:
        """The target of a link; raises LookupError if the link cannot be read."""
        try:
            return self._unpacked(link, _TARGET).decode(errors="replace")
        except Unusable:
            raise LookupError from None

    def _unpacked(self, entry: Entry, most: int) -> bytes:
        try:
            self._file.seek(entry.offset)
            header = self._file.read(_HEADER)
            self._file.seek(entry.offset + members.local_length(header))
            packed = self._file.read(min(entry.packed, members.packed_at_most(entry, most)))
        except (OSError, OverflowError, ValueError, struct.error):
            raise Unusable("damaged") from None
        return members.unpacked(packed, entry.method, most)
