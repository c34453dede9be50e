"""The rules for the tests themselves."""

import ast

from house.tree import ROOT, source_files

SETS_NUMBERS = ROOT / "tests/examples.py"


def test_the_number_of_examples_comes_from_the_profile() -> None:
    fixed = [
        f"{file.relative_to(ROOT)}:{node.value.lineno}"
        for file in source_files("tests")
        if file != SETS_NUMBERS
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "max_examples"
    ]
    assert fixed == []
