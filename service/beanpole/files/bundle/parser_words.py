"""The words for a document that is neither YAML nor JSON: those of the service's parsers, SnakeYAML and JSON.simple.

The words are those of 2023, but for two forms that were captured before and never since: a character that YAML forbids,
and the names of tokens [C: samples#90, dev-guide#60, cloudformation-user-guide#1303].
"""

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from typing import Any, Literal

import yaml

from beanpole.tables import limits

_MOST_OF_REASON = limits.most("document_reason")
_MOST_EXPLAINED = limits.most("explained_document")
_MOST_EXPLAINED_IN_ALL = limits.most("explained_bundle")  # the slow parser reads some tens of bytes in a millisecond
_LOOKED_AHEAD = 2  # lines behind the error: the slow parser may find it later than the fast one

_TOKENS: Mapping[str, str] = {  # as PyYAML and as SnakeYAML names them
    "?": "Key",
    ":": "Value",
    ",": "FlowEntry",
    "-": "BlockEntry",
    "[": "FlowSequenceStart",
    "]": "FlowSequenceEnd",
    "{": "FlowMappingStart",
    "}": "FlowMappingEnd",
}
_COMPLAINT = re.compile(r"but (found|got) '(<[a-z ]+>|[?:,\[\]{}-])'")
_NO_TOKEN = re.compile(r"found character '(.+)' that cannot start any token")
_ESCAPE = re.compile(r"(found unknown escape character) '(.)'")
_TAG = re.compile(r"(could not determine a constructor for the tag) '([^']*)'")
_UNDECODABLE = "java.nio.charset.MalformedInputException: Input length = 1"


class Malformed(Exception):
    """A document that cannot be used, with the reasons why it is not YAML and not JSON."""

    def __init__(self, yaml_words: str, json_words: str = "") -> None:
        super().__init__(yaml_words)
        self.yaml = _bounded(yaml_words)
        self.json = _bounded(json_words or yaml_words)


class Budget:
    """The remaining cost of messages for the documents of one bundle, in bytes that the slow parser may read."""

    def __init__(self) -> None:
        self._left = _MOST_EXPLAINED_IN_ALL

    def allows(self, length: int) -> bool:
        """Tell whether the slow parser may read that many bytes; they count from then on."""
        if length > min(self._left, _MOST_EXPLAINED):
            return False
        self._left -= length
        return True


def of_yaml(content: bytes, error: Exception, budget: Budget, explainer: Any) -> str:
    """The reason why a document is not YAML, in the words of the slow loader `explainer` if the budget allows it."""
    if not isinstance(error, yaml.YAMLError):
        return str(error)
    is_small = len(content) <= _MOST_EXPLAINED
    explain = yaml.load if is_small else yaml.compose
    text = _up_to(error, content) if not is_small and isinstance(error, yaml.MarkedYAMLError) else content
    # The messages of constructors are written in Python for both loaders.
    if budget.allows(len(text)) and (is_small or not isinstance(error, yaml.constructor.ConstructorError)):
        try:
            explain(text, explainer)
        except (yaml.YAMLError, ValueError, RecursionError) as other:
            return _of_error(other, None)
    return _of_error(error, content)


def of_json(content: bytes, error: Exception) -> str:
    """The reason why a document is not JSON; bytes that are no character are replaced, as Java does."""
    if isinstance(error, UnicodeDecodeError):
        decoded = decode(content)
        try:
            json.loads(decoded)
        except (ValueError, RecursionError) as other:
            error = other
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    character = error.doc[error.pos : error.pos + 1]
    symbol = "\\0" if character == "\0" else character
    problem = f"Unexpected character ({symbol})" if character else "Unexpected token END OF FILE"
    return f"{problem} at position {error.pos}."


def decode(content: bytes, errors: Literal["replace", "strict"] = "replace") -> str:
    """The text of a document as YAML decodes it."""
    encoding = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    return content.decode(encoding, errors=errors)


def _bounded(words: str) -> str:
    """A message of bounded length, without half a surrogate pair."""
    return words[:_MOST_OF_REASON].encode(errors="replace").decode()


def _of_error(error: Exception, content: bytes | None) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        return _marked(error, content)
    if isinstance(error, yaml.reader.ReaderError):
        return _unreadable(error)
    return str(error)


def _unreadable(error: Any) -> str:
    """A character that YAML forbids, or bytes that are no character."""
    if error.encoding != "unicode":
        return _UNDECODABLE
    code = error.character if isinstance(error.character, int) else ord(error.character)
    symbol = "\\0" if code == 0 else chr(code)
    return (
        f"unacceptable character '{symbol}' (0x{code:X}) special characters are not allowed "
        f'in "<reader>", position {error.position}'
    )


def _up_to(error: yaml.MarkedYAMLError, content: bytes) -> bytes:
    """The lines of a document up to its first error, and those behind it at which the slow parser looks."""
    last = max(mark.line for mark in (error.context_mark, error.problem_mark) if mark is not None)
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: last + 1 + _LOOKED_AHEAD])


def _marked(error: yaml.MarkedYAMLError, content: bytes | None = None) -> str:
    """Context and problem of an error, each with its position and its line, from `content` if the mark has none."""
    text = None if content is None else decode(content) + "\0"
    lines = [error.context] if error.context else []
    first, second = error.context_mark, error.problem_mark
    if first is not None and (second is None or (first.line, first.column) != (second.line, second.column)):
        lines.append(_mark(first, text))
    lines += [_translated(error.problem)] if error.problem else []
    lines += [_mark(second, text)] if second is not None else []
    return "\n".join(lines) + "\n"


def _translated(problem: str) -> str:
    """A problem in the words of SnakeYAML: tokens by their names there, tags without quotes, and its advice."""
    advice = _NO_TOKEN.sub(_without_token, problem)
    advice = _ESCAPE.sub(lambda match: f"{match[1]} {match[2]}({ord(match[2])})", advice)
    return _TAG.sub(r"\1 \2", _COMPLAINT.sub(lambda match: f"but {match[1]} {_token(match[2])}", advice))


def _without_token(match: re.Match[str]) -> str:
    symbol = r"\t(TAB)" if match[1] == r"\t" else match[1]
    return f"found character '{symbol}' that cannot start any token. (Do not use {symbol} for indentation)"


def _token(id_: str) -> str:
    return _TOKENS.get(id_) or "".join(word.capitalize() for word in id_.strip("<>").split())


def _mark(mark: Any, text: str | None) -> str:
    if text is not None:
        pointer = min(mark.index, len(text) - 1)
        mark = yaml.Mark("", pointer, mark.line, mark.column, text, pointer)
    return f" in 'reader', line {mark.line + 1}, column {mark.column + 1}:\n{mark.get_snippet()}"
