"""Reads a document that is YAML 1.1 or JSON, and says in the service's words why it is neither.

Every scalar stays the text it is, for the service echoes options verbatim; only a null is None. A document comes from
anybody: it is bounded in depth, and `<<` is a key like any other, for merged maps can be made to grow without end.
"""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

import yaml

MOST_LETTERS = 262_144  # that a document may stand for [inferred]
DEEPEST = 100  # levels of nesting: the C parser's reader knows no bound and would take the process down with it

_NULL = "tag:yaml.org,2002:null"
_MOST_CHARACTERS = 4_096  # of a value that is no text
_MOST_WORDS = 1_000  # characters of a reason
_MOST_SPOKEN_OF = 32_768  # bytes of a document that the slow loader is asked about

_as_json = json.JSONEncoder(separators=(",", ":")).iterencode
_json = partial(json.loads, parse_int=str, parse_float=str, parse_constant=str)


class Malformed(Exception):
    """A document that cannot be used, and why it is no YAML and no JSON."""

    def __init__(self, yaml_words: str, json_words: str = "") -> None:
        super().__init__(yaml_words)
        self.yaml = _speakable(yaml_words)
        self.json = _speakable(json_words or yaml_words)


class _Plain:
    """A loader of texts, Nones, maps and lists only."""

    yaml_implicit_resolvers: ClassVar[Any] = {
        first: [(tag, form) for tag, form in forms if tag == _NULL]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """A merge key is a key."""


class _Loader(_Plain, yaml.CSafeLoader):
    """The fast one."""


class _Speaker(_Plain, yaml.SafeLoader):
    """The slow one, whose words are the service's: its parser is kin to this one."""


def load(content: bytes) -> Any:
    """Texts, Nones, maps and lists; raises Malformed."""
    try:
        _check_depth(content)
        return yaml.load(content, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = _yaml_words(content, error)
    try:
        said = _json(content)
        json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair is no text
        return said
    except (ValueError, RecursionError) as error:
        raise Malformed(words, _json_words(content, error)) from None


def text(value: Any) -> str | None:
    """A value as an option has it: a text as it is, a map or a list as JSON; raises Malformed if it is endless."""
    if value is None or isinstance(value, str):
        return value
    try:
        told = ""
        for piece in _as_json(value):
            told += piece
            if len(told) > _MOST_CHARACTERS:
                raise Malformed("a value is too long")
    except (TypeError, ValueError, RecursionError):
        raise Malformed("a value is neither text nor a map") from None
    return told


def name(key: Any) -> str:
    """The key of a map as a name; nothing is the empty one."""
    return text(key) or ""


def check_size(texts: Iterable[str | None]) -> None:
    """Raise Malformed if these are too much to keep: an alias costs a few letters and may stand for thousands."""
    letters = 0
    for it in texts:
        letters += len(it or "") + 1
        if letters > MOST_LETTERS:
            raise Malformed(f"it stands for more than {MOST_LETTERS} letters")


def _speakable(words: str) -> str:
    """Not too long, and without half a surrogate pair."""
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
    if isinstance(error, yaml.YAMLError) and len(content) <= _MOST_SPOKEN_OF:
        try:
            yaml.load(content, _Speaker)
        except yaml.MarkedYAMLError as marked:
            return _marked(marked)
        except (yaml.YAMLError, ValueError, RecursionError) as other:
            return str(other)
    return str(error)


def _marked(error: yaml.MarkedYAMLError) -> str:
    """Context and problem, each with the place and the line that it speaks of."""
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
    what = f"Unexpected character ({character})" if character else "Unexpected token END OF FILE"
    return f"{what} at position {error.pos}."
