"""The files `.ebextensions/*.config` of a bundle, which say how its environments are configured."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from beanpole.files.bundle import documents, extensions
from beanpole.files.bundle.archive_files import Broken, Files
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.extensions import Extension, NotAMap
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.model.applications.contents import BundleProblem, Skipped
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.tables import limits

T = TypeVar("T")

MOST_FILES = limits.most("bundle_configuration_files")
AT_THE_ROOT = ".ebextensions/"

_CONFIGURATION = re.compile(r"(?:.*/)?\.ebextensions/[^/]{1,200}\.config")  # in any folder (developer-guide#60)


class ConfigurationFiles(NamedTuple):
    """The files `.ebextensions/*.config` of all folders by path, the first ones with what was read of each."""

    paths: tuple[str, ...]
    results: list[tuple[str, Extension | BundleProblem]]

    @property
    def at_the_root(self) -> list[Extension]:
        """The files that instances carry out, without those that could not be read."""
        return [file for path, file in self.results if isinstance(file, Extension) and path.startswith(AT_THE_ROOT)]

    @property
    def problems(self) -> Iterator[BundleProblem]:
        """The problems of the files that were read."""
        return (result for _, result in self.results if isinstance(result, BundleProblem))

    @property
    def too_many(self) -> Iterator[BundleProblem]:
        """The problem of the first file that was not read, if there is one."""
        for path in self.paths[MOST_FILES : MOST_FILES + 1]:
            reason = limits.sentence("bundle_configuration_files")
            yield BundleProblem("syntax", path, reason, reason)

    @property
    def skipped(self) -> Iterator[Skipped]:
        """The files with a key that the guide does not have, which makes them have no effect."""
        for path, result in self.results:
            if isinstance(result, Extension) and result.invalid_key is not None:
                yield Skipped(path, result.invalid_key)

    @property
    def option_settings(self) -> tuple[OptionSetting, ...]:
        """The option settings of all files at the root; raises Broken if they are too large to store."""
        settings: tuple[OptionSetting, ...] = ()
        for file in self.at_the_root:
            settings = merge(settings, file.option_settings)
            try:
                documents.check_size(text for setting in settings for text in extensions.texts(setting))
            except Malformed as error:
                raise Broken from error
        return settings


def read(files: Files) -> ConfigurationFiles:
    """The configuration files of a bundle."""
    paths = files.matching(_CONFIGURATION)
    return ConfigurationFiles(paths, [(path, document(files, path, extensions.read)) for path in paths[:MOST_FILES]])


def document(files: Files, path: str, read: Callable[[str, bytes, Budget, Letters], T]) -> T | BundleProblem:
    """The document that `read` makes of a file, or the problem of the file."""
    try:
        return read(path, files.content(path), files.budget, files.letters)
    except Malformed as error:
        return BundleProblem("syntax", path, error.yaml, error.json)
    except NotAMap:
        return BundleProblem("entry", path)
