"""Names are nouns: what a value is, not what became of it, and no pronoun."""

import ast
import re
import symtable
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.tree import ROOT

NO_NOUNS = frozenset(
    [
        "it",
        "each",
        "asked",
        "brought",
        "found",
        "given",
        "gone",
        "held",
        "kept",
        "made",
        "said",
        "seen",
        "shown",
        "sought",
        "taken",
        "told",
        "wanted",
        "wished",
    ]
)
ROOMS = tuple(
    str(path.relative_to(ROOT))
    for root in ("service/beanpole", "workers/beanpole_workers", "tests")
    for path in sorted((ROOT / root).iterdir())
    if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
)


def bound(path: Path) -> Iterator[tuple[str, int]]:
    """The names that a file gives to values, functions and classes, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) or (
            isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None
        ):
            yield node.name, node.lineno


def identifiers(path: Path) -> Iterator[str]:
    """Every identifier of a file, bound or not; private ones of a class with its name before them.

    Most files hold none that is refused: they need no tree of syntax, which takes six times as long.
    """
    tables = [symtable.symtable(path.read_text(encoding="utf-8"), str(path), "exec")]
    while tables:
        table = tables.pop()
        yield from table.get_identifiers()
        tables += table.get_children()


def may_bind(path: Path) -> bool:
    """Tell whether a file has an identifier that may be refused."""
    return any(name.lower().strip("_").rpartition("__")[2] in NO_NOUNS for name in identifiers(path))


@pytest.mark.parametrize(
    "code",
    [
        "told = 1",
        "def f(it): ...",
        "f = lambda *, found: found",
        "[1 for _given in ()]",
        "class Told: ...",
        "def f():\n    def g():\n        for seen, _ in (): ...",
        "match 1:\n    case [*gone] if gone: ...",
        "class C:\n    def f(self):\n        __kept = 1",
        "(held_ := 1)",
    ],
)
def test_a_participle_or_a_pronoun_is_found(code: str, tmp_path: Path) -> None:
    file = tmp_path / "named.py"
    file.write_text(code, encoding="utf-8")
    assert may_bind(file)
    assert refused(file) != []


def test_a_noun_is_not_refused(tmp_path: Path) -> None:
    file = tmp_path / "named.py"
    file.write_text('"""It was told."""\nname = "found"', encoding="utf-8")
    assert not may_bind(file)
    assert refused(file) == []


def refused(path: Path) -> list[str]:
    """The lines of a file that bind such a name."""
    return [f"{path.name}:{line}: {name}" for name, line in bound(path) if name.lower().strip("_") in NO_NOUNS]


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_is_a_participle_or_a_pronoun(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py")) or [ROOT / room]
    assert [
        f"{path.parent.relative_to(ROOT)}/{line}" for path in files if may_bind(path) for line in refused(path)
    ] == []


PROSE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
TEMPLATE = re.compile(r"`[^`]*`")
NAMED = re.compile(rf"(?<![\w$-])(?:(?<!\.)|(?<=\.\.\.))(?:{'|'.join(sorted(NO_NOUNS))})(?![\w$-])")


def names_in_script(text: str) -> list[str]:
    """The refused names in a script of the console, without its comments and texts."""
    code = TEMPLATE.sub(lambda text: " ".join(re.findall(r"\$\{[^}]*", text[0])), PROSE.sub('""', text))
    return NAMED.findall(code)


def test_a_participle_in_a_script_is_found() -> None:
    script = """const found = `made ${kept}`; // told
const { a: given } = "seen"; x.shown = `it`; f({ ...each });"""
    assert names_in_script(script) == ["found", "kept", "given", "each"]


def test_no_name_in_the_scripts_of_the_console_is_a_participle() -> None:
    scripts = sorted((ROOT / "service/beanpole/console/static").glob("*.js"))
    assert len(scripts) > 10
    named = {path.name: names_in_script(path.read_text(encoding="utf-8")) for path in scripts}
    assert {name: names for name, names in named.items() if names} == {}


SET_IN_TEMPLATE = re.compile(r"\{%-?\s*(?:for\s+([\w,\s()]+?)\s+in\b|set\s+(\w+)|macro\s+\w+\(([\w,\s]*)\))")


def names_in_template(text: str) -> list[str]:
    """The refused names that a template of the console gives to values."""
    groups = (group for match in SET_IN_TEMPLATE.finditer(text) for group in match.groups() if group)
    return [name for group in groups for name in re.findall(r"\w+", group) if name in NO_NOUNS]


def test_a_participle_in_a_template_is_found() -> None:
    template = "{% for each, (gone, name) in rows %}{% set found = name %}{%- macro row(kept) %}{{ it.told }}"
    assert names_in_template(template) == ["each", "gone", "found", "kept"]


def test_no_name_in_the_templates_of_the_console_is_a_participle() -> None:
    templates = sorted((ROOT / "service/beanpole/console/templates").rglob("*.html"))
    assert len(templates) > 3
    named = {path.name: names_in_template(path.read_text(encoding="utf-8")) for path in templates}
    assert {name: names for name, names in named.items() if names} == {}
