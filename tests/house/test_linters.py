"""The linters find nothing; `.ci/run` runs them here, beside the other tests."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import cached
from house.tree import ROOT

BEFORE_A_MERGE = ("mypy", "ruff check .", "ruff format --check .")
COMMANDS = (*BEFORE_A_MERGE, "lint-imports --no-cache")


def run(command: str) -> None:
    name, *words = shlex.split(command)
    linter = [str(Path(sys.executable).with_name(name)), *words]
    with cached.lent("mypy") as cache:  # it compares the content of files, so it does for every checkout
        variables = os.environ | {"MYPY_CACHE_DIR": str(cache)}
        ended = subprocess.run(linter, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
@pytest.mark.merge
@pytest.mark.parametrize("command", BEFORE_A_MERGE)
def test_a_linter_finds_nothing(command: str) -> None:
    run(command)


def test_imports_run_one_way() -> None:
    run(COMMANDS[-1])


def test_the_linters_are_those_that_a_contributor_runs() -> None:
    (line,) = re.findall(r"^\.venv/bin/ruff.*$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    repaired = [command.replace(" --fix", "").removeprefix(".venv/bin/") for command in line.split(" && ")]
    assert sorted(repaired) == sorted(re.sub(" --(check|no-cache)", "", command) for command in COMMANDS)


def test_the_hooks_before_a_commit_are_linters_of_the_house() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [hook for repository in repositories for hook in repository["hooks"]]
    assert {repository["repo"] for repository in repositories} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    commands = {hook["entry"].split(" --fix")[0].removeprefix(".venv/bin/") for hook in hooks}
    assert commands
    assert [command for command in commands if not any(line.startswith(command) for line in COMMANDS)] == []
