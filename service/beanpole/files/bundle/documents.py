"""Reads a document that is YAML 1.1 or JSON; for one that is neither, it has the service's words for the reason.

Every scalar stays the text that it is, since the service echoes options verbatim; only a null is None. A document is
untrusted input: its depth is bounded, and `<<` is an ordinary key, since merged maps can grow without bound.
"""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

import yaml

MOST_LETTERS = 262_144  # of a document with its aliases expanded [inferred]
DEEPEST = 100  # levels of nesting: the reader in C has no bound and would crash the process

_NULL = "tag:yaml.org,2002:null"
_MOST_CHARACTERS = 4_096  # of a value that is not a text
_MOST_WORDS = 1_000  # characters of a reason
_MOST_EXPLAINED = 32_768  # bytes of a document that the slow loader parses for its message

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


def load(content: bytes) -> Any:
    """The texts, None, maps and lists of a document; raises Malformed."""
    try:
        _check_depth(content)
        return yaml.load(content, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = _yaml_words(content, error)
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
                raise Malformed("a value is too long")
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
            raise Malformed(f"it stands for more than {MOST_LETTERS} letters")


def _bounded(words: str) -> str:
    """A message of bounded length, without half a surrogate pair."""
    return words[:_MOST_WORDS].encode(errors="replace").decode()


def _check_depth(content: bytes) -> None:
    depth = 0
    for event in yaml.parse(content, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise ValueError(f"the document is nested more than {DEEPEST} levels deep")


def _yaml_words(content: bytes, error: Exception) -> str:
    if isinstance(error, yaml.YAMLError) and len(content) <= _MOST_EXPLAINED:
        try:
            yaml.load(content, _Explainer)
        except yaml.MarkedYAMLError as marked:
            return _marked(marked)
        except (yaml.YAMLError, ValueError, RecursionError) as other:
            return str(other)
    return str(error)


def _marked(error: yaml.MarkedYAMLError) -> str:
    """Context and problem of an error, each with its position and line."""
    lines = [error.context] if error.context else []
    first, second = error.context_mark, error.problem_mark
    if first is not None and (second is None or (first.line, first.column) != (second.line, second.column)):
        lines.append(_mark(first))
    lines += [error.problem] if error.problem else []
    lines += [_mark(second)] if second is not None else []
    return "\n".join(lines) + "\n"


def _mark(mark: Any) -> str:
    return f' in "<reader>", line {mark.line + 1}, column {mark.column + 1}:\n{mark.get_snippet()}'


def _json_words(content: bytes, error: Exception) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    character = error.doc[error.pos : error.pos + 1]
    problem = f"Unexpected character ({character})" if character else "Unexpected token END OF FILE"
    return f"{problem} at position {error.pos}."
