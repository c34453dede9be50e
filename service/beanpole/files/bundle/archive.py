"""Reads a source bundle: its option settings, its manifest, and the rest of it, which instances carry out.

A bundle is untrusted input: no file is read beyond a bound, whatever its header says, and a file that cannot be read is
a problem of the version, never an error of the server.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import IO, BinaryIO, NamedTuple

from msgspec.structs import replace

from beanpole.files.bundle import (
    checksums,
    configuration_files,
    contents,
    cron,
    manifests,
    names,
    nginx,
    processes,
    single_files,
    zip_directory,
)
from beanpole.files.bundle.archive_files import Broken, Files
from beanpole.files.bundle.parser_words import Malformed
from beanpole.files.bundle.remote import TooMuch
from beanpole.files.bundle.zip_directory import Damaged, Row
from beanpole.model.applications.contents import BundleProblem, Contents, Dockerrun
from beanpole.model.applications.manifest import FILE as MANIFEST
from beanpole.model.applications.manifest import Manifest
from beanpole.model.bundles.bundle import Bundle, Cron, Process
from beanpole.model.bundles.directory import WHOLE, Directory, Entry
from beanpole.model.options.definitions import OptionSetting
from beanpole.tables import limits

MOST_OF_HOOK = limits.most("bundle_hook")
MOST_OF_HOOKS = limits.most("bundle_hooks")


class SourceBundle(NamedTuple):
    """The option settings, the manifest and the contents of a bundle, and the bundle as instances have it."""

    extensions: tuple[OptionSetting, ...] = ()
    manifest: Manifest | None = None
    contents: Contents = Contents()
    bundle: Bundle = Bundle("", 0)


def read(name: str, file: BinaryIO, digest: str = "", whole: IO[bytes] | None = None) -> SourceBundle:
    """The source bundle with the key `name`, whose bytes have the digest; it need not be an archive.

    `whole` has the same bytes at hand, if its checksums are to be compared. A bundle whose directory is too large to
    fetch is not looked into.
    """
    size = file.seek(0, 2)
    bundle = Bundle(digest, size)
    try:
        rows = zip_directory.read(file)
        if rows is None:
            return _single(name.rpartition("/")[2], file, bundle)
        return _read(name.rpartition("/")[2], file, rows, bundle, whole)
    except (Broken, Damaged):
        return SourceBundle(contents=Contents(problems=(BundleProblem("bundle"),), unzip=names.DAMAGED), bundle=bundle)
    except TooMuch:
        return SourceBundle(contents=Contents(unread=True), bundle=bundle)


def _single(name: str, file: BinaryIO, bundle: Bundle) -> SourceBundle:
    """A file that is no archive; Docker takes some, and every other platform tries to unpack it."""
    single = single_files.read(name, file)
    alone = Contents(files=1, single=single.name, unzip=names.NO_ARCHIVE, dockerrun=single.dockerrun)
    bundle = replace(bundle, single=single.name, dockerrun=_version(single.dockerrun))
    if single.name is None:
        return SourceBundle(contents=alone, bundle=replace(bundle, unzip=names.NO_ARCHIVE))
    entry = Entry(single.name, "file", 0o644, bundle.size, WHOLE, bundle.size, 0)
    digest = sha256(f"{single.name}\0{bundle.digest}".encode()).hexdigest() if bundle.digest else ""
    return SourceBundle(
        contents=replace(alone, starting=(single.name,)),
        bundle=replace(bundle, digest=digest, directory=Directory((entry,))),
    )


def _read(name: str, file: BinaryIO, rows: Iterable[Row], bundle: Bundle, whole: IO[bytes] | None) -> SourceBundle:
    files = Files(file)
    damages = () if whole is None else checksums.failures(whole, zip_directory.read(whole) or ())
    listing = names.listing(rows, files.target, damages)
    files.take(listing.directory, listing.encrypted)
    configuration = configuration_files.read(files)
    manifest = configuration_files.document(files, MANIFEST, manifests.read) if MANIFEST in files.entries else None
    bundle = replace(
        bundle,
        directory=listing.directory,
        unzip=listing.unzip,
        configuration_files=tuple(file.file for file in configuration.at_the_root if file.file is not None),
        processes=_processes(files, "Procfile"),
        builds=_processes(files, "Buildfile"),
        cron=_cron(files),
        proxy=nginx.problem(files.entries, files.content),
    )
    version_contents = contents.with_names(contents.read(name, files, configuration, manifest), bundle, files)
    return SourceBundle(
        extensions=configuration.option_settings,
        manifest=manifest if isinstance(manifest, Manifest) else None,
        contents=version_contents,
        bundle=replace(bundle, dockerrun=_version(version_contents.dockerrun), hook_texts=_hook_texts(files)),
    )


def _hook_texts(files: Files) -> tuple[tuple[str, str], ...]:
    """The texts of short hooks among the first ones, as long as there is room for them."""
    texts: list[tuple[str, str]] = []
    left = MOST_OF_HOOKS
    for path in contents.hooks(files):
        size = files.entries[path].size
        if size > min(MOST_OF_HOOK, left) or files.entries[path].kind != "file":
            continue
        try:
            text = files.content(path).decode()
        except (Broken, Malformed, UnicodeDecodeError):
            continue
        left -= size
        if "\0" not in text:
            texts.append((path, text))
    return tuple(texts)


def _processes(files: Files, path: str) -> tuple[Process, ...]:
    """The processes of a file; a file that is too long has none."""
    try:
        return tuple(processes.read(files.content(path), files.letters))
    except Malformed:
        return ()


def _cron(files: Files) -> Cron | None:
    """`cron.yaml` at the root; in another place it is none, and says so."""
    if cron.NAME in files.entries:
        try:
            return cron.read(files.content(cron.NAME), files.budget, files.letters)
        except Malformed as error:
            return Cron(problem=error.yaml)
    return Cron(problem=cron.NOT_AT_THE_ROOT) if cron.MISPLACED in files.entries else None


def _version(run: Dockerrun | None) -> str | None:
    return run.version if run is not None and run.is_json else None
