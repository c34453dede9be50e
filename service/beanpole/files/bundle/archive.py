"""Reads a source bundle: its `.ebextensions`, its `env.yaml`, and the names of what runs on an instance.

A bundle comes from anybody. Nothing in it is believed: no file is read beyond a bound, whatever its header says, and
what cannot be read is a problem of the version and never an error of ours.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO, Literal, NamedTuple, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, is_zipfile

from beanpole.files.bundle import documents, extensions, manifests, packages
from beanpole.files.bundle.documents import Malformed
from beanpole.files.bundle.extensions import ConfigurationFile, NotAMap
from beanpole.files.bundle.remote import TooMuch
from beanpole.model.applications.contents import BundleProblem, Contents, Skipped
from beanpole.model.applications.manifest import Manifest
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting

T = TypeVar("T")

MOST_BYTES = 131_072  # of one file that is looked into [inferred]
MOST_BYTES_IN_ALL = 1_048_576  # of all of them [inferred]
MOST_NAMED = 100  # of each thing that is listed by name
ARCHIVES = (".zip", ".jar", ".war", ".ear")  # a bundle with such a name says that it can be opened
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

_BOUNDED = (ZIP_STORED, ZIP_DEFLATED)  # the compressions that unpack no more than is asked for

_CONFIGURATION = re.compile(r"\.ebextensions/[^/]{1,200}\.config")
_JAR = re.compile(r"[^/]{1,200}\.jar")
_HOOK = re.compile(r"\.platform/(?:config)?hooks/.{1,200}")
_NAMED_LINE = re.compile(rb"^([A-Za-z0-9_-]+):[ \t]*[^\s].*$", re.MULTILINE)
_BROKEN = (
    BadZipFile,
    EOFError,
    NotImplementedError,  # a compression that we do not know
    OSError,
    OverflowError,
    RuntimeError,  # encrypted
    ValueError,
    struct.error,
    zlib.error,
)


class SourceBundle(NamedTuple):
    """What was found in one."""

    extensions: tuple[OptionSetting, ...] = ()
    manifest: Manifest | None = None
    contents: Contents = Contents()


UNREADABLE = SourceBundle(contents=Contents(problems=(BundleProblem("bundle"),)))


class _Broken(Exception):
    """An archive that cannot be opened or unpacked."""


def read(name: str, file: BinaryIO) -> SourceBundle:
    """Look into a bundle, `name` being its key; a single file, such as a Dockerrun.aws.json, is a bundle too.

    Of one whose directory alone is too much to fetch nothing is known.
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
    """The files of an archive; None if it is none."""
    try:
        return _Files(ZipFile(file)) if is_zipfile(file) else None
    except _BROKEN as error:
        raise _Broken from error


class _Files:
    """The files of an archive, without folders; what is read of them all is bounded."""

    def __init__(self, archive: ZipFile) -> None:
        self.names = {it.filename for it in archive.infolist() if it.filename and not it.is_dir()}
        self._archive = archive
        self._left = MOST_BYTES_IN_ALL

    def matching(self, form: re.Pattern[str]) -> tuple[str, ...]:
        """Their paths in alphabetical order."""
        return tuple(sorted(it for it in self.names if form.fullmatch(it)))

    def content(self, name: str) -> bytes:
        """A file, whole; empty where there is none. Raises Malformed for one that is too long."""
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
    found = [(path, _document(files, path, extensions.read)) for path in paths]
    good = [it for _, it in found if isinstance(it, ConfigurationFile)]
    manifest = _document(files, MANIFEST, manifests.read) if MANIFEST in files.names else None
    settings = _together(good)
    contents = Contents(
        files=len(files.names),
        configuration_files=_first(paths),
        hooks=_first(files.matching(_HOOK)),
        commands=_first(name for it in good for name in it.commands),
        container_commands=_first(name for it in good for name in it.container_commands),
        processes=_first(_named_lines(files, "Procfile")),
        builds=_first(_named_lines(files, "Buildfile")),
        starting=_first(_starting(name, files)),
        package=_package(files),
        problems=tuple(it for it in (*(it for _, it in found), manifest) if isinstance(it, BundleProblem))[:MOST_NAMED],
        skipped=_first(
            Skipped(path, it.invalid_key)
            for path, it in found
            if isinstance(it, ConfigurationFile) and it.invalid_key is not None
        ),
    )
    return SourceBundle(settings, manifest if isinstance(manifest, Manifest) else None, contents)


def _starting(name: str, files: _Files) -> Iterator[str]:
    """A JAR may be the bundle itself."""
    yield from (it for it in STARTING if it in files.names)
    yield from (name,) if _JAR.fullmatch(name) else files.matching(_JAR)


def _package(files: _Files) -> Literal["any-node", "no-json"] | None:
    """Where its dependencies are in the bundle nobody installs them, so nobody minds whether it can be read."""
    try:
        said = packages.read(files.content(packages.NAME)) if packages.NAME in files.names else None
    except Malformed:
        return None
    installed = any(it.startswith("node_modules/") for it in files.names)
    return None if said == "no-json" and installed else said


def _together(files: Iterable[ConfigurationFile]) -> tuple[OptionSetting, ...]:
    """What all files set; where that is too much to keep, the bundle cannot be used."""
    settings: tuple[OptionSetting, ...] = ()
    for it in files:
        settings = merge(settings, it.option_settings)
        try:
            documents.check_size(text for setting in settings for text in extensions.texts(setting))
        except Malformed as error:
            raise _Broken from error
    return settings


def _first(found: Iterable[T]) -> tuple[T, ...]:
    return tuple(islice(found, MOST_NAMED))


def _document(files: _Files, path: str, read: Callable[[bytes], T]) -> T | BundleProblem:
    try:
        return read(files.content(path))
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
    yield from (it.decode() for it in _NAMED_LINE.findall(content))
