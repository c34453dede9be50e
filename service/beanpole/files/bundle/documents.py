"""Reads a document that is YAML 1.1 or JSON; for one that is neither, it has the service's words for the reason.

Every scalar stays the text that it is, since the service echoes options verbatim; only a null is None. A document is
untrusted input: its depth is bounded, and `<<` is an ordinary key, since merged maps can grow without bound.
"""

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

import yaml

from beanpole import limits

MOST_LETTERS = limits.most("document_letters")
DEEPEST = limits.most("document_depth")  # the reader in C has no bound and would crash the process

_NULL = "tag:yaml.org,2002:null"
_MOST_CHARACTERS = limits.most("document_value")
_MOST_OF_REASON = limits.most("document_reason")
_MOST_EXPLAINED = limits.most("explained_document")
_MOST_EXPLAINED_IN_ALL = limits.most("explained_bundle")  # the slow parser reads some tens of bytes in a millisecond
_LOOKED_AHEAD = 2  # lines behind the error: the slow parser may find it later than the fast one

_as_json = json.JSONEncoder(separators=(",", ":")).iterencode
_json = partial(json.loads, parse_int=str, parse_float=str, parse_constant=str)


class Malformed(Exception):
    """A document that cannot be used, with the reasons why it is not YAML and not JSON."""

    def __init__(self, yaml_words: str, json_words: str = "") -> None:
        super().__init__(yaml_words)
        self.yaml = _bounded(yaml_words)
        self.json = _bounded(json_words or yaml_words)


class _Plain:
    """A loader of texts, None, maps and lists only."""

    yaml_implicit_resolvers: ClassVar[Any] = {
        first: [(tag, form) for tag, form in forms if tag == _NULL]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """A merge key is an ordinary key."""


class _Loader(_Plain, yaml.CSafeLoader):
    """The fast loader."""


class _Explainer(_Plain, yaml.SafeLoader):
    """The slow loader, whose messages are like the service's: the parsers are related."""


class Budget:
    """What the messages for the documents of one bundle may still cost, in bytes that the slow parser reads."""

    def __init__(self) -> None:
        self._left = _MOST_EXPLAINED_IN_ALL

    def allows(self, length: int) -> bool:
        """Whether the slow parser may read that many bytes; they count from then on."""
        if length > min(self._left, _MOST_EXPLAINED):
            return False
        self._left -= length
        return True


def load(content: bytes, budget: Budget | None = None) -> Any:
    """The texts, None, maps and lists of a document; raises Malformed.

    Where the budget is used up, the message is that of the fast parser.
    """
    try:
        _check_depth(content)
        return yaml.load(content, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = _yaml_words(content, error, budget or Budget())
    try:
        document = _json(content)
        json.dumps(document, ensure_ascii=False).encode()  # raises for half a surrogate pair
        return document
    except (ValueError, RecursionError) as error:
        raise Malformed(words, _json_words(content, error)) from None


def text(value: Any) -> str | None:
    """A value as the text of an option: a map or a list becomes JSON. Raises Malformed if it is too long or endless."""
    if value is None or isinstance(value, str):
        return value
    try:
        written = ""
        for piece in _as_json(value):
            written += piece
            if len(written) > _MOST_CHARACTERS:
                raise Malformed(limits.sentence("document_value"))
    except (TypeError, ValueError, RecursionError):
        raise Malformed("a value is neither text nor a map") from None
    return written


def name(key: Any) -> str:
    """The key of a map as a name; a null is the empty name."""
    return text(key) or ""


def check_size(texts: Iterable[str | None]) -> None:
    """Raise Malformed if texts are too long to store: an alias of a few letters may expand to thousands."""
    letters = 0
    for each in texts:
        letters += len(each or "") + 1
        if letters > MOST_LETTERS:
            raise Malformed(limits.sentence("document_letters"))


def _bounded(words: str) -> str:
    """A message of bounded length, without half a surrogate pair."""
    return words[:_MOST_OF_REASON].encode(errors="replace").decode()


def _check_depth(content: bytes) -> None:
    depth = 0
    for event in yaml.parse(content, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise ValueError(limits.sentence("document_depth"))


def _yaml_words(content: bytes, error: Exception, budget: Budget) -> str:
    if not isinstance(error, yaml.YAMLError):
        return str(error)
    is_small = len(content) <= _MOST_EXPLAINED
    explain = yaml.load if is_small else yaml.compose
    text = _up_to(error, content) if not is_small and isinstance(error, yaml.MarkedYAMLError) else content
    # The messages of constructors are written in Python for both loaders.
    if budget.allows(len(text)) and (is_small or not isinstance(error, yaml.constructor.ConstructorError)):
        try:
            explain(text, _Explainer)
        except yaml.MarkedYAMLError as marked:
            return _marked(marked)
        except (yaml.YAMLError, ValueError, RecursionError) as other:
            return str(other)
    return _marked(error, content) if isinstance(error, yaml.MarkedYAMLError) else str(error)


def _up_to(error: yaml.MarkedYAMLError, content: bytes) -> bytes:
    """The lines of a document up to its first error, and those behind it at which the slow parser looks."""
    last = max(mark.line for mark in (error.context_mark, error.problem_mark) if mark is not None)
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: last + 1 + _LOOKED_AHEAD])


def _marked(error: yaml.MarkedYAMLError, content: bytes | None = None) -> str:
    """Context and problem of an error, each with its position and its line, from `content` if the mark has none."""
    text = None if content is None else _decoded(content) + "\0"
    lines = [error.context] if error.context else []
    first, second = error.context_mark, error.problem_mark
    if first is not None and (second is None or (first.line, first.column) != (second.line, second.column)):
        lines.append(_mark(first, text))
    lines += [error.problem] if error.problem else []
    lines += [_mark(second, text)] if second is not None else []
    return "\n".join(lines) + "\n"


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    return content.decode(encoding, errors="replace")


def _mark(mark: Any, text: str | None) -> str:
    if text is not None:
        pointer = min(mark.index, len(text) - 1)
        mark = yaml.Mark("", pointer, mark.line, mark.column, text, pointer)
    return f' in "<reader>", line {mark.line + 1}, column {mark.column + 1}:\n{mark.get_snippet()}'


def _json_words(content: bytes, error: Exception) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    character = error.doc[error.pos : error.pos + 1]
    problem = f"Unexpected character ({character})" if character else "Unexpected token END OF FILE"
    return f"{problem} at position {error.pos}."
