"""Reads a source bundle: its option settings, its manifest, and the rest of it, which instances carry out.

A bundle is untrusted input: no file is read beyond a bound, whatever its header says, and a file that cannot be read is
a problem of the version, never an error of the server.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import islice
from typing import IO, BinaryIO, Literal, NamedTuple, TypeVar

from msgspec.structs import replace

from beanpole.files.bundle import (
    checksums,
    cron,
    dockerrun,
    documents,
    extensions,
    intrinsics,
    manifests,
    names,
    packages,
    processes,
    resources,
    single_files,
    templates,
    zip_directory,
)
from beanpole.files.bundle.archive_files import Broken, Files
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.extensions import Extension, NotAMap
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.files.bundle.remote import TooMuch
from beanpole.files.bundle.zip_directory import Damaged, Row
from beanpole.model.applications.contents import BundleProblem, Contents, Dockerrun, Skipped
from beanpole.model.applications.manifest import FILE as MANIFEST
from beanpole.model.applications.manifest import Manifest
from beanpole.model.bundles.bundle import Bundle, Cron, Process
from beanpole.model.bundles.configuration_file import Command
from beanpole.model.bundles.directory import WHOLE, Directory, Entry
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.tables import limits

T = TypeVar("T")

MOST_NAMED = limits.most("bundle_names")
MOST_CONFIGURATION_FILES = limits.most("bundle_configuration_files")
MOST_OF_HOOK = limits.most("bundle_hook")
MOST_OF_HOOKS = limits.most("bundle_hooks")
STARTING = (
    "Dockerfile",
    "Dockerrun.aws.json",
    "Procfile",
    "app.js",
    "composer.json",
    "docker-compose.yml",
    "package.json",
    "server.js",
)

_CONFIGURATION = re.compile(r"(?:.*/)?\.ebextensions/[^/]{1,200}\.config")  # in any folder (developer-guide#60)
_AT_THE_ROOT = ".ebextensions/"
_JAR = re.compile(r"[^/]{1,200}\.jar")
_HOOK = re.compile(r"\.platform/(?:config)?hooks/.{1,200}")


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
    contents = Contents(files=1, single=single.name, unzip=names.NO_ARCHIVE, dockerrun=single.dockerrun)
    bundle = replace(bundle, single=single.name, dockerrun=_version(single.dockerrun))
    if single.name is None:
        return SourceBundle(contents=contents, bundle=replace(bundle, unzip=names.NO_ARCHIVE))
    entry = Entry(single.name, "file", 0o644, bundle.size, WHOLE, bundle.size, 0)
    digest = sha256(f"{single.name}\0{bundle.digest}".encode()).hexdigest() if bundle.digest else ""
    return SourceBundle(
        contents=replace(contents, starting=(single.name,)),
        bundle=replace(bundle, digest=digest, directory=Directory((entry,))),
    )


class _ConfigurationFiles(NamedTuple):
    """The files `.ebextensions/*.config` of all folders by path, the first ones with what was read of each.

    `at_the_root` are those that instances carry out, without those that could not be read.
    """

    paths: tuple[str, ...]
    results: list[tuple[str, Extension | BundleProblem]]

    @property
    def at_the_root(self) -> list[Extension]:
        return [file for path, file in self.results if isinstance(file, Extension) and path.startswith(_AT_THE_ROOT)]

    @property
    def problems(self) -> Iterator[BundleProblem]:
        return (result for _, result in self.results if isinstance(result, BundleProblem))

    @property
    def skipped(self) -> Iterator[Skipped]:
        for path, result in self.results:
            if isinstance(result, Extension) and result.invalid_key is not None:
                yield Skipped(path, result.invalid_key)


def _read(name: str, file: BinaryIO, rows: Iterable[Row], bundle: Bundle, whole: IO[bytes] | None) -> SourceBundle:
    files, rows = Files(file), list(rows)
    damages = checksums.failures(whole, rows) if whole is not None else ()
    listing = names.listing(rows, files.target, damages)
    files.take(listing.directory, listing.encrypted)
    paths = files.matching(_CONFIGURATION)
    first = paths[:MOST_CONFIGURATION_FILES]
    configuration = _ConfigurationFiles(paths, [(path, _document(files, path, extensions.read)) for path in first])
    manifest = _document(files, MANIFEST, manifests.read) if MANIFEST in files.entries else None
    bundle = replace(
        bundle,
        directory=listing.directory,
        unzip=listing.unzip,
        configuration_files=tuple(file.file for file in configuration.at_the_root if file.file is not None),
        processes=_processes(files, "Procfile"),
        builds=_processes(files, "Buildfile"),
        cron=_cron(files),
    )
    contents = _with_names(_contents(name, files, configuration, manifest), bundle, files)
    return SourceBundle(
        extensions=_merged(configuration.at_the_root),
        manifest=manifest if isinstance(manifest, Manifest) else None,
        contents=contents,
        bundle=replace(bundle, dockerrun=_version(contents.dockerrun), hook_texts=_hook_texts(files)),
    )


def _contents(
    name: str, files: Files, configuration: _ConfigurationFiles, manifest: Manifest | BundleProblem | None
) -> Contents:
    """The contents without the names of what the bundle holds."""
    own = configuration.at_the_root
    declarations = [resource for file in own for resource in file.resources]
    problem = resources.problem(declarations) or intrinsics.problem(file.template or {} for file in own)
    manifest_problems = [manifest] if isinstance(manifest, BundleProblem) else []
    return Contents(
        configuration_files=_first(path for path in configuration.paths if path.startswith(_AT_THE_ROOT)),
        starting=_first(_starting(name, files)),
        package=_package(files),
        problems=_first((*configuration.problems, *manifest_problems, *_too_many(configuration.paths))),
        skipped=_first(configuration.skipped),
        template=problem,
        custom=templates.merged(file.template or {} for file in own) if problem is None else None,
        of_load_balancers=_first(resources.of_load_balancers(declarations)),
        attributes_of_load_balancers=_first(resources.attributes_of_load_balancers(declarations)),
        outputs_of_load_balancers=_first(resources.outputs_of_load_balancers(declarations)),
        dockerrun=_dockerrun(files),
    )


def _hook_texts(files: Files) -> tuple[tuple[str, str], ...]:
    """The texts of short hooks among the first ones, as long as there is room for them."""
    texts: list[tuple[str, str]] = []
    left = MOST_OF_HOOKS
    for path in _first(files.matching(_HOOK)):
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


def _with_names(contents: Contents, bundle: Bundle, files: Files) -> Contents:
    """The contents with the names of what the bundle holds."""
    configured = bundle.configuration_files
    return replace(
        contents,
        files=len(files.entries),
        hooks=_first(files.matching(_HOOK)),
        commands=_names(command for file in configured for command in file.commands),
        container_commands=_names(command for file in configured for command in file.container_commands),
        processes=_first(process.name for process in bundle.processes),
        builds=_first(process.name for process in bundle.builds),
        unzip=bundle.unzip,
        cron=bundle.cron,
    )


def _too_many(paths: tuple[str, ...]) -> Iterator[BundleProblem]:
    for path in paths[MOST_CONFIGURATION_FILES : MOST_CONFIGURATION_FILES + 1]:
        reason = limits.sentence("bundle_configuration_files")
        yield BundleProblem("syntax", path, reason, reason)


def _starting(name: str, files: Files) -> Iterator[str]:
    """The files that say how to start the application; a JAR may be the bundle itself."""
    yield from (path for path in STARTING if path in files.entries)
    yield from (name,) if _JAR.fullmatch(name) else files.matching(_JAR)


def _package(files: Files) -> Literal["any-node", "no-json"] | None:
    """The problem of `package.json`; a broken one does not matter if the bundle has its dependencies installed."""
    try:
        problem = packages.read(files.content(packages.NAME)) if packages.NAME in files.entries else None
    except Malformed:
        return None
    installed = any(path.startswith("node_modules/") for path in files.entries)
    return None if problem == "no-json" and installed else problem


def _merged(files: Iterable[Extension]) -> tuple[OptionSetting, ...]:
    """The option settings of all files; if they are too large to store, the bundle cannot be used."""
    settings: tuple[OptionSetting, ...] = ()
    for extension in files:
        settings = merge(settings, extension.option_settings)
        try:
            documents.check_size(text for setting in settings for text in extensions.texts(setting))
        except Malformed as error:
            raise Broken from error
    return settings


def _first(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(islice(items, MOST_NAMED))


def _names(commands: Iterable[Command]) -> tuple[str, ...]:
    return _first(command.name[: extensions.MOST_LETTERS] for command in commands)


def _document(files: Files, path: str, read: Callable[[str, bytes, Budget, Letters], T]) -> T | BundleProblem:
    try:
        return read(path, files.content(path), files.budget, files.letters)
    except Malformed as error:
        return BundleProblem("syntax", path, error.yaml, error.json)
    except NotAMap:
        return BundleProblem("entry", path)


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


def _dockerrun(files: Files) -> Dockerrun | None:
    if dockerrun.NAME not in files.entries:
        return None
    try:
        return dockerrun.read(files.content(dockerrun.NAME))
    except Malformed:
        return Dockerrun(is_json=False)


def _version(run: Dockerrun | None) -> str | None:
    return run.version if run is not None and run.is_json else None
