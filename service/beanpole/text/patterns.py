"""Regular expressions that come as data: from the spec, the option catalogue, or a user's own catalogue.

They are matched by RE2, which takes time linear in the text whatever the expression is. Python's own engine can take
time exponential in it, and a catalogue may come from anybody. Expressions in code are Python's; a test tries each.
"""

from collections.abc import Callable, Iterator

Matcher = Callable[[str], bool]
Spans = tuple[tuple[int, int], ...]  # where a match begins and ends, and each of its groups; -1 if it took no part
Finder = Callable[[bytes], Iterator[Spans]]


def matcher(pattern: str, ignore_case: bool = False) -> Matcher:
    """Tell whether a whole text matches; raises ValueError for an expression that RE2 does not know (a look-around,
    say).

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
            return matches(text.encode()) is not None  # in a str RE2's module would count the letters of the match
        except UnicodeEncodeError:  # half of a surrogate pair is in no alphabet
            return False

    return match


def finder(pattern: str, ignore_case: bool = False) -> Finder:
    """The matches in bytes, each the longest at its place, as POSIX has it; ValueError as for `matcher`."""
    import re2

    options = re2.Options()
    options.log_errors, options.longest_match, options.dot_nl = False, True, True
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = not ignore_case
    try:
        compiled = re2.compile(pattern.encode(), options)
    except re2.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression that RE2 accepts: {_text(error)}") from None
    groups = range(compiled.groups + 1)

    def find(data: bytes) -> Iterator[Spans]:
        for match in compiled.finditer(data):
            yield tuple(match.span(group) for group in groups)

    return find


def _text(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode() if isinstance(reason, bytes) else str(reason)
