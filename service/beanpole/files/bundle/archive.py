"""Reads a source bundle: its `.ebextensions`, its `env.yaml`, and the names of its hooks, commands and processes.

A bundle is untrusted input: no file is read beyond a bound, whatever its header says, and a file that cannot be read is
a problem of the version, never an error of the server.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO, Literal, NamedTuple, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, is_zipfile

from beanpole import limits
from beanpole.files.bundle import documents, extensions, manifests, packages
from beanpole.files.bundle.documents import Budget, Malformed
from beanpole.files.bundle.extensions import ConfigurationFile, NotAMap
from beanpole.files.bundle.remote import TooMuch
from beanpole.model.applications.contents import BundleProblem, Contents, Skipped
from beanpole.model.applications.manifest import Manifest
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting

T = TypeVar("T")

MOST_BYTES = limits.most("bundle_file")
MOST_BYTES_IN_ALL = limits.most("bundle_files")
MOST_NAMED = limits.most("bundle_names")
ARCHIVES = (".zip", ".jar", ".war", ".ear")  # endings of keys that promise an archive
MANIFEST = "env.yaml"
STARTING = (
    "Dockerfile",
    "Dockerrun.aws.json",
    "Procfile",
    "app.js",
    "docker-compose.yml",
    "package.json",
    "server.js",
)

_BOUNDED = (ZIP_STORED, ZIP_DEFLATED)  # the compressions that unpack no more bytes than requested

_CONFIGURATION = re.compile(r"\.ebextensions/[^/]{1,200}\.config")
_JAR = re.compile(r"[^/]{1,200}\.jar")
_HOOK = re.compile(r"\.platform/(?:config)?hooks/.{1,200}")
_NAMED_LINE = re.compile(rb"^([A-Za-z0-9_-]+):[ \t]*[^\s].*$", re.MULTILINE)
_BROKEN = (
    BadZipFile,
    EOFError,
    NotImplementedError,  # an unknown compression
    OSError,
    OverflowError,
    RuntimeError,  # encrypted
    ValueError,
    struct.error,
    zlib.error,
)


class SourceBundle(NamedTuple):
    """The option settings, the manifest and the contents of a bundle."""

    extensions: tuple[OptionSetting, ...] = ()
    manifest: Manifest | None = None
    contents: Contents = Contents()


UNREADABLE = SourceBundle(contents=Contents(problems=(BundleProblem("bundle"),)))


class _Broken(Exception):
    """An archive that cannot be opened or unpacked."""


def read(name: str, file: BinaryIO) -> SourceBundle:
    """The source bundle with the key `name`; a single file, such as a Dockerrun.aws.json, is a bundle too.

    An archive whose directory is too large to fetch gives an empty one.
    """
    try:
        files = _open(file)
        if files is not None:
            return _read(name.rpartition("/")[2], files)
    except _Broken:
        return UNREADABLE
    except TooMuch:
        return SourceBundle()
    return UNREADABLE if name.lower().endswith(ARCHIVES) else SourceBundle(contents=Contents(files=1))


def _open(file: BinaryIO) -> "_Files | None":
    """The files of an archive; None if the file is not an archive."""
    try:
        return _Files(ZipFile(file)) if is_zipfile(file) else None
    except _BROKEN as error:
        raise _Broken from error


class _Files:
    """The files of an archive, without folders; the bytes read from all of them together are bounded."""

    def __init__(self, archive: ZipFile) -> None:
        self.names = {entry.filename for entry in archive.infolist() if entry.filename and not entry.is_dir()}
        self._archive = archive
        self.budget = Budget()
        self._left = MOST_BYTES_IN_ALL

    def matching(self, form: re.Pattern[str]) -> tuple[str, ...]:
        """The paths of a form, in alphabetical order."""
        return tuple(sorted(path for path in self.names if form.fullmatch(path)))

    def content(self, name: str) -> bytes:
        """The content of a file; empty if it does not exist. Raises Malformed if it is too long."""
        if name not in self.names:
            return b""
        most = min(MOST_BYTES, self._left)
        try:
            if self._archive.getinfo(name).compress_type not in _BOUNDED:
                raise BadZipFile(f"{name} is compressed in a way that unpacks without bounds")
            with self._archive.open(name) as file:
                content = file.read(most + 1)
        except _BROKEN as error:
            raise _Broken from error
        if len(content) > most:
            raise Malformed(f"there are more than {most} bytes of it")
        self._left -= len(content)
        return content


def _read(name: str, files: _Files) -> SourceBundle:
    paths = files.matching(_CONFIGURATION)
    results = [(path, _document(files, path, extensions.read)) for path in paths]
    valid = [(path, file) for path, file in results if isinstance(file, ConfigurationFile)]
    manifest = _document(files, MANIFEST, manifests.read) if MANIFEST in files.names else None
    settings = _merged(file for _, file in valid)
    contents = Contents(
        files=len(files.names),
        configuration_files=_first(paths),
        hooks=_first(files.matching(_HOOK)),
        commands=_first(name for _, file in valid for name in file.commands),
        container_commands=_first(name for _, file in valid for name in file.container_commands),
        processes=_first(_named_lines(files, "Procfile")),
        builds=_first(_named_lines(files, "Buildfile")),
        starting=_first(_starting(name, files)),
        package=_package(files),
        problems=_first(each for each in (*(file for _, file in results), manifest) if isinstance(each, BundleProblem)),
        skipped=_first(Skipped(path, file.invalid_key) for path, file in valid if file.invalid_key is not None),
    )
    return SourceBundle(settings, manifest if isinstance(manifest, Manifest) else None, contents)


def _starting(name: str, files: _Files) -> Iterator[str]:
    """The files that say how to start the application; a JAR may be the bundle itself."""
    yield from (path for path in STARTING if path in files.names)
    yield from (name,) if _JAR.fullmatch(name) else files.matching(_JAR)


def _package(files: _Files) -> Literal["any-node", "no-json"] | None:
    """The problem of `package.json`; a broken one does not matter if the bundle has its dependencies installed."""
    try:
        problem = packages.read(files.content(packages.NAME)) if packages.NAME in files.names else None
    except Malformed:
        return None
    installed = any(path.startswith("node_modules/") for path in files.names)
    return None if problem == "no-json" and installed else problem


def _merged(files: Iterable[ConfigurationFile]) -> tuple[OptionSetting, ...]:
    """The option settings of all files; if they are too large to store, the bundle cannot be used."""
    settings: tuple[OptionSetting, ...] = ()
    for file in files:
        settings = merge(settings, file.option_settings)
        try:
            documents.check_size(text for setting in settings for text in extensions.texts(setting))
        except Malformed as error:
            raise _Broken from error
    return settings


def _first(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(islice(items, MOST_NAMED))


def _document(files: _Files, path: str, read: Callable[[bytes, Budget], T]) -> T | BundleProblem:
    try:
        return read(files.content(path), files.budget)
    except Malformed as error:
        return BundleProblem("syntax", path, error.yaml, error.json)
    except NotAMap:
        return BundleProblem("entry", path)


def _named_lines(files: _Files, path: str) -> Iterator[str]:
    """The names before the colons; a file that is too long has none."""
    try:
        content = files.content(path)
    except Malformed:
        return
    yield from (name.decode() for name in _NAMED_LINE.findall(content))
