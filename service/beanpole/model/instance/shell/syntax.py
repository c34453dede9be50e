"""Scripts as values: commands with their words and redirections, and what joins them."""

from typing import Literal, NamedTuple


class Unsupported(Exception):
    """A script, or an option, that only a real machine would carry out."""


class Part(NamedTuple):
    """A part of a word: a text, or the variable of that name. Nothing in quotes is split or matched with files."""

    kind: Literal["text", "variable"]
    text: str
    is_quoted: bool


Word = tuple[Part, ...]


class Redirection(NamedTuple):
    """`operator` is one of `<`, `>`, `>>`, `>&`, `&>`, `&>>`, `<<`; `descriptor` is the number before it.

    The word behind `<<` is the document itself.
    """

    descriptor: int
    operator: str
    word: Word


class Simple(NamedTuple):
    """A simple command that begins in a line of the script."""

    line: int
    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]


class Joined(NamedTuple):
    """A command, and what joins it to the one before: `;` (or a newline), `&&` or `||`."""

    operator: Literal[";", "&&", "||"]
    is_negated: bool
    command: Simple


Script = tuple[Joined, ...]


def literal(word: Word) -> str | None:
    """The text of a word that expands to itself, quotes removed; None if it has a variable."""
    return None if any(part.kind == "variable" for part in word) else "".join(part.text for part in word)
