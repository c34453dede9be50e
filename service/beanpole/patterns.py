"""Regular expressions that come as data: from the spec, the option catalogue, or a user's own catalogue.

They are matched by RE2, which takes time linear in the text whatever the expression is. Python's own engine can take
time exponential in it, and a catalogue may come from anybody. Expressions in code are Python's; a test tries each.
"""

from collections.abc import Callable

Matcher = Callable[[str], bool]


def matcher(pattern: str, ignore_case: bool = False) -> Matcher:
    """Whether a whole text matches; raises ValueError for an expression that RE2 does not know (a look-around, say).

    RE2's module keeps what it has compiled, so a matcher may be made for each value.
    """
    import re2  # type: ignore[import-untyped]  # it has no types

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        matches = re2.compile(pattern, options).fullmatch
    except re2.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression that RE2 accepts: {_text(error)}") from None

    def match(text: str) -> bool:
        try:
            return matches(text) is not None
        except UnicodeEncodeError:  # half of a surrogate pair is in no alphabet
            return False

    return match


def _text(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode() if isinstance(reason, bytes) else str(reason)
