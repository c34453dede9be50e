"""The page of captures has a row for every sentence and every table of durations, with its source, mark and test."""

import ast
import re
import string
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from beanpole.model.events import failures, messages
from beanpole.model.events.messages import BatchSentences, Sentence
from beanpole.model.health import causes
from house.tree import ROOT

PAGE = ROOT / "docs" / "captures.md"
MODULES = (messages, failures, causes)
ROW = re.compile(r"^\| `([\w.-]+)` \| (.+?) \| ([CI]) \| (`[\w/.-]+`|-) \|$", re.MULTILINE)
NO_SOURCE = "-"
SHORTEST = 6  # characters of a sentence that a test can be known by


class Row(NamedTuple):
    name: str
    source: str
    mark: str
    held_by: str


def rows() -> dict[str, Row]:
    """Every row of the page, by its name."""
    return {cells[0]: Row(cells[0], cells[1], cells[2], cells[3].strip("`")) for cells in ROW.findall(text())}


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def template(value: object) -> str | None:
    """The words of a sentence; of those of a batch the first."""
    if isinstance(value, BatchSentences):
        value = value.starting
    if isinstance(value, Sentence):
        return value.template
    return value if isinstance(value, str) else None


def sentences() -> dict[str, tuple[str, bool]]:
    """The words of every sentence in the code by `module.NAME`, and whether its comment marks it as inferred."""
    sentences_by_name = {}
    for module in MODULES:
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.parse(source).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name) and target.id.isupper():
                words = template(vars(module)[target.id])
                marked = "[I]" in "\n".join(lines[node.lineno - 1 : node.end_lineno])
                if words is not None:
                    sentences_by_name[f"{module.__name__.rpartition('.')[2]}.{target.id}"] = words, marked
    return sentences_by_name


def longest_part(words: str) -> str:
    """The longest part of a sentence between its slots."""
    return max((part for part, *_ in string.Formatter().parse(words)), key=len).strip()


def source_text(file: Path) -> str:
    """The text of a test, with the literals that a line end cuts joined again."""
    return re.sub(r'"\s*\n\s*f?"', "", file.read_text(encoding="utf-8"))


def tables() -> dict[str, object]:
    timings = yaml.safe_load((ROOT / "api-spec" / "catalog" / "timings.yaml").read_text(encoding="utf-8"))
    activities: dict[str, object] = timings["activities"]
    return activities


def test_every_sentence_and_every_table_of_durations_has_one_row_and_no_other_has() -> None:
    named = [cells[0] for cells in ROW.findall(text())]
    assert sorted(named) == sorted([*sentences(), *tables()]), "add a row to docs/captures.md, with the source"


def test_the_marks_of_the_page_are_those_of_the_code() -> None:
    page = rows()
    assert {name: page[name].mark for name in sentences()} == {
        name: "I" if marked else "C" for name, (_, marked) in sentences().items()
    }


def test_what_is_not_inferred_has_a_source() -> None:
    assert [row.name for row in rows().values() if row.mark == "C" and row.source == NO_SOURCE] == []


def test_what_has_no_source_is_marked_in_the_table_of_durations() -> None:
    page = rows()
    assert {name: page[name].mark for name in tables()} == {
        name: "I" if page[name].source == NO_SOURCE else "C" for name in tables()
    }


def test_every_sentence_is_held_by_a_test_that_has_its_words() -> None:
    page = rows()
    for name, (words, _) in sentences().items():
        part = longest_part(words)
        if len(part) < SHORTEST:
            assert page[name].held_by == NO_SOURCE, f"{name} has no words of its own"
        else:
            file = ROOT / page[name].held_by
            assert file.is_file(), f"{name}: there is no {page[name].held_by}"
            assert part in source_text(file), f"{name}: {page[name].held_by} has none of it"


def test_every_table_of_durations_is_held_by_a_golden_timeline() -> None:
    page = rows()
    for name in tables():
        assert re.fullmatch(r"\s*0\.000\s.*", (ROOT / page[name].held_by).read_text(encoding="utf-8").splitlines()[0])


@pytest.mark.parametrize("story", re.findall(r"`([\w-]+)`", text().partition("| Story |")[2].partition("\n\n")[0]))
def test_a_story_that_no_capture_backs_is_a_golden_timeline(story: str) -> None:
    assert (ROOT / "tests" / "scenarios" / f"{story}.txt").is_file()
