"""Filter patterns of CloudWatch Logs: terms, and comparisons of members of JSON (its guide, FilterAndPatternSyntax)."""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from beanpole.wire.errors import ProtocolError

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
_JSON = re.compile(r'\{\s*\$\.([\w.]{1,200})\s*(=|!=)\s*(?:"([^"]*)"|([^\s"}]+))\s*\}')


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """Tell whether a message fits a pattern; raises ProtocolError for a pattern that is not known here."""
    text = (pattern or "").strip()
    if comparison := _JSON.fullmatch(text):
        path, operator, quoted, plain = comparison.groups()
        return lambda message: _compares(message, path.split("."), operator == "=", quoted or plain or "")
    if text[:1] in ("{", "[", "%"):
        sentence = "beanpole knows terms, and one comparison of a member of JSON by = or !=: not the pattern {pattern}"
        raise ProtocolError("InvalidParameterException", sentence.format(pattern=text))
    terms = _terms(text)
    any_of = [term for sign, term in terms if sign == "?"]
    all_of = [term for sign, term in terms if sign == ""]
    none_of = [term for sign, term in terms if sign == "-"]

    def fits(message: str) -> bool:
        return (
            all(term in message for term in all_of)
            and not any(term in message for term in none_of)
            and (not any_of or bool(all_of) or any(term in message for term in any_of))
        )

    return fits


def _terms(text: str) -> list[tuple[str, str]]:
    """The terms of a pattern, each with its sign."""
    terms, at = [], 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None or match.end() == at:
            raise ProtocolError("InvalidParameterException", "Invalid filter pattern")
        quoted = match[2]
        terms.append((match[1], match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)))
        at = match.end()
    return terms


def _compares(message: str, path: list[str], is_equal: bool, operand: str) -> bool:
    try:
        value: Any = json.loads(message)
    except ValueError:
        return False
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    text = value if isinstance(value, str) else json.dumps(value)
    return fnmatchcase(text, operand.replace("[", "[[]")) is is_equal
