"""Names are nouns: what a value is, not what became of it, and no pronoun."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.tree import ROOT

NO_NOUNS = frozenset(
    [
        "it",
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
    if path.is_dir() and any(path.rglob("*.py"))
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


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_is_a_participle_or_a_pronoun(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    names = [(path, name, line) for path in files for name, line in bound(path) if name.lower().strip("_") in NO_NOUNS]
    assert [f"{path.relative_to(ROOT)}:{line}: {name}" for path, name, line in names] == []
