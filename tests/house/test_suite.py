"""The rules for the tests themselves."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import cached
from house.tree import ROOT, source_files

TEST_LINES = 400
ALIKE = 60  # letters of a function that says too little to be shared
SETS_NUMBERS = ROOT / "tests/examples.py"
IMPORTS = re.compile(r"\b(?:from|import)[\s\\]+(?:\.|[\w.]*(?:conftest|\btest_))")  # a name that may be refused


def test_files_of_tests_are_small() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in source_files("tests")}
    assert {name: count for name, count in lines.items() if count > TEST_LINES} == {}


def test_the_number_of_examples_comes_from_the_profile() -> None:
    fixed = [
        f"{file.relative_to(ROOT)}:{node.value.lineno}"
        for file in source_files("tests")
        if file != SETS_NUMBERS and "max_examples" in file.read_text(encoding="utf-8")
        for node in ast.walk(_parsed(file))
        if isinstance(node, ast.keyword) and node.arg == "max_examples"
    ]
    assert fixed == []


def test_what_tests_share_is_imported_by_its_name_from_a_module_that_holds_no_tests() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in source_files("tests")
        if IMPORTS.search(file.read_text(encoding="utf-8"))
        for name in _imported(file)
        if name.startswith(".") or name.rpartition(".")[2] == "conftest" or ".test_" in f".{name}"
    ]
    assert wrong == []


def test_no_helper_of_tests_is_defined_twice() -> None:
    places = defaultdict(list)
    for file in source_files("tests"):
        for node in _parsed(file).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_"):
                places[_work(node)].append(f"{file.relative_to(ROOT)}: {node.name}")
    assert [same for work, same in places.items() if len(work) > ALIKE and len(same) > 1] == []


def test_what_is_compressed_holds_no_instant() -> None:
    """Else a name of a test may differ between the processes of a run, which then refuses to begin."""
    timed = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in source_files("tests")
        if "gzip" in file.read_text(encoding="utf-8")
        for node in ast.walk(_parsed(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("gzip.compress", "gzip.open", "gzip.GzipFile")
        if not any(keyword.arg == "mtime" for keyword in node.keywords)
    ]
    assert timed == []


def test_a_folder_of_the_cache_is_lent_to_one_user_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with cached.lent("mypy") as place:
        (place / "content").touch()
        with cached.lent("mypy") as other:
            assert list(other.iterdir()) == []
    with cached.lent("mypy") as again:
        assert (again / "content").exists()


def _work(function: ast.FunctionDef) -> str:
    """The arguments and the statements of a function, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return f"{ast.unparse(function.args)}\n" + "\n".join(map(ast.unparse, body))


def _imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, a relative one with its dots."""
    for node in ast.walk(_parsed(file)):
        if isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))
