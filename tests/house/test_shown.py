"""Every operation is shown through boto3: its success, its errors, and what it refuses by state."""

import ast
from functools import cache

from beanpole.wire import spec
from house.tree import ROOT

WHAT = {"success", "errors", "states"}

# What cannot be shown: nothing is asked of the one but its name, and what both list has no states.
UNNEEDED = {
    ("ListAvailableSolutionStacks", "errors"),
    ("ListAvailableSolutionStacks", "states"),
    ("ListPlatformBranches", "states"),
}


@cache
def marks() -> frozenset[tuple[str, str]]:
    """Every mark `shows(operation, what)` of the tests of operations."""
    pairs = set()
    for file in sorted((ROOT / "tests/operations").glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.shows":
                operation, what = (argument.value for argument in node.args if isinstance(argument, ast.Constant))
                pairs.add((str(operation), str(what)))
    return frozenset(pairs)


def test_every_operation_is_shown_in_all_three_ways() -> None:
    needs = {(name, what) for name in spec.load().operations for what in WHAT if (name, what) not in UNNEEDED}
    assert sorted(needs - marks()) == []


def test_nothing_is_shown_that_is_no_operation() -> None:
    assert sorted({mark for mark in marks() if mark[0] not in spec.load().operations or mark[1] not in WHAT}) == []
