"""The common reading of sections of a configuration file: values, their bounds, and broken entries.

An entry that cfn-init cannot carry out fails on the instance; its file is not refused. cfn-init's words come from
Python's own exceptions and from its source [inferred].
"""

from collections.abc import Iterator, Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.parser_words import Malformed
from beanpole.model.bundles.configuration_file import BrokenEntry, Section, Words
from beanpole.tables import limits

MOST_LETTERS = limits.most("bundle_letters")
LONGEST_NAME = limits.most("document_key")

NO_ITEMS = "'{kind}' object has no attribute 'items'"
NO_KEYS = {"list": "list indices must be integers or slices, not str", "str": "string indices must be integers"}
_KINDS: Mapping[type[Any], str] = {list: "list", bool: "bool", dict: "dict"}


class Letters:
    """The letters that the configuration files of one bundle may still have, with their aliases expanded."""

    def __init__(self) -> None:
        self._left = MOST_LETTERS

    def spend(self, text: str) -> str:
        """The text, which counts from then on; raises Malformed if it is too much."""
        self._left -= len(text) + 1
        if self._left < 0:
            raise Malformed(limits.sentence("bundle_letters"))
        return text


class Wrong(Exception):
    """A value that cfn-init cannot use; the message is what it says."""


class Entries:
    """The entries of one section, and those that are broken."""

    def __init__(self, section: Section, letters: Letters) -> None:
        self.section = section
        self.letters = letters
        self.broken: list[BrokenEntry] = []

    def of(self, value: Any) -> Iterator[tuple[str, Any]]:
        """Names and values of a map in alphabetical order; none for an empty section; no map is a broken entry."""
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.add_broken("", NO_ITEMS.format(kind=kind_of(value)))
            return
        named = [(documents.name(key), inner) for key, inner in value.items()]
        for name, inner in sorted(named, key=lambda pair: pair[0]):
            yield self.letters.spend(name), inner

    def add_broken(self, name: str, words: str) -> None:
        """Keep an entry that cfn-init cannot carry out, with cfn-init's words."""
        self.broken.append(
            BrokenEntry(self.section, self.letters.spend(name[:LONGEST_NAME]), self.letters.spend(words))
        )

    def text(self, value: Any) -> str | None:
        """A text; a function of CloudFormation stays JSON. Raises Wrong for another map, and for a list."""
        if isinstance(value, list) or (isinstance(value, Mapping) and not is_function(value)):
            raise Wrong(f"'{kind_of(value)}' object has no attribute 'strip'")
        text = documents.text(value)
        return None if text is None else self.letters.spend(text)

    def json(self, value: Any) -> str:
        """A map as JSON."""
        return self.letters.spend(documents.text(value) or "")

    def texts(self, value: Any) -> tuple[str, ...]:
        """The texts of a list; a text alone is a list of one. Raises Wrong."""
        values = (self.text(inner) for inner in (value if isinstance(value, list) else [value]))
        return tuple(text for text in values if text is not None)

    def words(self, value: Any) -> Words | None:
        """A line for a shell, or a program and its arguments. Raises Wrong."""
        return self.texts(value) if isinstance(value, list) else self.text(value)

    def flag(self, value: Any) -> bool | None:
        """Tell whether a value says yes; None where it is not given, and no for what is neither [inferred]."""
        return None if value is None else documents.truth(value) or False


def kind_of(value: Any) -> str:
    """The type of a value in the words of Python."""
    return next((name for kind, name in _KINDS.items() if isinstance(value, kind)), "str")


def no_map(value: Any) -> str:
    """The words for a value that should be a map."""
    kind = kind_of(value)
    return NO_KEYS.get(kind, f"'{kind}' object is not subscriptable")


def is_function(value: Mapping[Any, Any]) -> bool:
    """Tell whether a map is a function of CloudFormation, which the service resolves before an instance reads it."""
    names = [documents.name(key) for key in value]
    return len(names) == 1 and (names[0] == "Ref" or names[0].startswith("Fn::"))
