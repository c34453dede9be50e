"""A docstring begins with the noun of its subject or with a verb, and that of a predicate with `Tell whether`."""

import re

from house.tree import ROOT, source_files

PRONOUNS = "What|Whoever|Whom|Who|Whether|Why|Where|How|Nobody|Somebody|It|They|Those|These|Such|As|Without"
OPENING = re.compile(rf'^ *"""((?:{PRONOUNS})\b.*)', re.MULTILINE)
PREDICATE = re.compile(r'-> bool:\n +"""([^"]*)')
# The result of a function that does something, too, is said beside that.
RESULT = re.compile(r"^Tell (?:whether|that)\b|\btell whether\b|; (?:false|true)\b|\b[Rr]eturns? false\b")


def findings(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """The texts that a pattern finds in the code, each with its file."""
    files = source_files("service", "workers")
    return [(str(path.relative_to(ROOT)), text) for path in files for text in pattern.findall(path.read_text("utf-8"))]


def test_no_docstring_begins_with_a_pronoun() -> None:
    assert findings(OPENING) == []


def test_a_predicate_says_what_it_tells() -> None:
    predicates = findings(PREDICATE)
    assert len(predicates) > 100
    assert [(path, text) for path, text in predicates if not RESULT.search(text)] == []
