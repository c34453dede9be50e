"""The bodies of S3 objects as files of a directory, named by their hash, and written before anything refers to them."""

import os
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import SpooledTemporaryFile
from typing import IO

_IN_MEMORY = 1 << 20  # bytes of a body that is being changed
_UNFINISHED = ".part"


class Bodies:
    """The files below a directory, by account."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "objects"

    def write(self, account_id: str, content: bytes) -> "Body":
        """The body with this content, on the disk for good."""
        path = self._of(account_id) / sha256(content).hexdigest()
        if not path.exists():
            self._make(path, content)
        return Body(path)

    def open(self, account_id: str, name: str) -> "Body":
        """The body of a name; it is read when its object is."""
        return Body(self._of(account_id) / name)

    def delete(self, account_id: str, names: Collection[str]) -> None:
        """Delete bodies that nothing refers to any more."""
        for name in names:
            (self._of(account_id) / name).unlink(missing_ok=True)

    def sweep(self, account_id: str, names: Collection[str]) -> None:
        """Delete every body but these: a process that was killed may have left some."""
        folder = self._of(account_id)
        if folder.is_dir():
            self.delete(account_id, {path.name for path in folder.iterdir()} - set(names))

    def forget(self, account_id: str | None) -> None:
        """Delete the bodies of an account, or with None all."""
        rmtree(self._folder if account_id is None else self._of(account_id), ignore_errors=True)

    def _of(self, account_id: str) -> Path:
        return self._folder / account_id

    def _make(self, path: Path, content: bytes) -> None:
        """Write a file: it has its name only when it is whole, and name and content survive a loss of power."""
        for folder in (self._folder, path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                _sync(folder.parent)
        unfinished = path.with_name(path.name + _UNFINISHED)
        number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        unfinished.replace(path)
        _sync(path.parent)


class Body:
    """The content of a file as moto reads and replaces it; no file is open between two calls.

    `name` is that of the file, or None once the content is another one than the file's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._changed: IO[bytes] | None = None

    @property
    def name(self) -> str | None:
        return None if self._changed is not None else self._path.name

    def seek(self, at: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        if self._changed is not None:
            return self._changed.seek(at, whence)
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
        self._at = (self._path.stat().st_size if start is None else start) + at
        return self._at

    def tell(self) -> int:
        """The present place."""
        return self._at if self._changed is None else self._changed.tell()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if self._changed is not None:
            return self._changed.read(size)
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read(size)
        self._at += len(data)
        return data

    def write(self, data: bytes) -> int:
        """Write, beside the file."""
        return self._beside().write(data)

    def truncate(self, size: int | None = None) -> int:
        """Shorten, beside the file."""
        return self._beside().truncate(size)

    def close(self) -> None:
        """Give up what was written beside the file."""
        if self._changed is not None:
            self._changed.close()

    def _beside(self) -> IO[bytes]:
        if self._changed is None:
            changed: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # it lives as long as the body
            changed.write(self._path.read_bytes())
            changed.seek(self._at)
            self._changed = changed
        return self._changed


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
