"""The masks of the journal: parameters of calls, and sentences that quote them, without secrets.

A value is a secret if the name beside it says so. The values of all environment properties are masked, because users
may keep secrets there. In any other text, the password of an address and the value of an assignment to a secret name
are masked.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from beanpole.model.options.namespaces import PARAMETERS, PROPERTIES
from beanpole.tables import limits

MASK = "******"  # as the service masks a password
MOST_TEXT = limits.most("journal_text")

_SECRET = re.compile(
    r"pass|pwd|secret|token|credential|private|auth(?!or(?!i))|signature|dsn"
    r"|(?:api|access|license|encryption|signing|master|shared|account)[_\-. ]?key"
    r"|(?<![a-z])(?:sk|otp|pat|jwt|salt)(?![a-z])"
)  # of a name whose letters are small: so it is five times as fast as if it ignored their case
_NAMES = ("OptionName", "Key", "ParameterKey", "Name")  # members that name the value beside them
_VALUES = ("Value", "ParameterValue")
_NAMESPACE = "Namespace"
_ALL_SECRET = frozenset({PROPERTIES, PARAMETERS})  # parameters have the properties in one text: EnvironmentVariables
_SHORT = 4  # characters; a shorter value is masked in a sentence only where it stands in quotes
_WORD = re.compile(r"\S+")


def mask(value: Any, values: Iterator[int]) -> Any:
    """A value of a call, without secrets; texts are cut, and values are left out when `values` is exhausted."""
    if isinstance(value, Mapping):
        is_secret = _has_secret(value)
        return {
            member[:MOST_TEXT]: MASK if is_secret and member in _VALUES else mask(inner, values)
            for member, inner in value.items()
            if next(values, None) is not None
        }
    if isinstance(value, list | tuple):
        return [mask(inner, values) for inner in value if next(values, None) is not None]
    return plain(value) if isinstance(value, str) else value


def sentence(text: str, parameters: Mapping[str, Any]) -> str:
    """A sentence about a call that quotes none of its secrets."""
    for secret in sorted(set(_secrets(parameters)), key=len, reverse=True):
        is_short = len(secret) < _SHORT
        text = text.replace(f"'{secret}'", f"'{MASK}'") if is_short else text.replace(secret, MASK)
    return plain(text)


def plain(text: str) -> str:
    """A text, cut, without passwords of addresses and values of secret names."""
    if "@" in text or "=" in text:
        text = _WORD.sub(_word, text)
    return text[:MOST_TEXT]


def _word(match: re.Match[str]) -> str:
    """A word without its secret. It is split instead of matched, which takes time in proportion to its length."""
    word = match[0]
    before, mark, after = word.partition("://")
    user, colon, _ = after.partition(":")
    if mark and "@" in after:
        end = after.rindex("@")
        if colon and len(user) < end and "/" not in user and "@" not in user:
            return f"{before}://{user}:{MASK}{after[end:]}"
    name, equals, value = word.partition("=")
    return f"{name}={MASK}" if equals and value and _is_secret(name) else word


def _has_secret(members: Mapping[str, Any]) -> bool:
    """Tell whether the members beside a value say that it is a secret; a setting without a namespace may be one."""
    name = next((members[member] for member in _NAMES if isinstance(members.get(member), str)), None)
    if "OptionName" in members:
        namespace = members.get(_NAMESPACE)
        if not isinstance(namespace, str) or namespace.strip().lower() in _ALL_SECRET:
            return True
    return name is not None and _is_secret(name)


def _is_secret(name: str) -> bool:
    return _SECRET.search(name.casefold()) is not None


def _secrets(value: Any) -> Iterator[str]:
    """The values that are masked, at every depth of the parameters."""
    if isinstance(value, Mapping):
        is_secret = _has_secret(value)
        for member, inner in value.items():
            if is_secret and member in _VALUES and isinstance(inner, str):
                if inner:
                    yield inner
            else:
                yield from _secrets(inner)
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _secrets(inner)
