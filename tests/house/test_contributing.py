"""The check-lists of CONTRIBUTING.md are whole: a change that follows them needs no other file, and the tests pass."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from house.tree import ROOT, is_ours
from house.walk import POLICY, SYMPTOM

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LISTS = ("Add an operation", "Add a deployment policy", "Add a symptom, or another cause of health", "Add an option")
BOUND = 120  # seconds of real time that tests in the copy may take

# What rewrites the golden timelines and the documents, as the lists say, and what it rewrites for each list.
REWRITING = (
    "tests/comparison/test_compare.py",
    "tests/control/test_fault_table.py",
    *("-k", "(canary or memory-low or of_the_page or document_says) and not redis"),
)
REWRITTEN = {
    "Add a deployment policy": {"docs/compare.md", "tests/scenarios/deploy-canary.txt"},
    "Add a symptom, or another cause of health": {
        *("docs/faults.md", "api-spec/control.yaml", "tests/scenarios/symptom-memory-low.txt"),
    },
}
EDITS = {"Add a deployment policy": POLICY, "Add a symptom, or another cause of health": SYMPTOM}
# What must accept the result: the rules of the house, the laws of a policy, what clients are answered.
ACCEPTING = (
    "tests/house/test_rules.py",
    "tests/house/test_captures.py",
    "tests/house/test_plans.py",
    "tests/house/test_citations.py",
    "tests/house/test_architecture.py",
    "tests/control/test_fault_table.py",
    "tests/operations/test_configuration_options.py",
    "tests/plans/test_undo.py",
)


def listed(heading: str) -> list[str]:
    """The files and patterns of files of a check-list."""
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert section is not None
    items = re.findall(r"^(?:\d+\.| {3}).*$", section.group(1), re.MULTILINE)
    names = re.findall(r"`([\w./*-]+)`", "\n".join(items))
    return [name for name in names if "/" in name or name.endswith(".md")]


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """A copy of the tree, with the bytecode that there is: files keep their times, so it holds for the copy, too."""
    root = tmp_path / "beanpole"
    for room in ("service", "workers", "tests"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns(".*"))
    for name in texts(ROOT):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    yield root
    shutil.rmtree(root)


def texts(root: Path) -> dict[str, bytes]:
    """Every file of ours below a folder, and the hidden ones that belong to the tree."""
    hidden = (root / name for name in (".ci/run", ".ci/matrix", ".pre-commit-config.yaml", ".gitignore"))
    files = (*(path for path in root.rglob("*") if path.is_file() and is_ours(path, root)), *hidden)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def run(root: Path, *arguments: str) -> None:
    """Run tests of the copy, on the copy's own code."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(str(root / name) for name in ("service", "workers"))}
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *arguments]
    ended = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=BOUND, check=False
    )
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr


def unlisted(files: set[str], heading: str) -> list[str]:
    return sorted(file for file in files if not any(fnmatch(file, pattern) for pattern in listed(heading)))


@pytest.mark.parametrize("heading", LISTS)
def test_every_file_of_a_list_is_there(heading: str) -> None:
    assert len(listed(heading)) > 5
    assert [name for name in listed(heading) if not list(ROOT.glob(name))] == []


@pytest.mark.slow
@pytest.mark.merge
def test_a_policy_and_a_symptom_by_the_lists(copy: Path) -> None:
    before = texts(copy)
    edited = {heading: {edit.apply(copy) for edit in edits} for heading, edits in EDITS.items()}
    stories = (str(path) for path in sorted(copy.glob("tests/scenarios/test_stories*.py")))
    run(copy, "--update-golden", *stories, *REWRITING)
    after = texts(copy)
    touched = {heading: files | REWRITTEN[heading] for heading, files in edited.items()}
    assert {name for name in after if before.get(name) != after[name]} == set.union(*touched.values())
    assert [unlisted(files, heading) for heading, files in touched.items()] == [[], []]
    run(copy, *ACCEPTING, "-k", "not redis and (Canary or not at_every_step)")


def test_a_file_that_no_list_names_is_found() -> None:
    clock = "service/beanpole/machine/clock.py"
    assert unlisted({"CHANGELOG.md", clock}, "Add an option") == [clock]
