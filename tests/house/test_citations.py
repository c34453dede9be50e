"""Comments and pages cite only what is in the tree: pages, headings, and no bare section number."""

import re
import tokenize
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from house.tree import ROOT, source_files

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DATA = [*sorted(ROOT.glob("api-spec/**/*.yaml")), ROOT / "pyproject.toml", ROOT / ".ci/run"]

PAGE_OF_TREE = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*[\w.-]+\.md)\b(?:#([\w-]*))?")
LINK = re.compile(r"\]\(([^)\s]*)\)")
# `(1.15)`, `(1.2 - 1.5)`, `(7, 1.12)`: a section of a page that is not named. A figure has a unit or a word beside it.
SECTION = re.compile(
    r"\(\d{1,2}\.\d{1,2}[);]|\(\d{1,2}(?:\.\d{1,2})?(?:(?:,| -| and) \d{1,2}(?:\.\d{1,2})?)+[);]|§|\b[Ss]ection \d"
)
OPENS_A_LINE = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT}


@cache
def prose(file: Path) -> str:
    """The text for the readers of a file: a Python file's comments and docstrings, else its whole text.

    To read the tokens of a Python file takes long: where nothing in it can be wrong, the text is empty.
    """
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return text
    may_be_wrong = SECTION.search(text) or any(not leads_somewhere(file.parent, *page) for page in cited(text))
    return prose_of(text) if may_be_wrong else ""


def prose_of(code: str) -> str:
    """The comments and docstrings of Python code."""
    parts = []
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(StringIO(code).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and before in OPENS_A_LINE):
            parts.append(token.string)
        before = token.type
    return "\n".join(parts)


def cited(text: str) -> list[tuple[str, str]]:
    """Every page of Markdown that a text names, with its heading or an empty text; no address of the web."""
    lines = "\n".join(line for line in text.splitlines() if ".md" in line) if ".md" in text else ""
    return PAGE_OF_TREE.findall(re.sub(r"https?://\S+", "", lines))


@cache
def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as sites that show Markdown make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def anchor(heading: str) -> str:
    """`Failed launch` → `failed-launch`."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def leads_somewhere(folder: Path, name: str, heading: str) -> bool:
    """Tell whether there is a file of that name, from the root or from a folder, and such a heading in it."""
    target = next((page for page in (ROOT / name, folder / name) if page.exists()), None)
    return target is not None and (not heading or heading in headings(target))


def test_every_page_and_heading_that_is_cited_is_in_the_tree() -> None:
    files = [*source_files("service", "workers", "tests"), *DATA, *PAGES]
    assert [
        f"{file.relative_to(ROOT)}: {name}#{heading}"
        for file in files
        for name, heading in cited(prose(file))
        if not leads_somewhere(file.parent, name, heading)
    ] == []


def test_every_link_of_a_page_leads_somewhere() -> None:
    assert [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link
        and not leads_somewhere(page.parent, link.partition("#")[0] or page.name, link.partition("#")[2])
    ] == []


def test_no_comment_gives_the_number_of_a_section() -> None:
    assert [
        f"{file.relative_to(ROOT)}: {number}"
        for file in source_files("service", "workers", "tests")
        if file != Path(__file__)  # which gives examples
        for number in SECTION.findall(prose(file))
    ] == []


@pytest.mark.parametrize("text", ["swap (1.15)", "(1.2 - 1.5)", "Health (1.16, 7)", "(5, 1.12)", "see section 7", "§7"])
def test_a_section_number_is_found(text: str) -> None:
    assert SECTION.search(prose_of(f'"""Words: {text}."""\n'))
    assert SECTION.search(prose_of(f"value = 1  # words: {text}\n"))


@pytest.mark.parametrize("text", ["(3.11 or newer)", "+16 (seen at 4 to 10)", "24 % (1.5 times)"])
def test_a_figure_is_no_section_number(text: str) -> None:
    assert not SECTION.search(prose_of(f"# {text}\nshares = (1.0, 0.6)\n"))


def test_a_page_or_a_heading_that_is_not_there_is_found() -> None:
    assert cited("as nowhere.md 1.2 has it") == [("nowhere.md", "")]
    assert not leads_somewhere(ROOT, "nowhere.md", "")
    assert leads_somewhere(ROOT, "docs/facts.md", "launch")
    assert not leads_somewhere(ROOT, "docs/facts.md", "launches-of-nothing")
