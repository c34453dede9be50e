"""The recipe for testcontainers, run as written, with processes in place of containers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cached
from clients_environment import environment
from house.pages import FENCE
from house.tree import ROOT

pytestmark = pytest.mark.merge

PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8").partition("## testcontainers")[2]
CONFTEST, TEST = (code for language, code in FENCE.findall(PAGE) if language == "python")


@pytest.fixture(scope="module")
def library() -> Path:
    """The folder of testcontainers; skipped where it cannot be had."""
    return cached.folder("testcontainers", lambda folder: cached.install(folder, "testcontainers==4.15.0"))


def test_the_recipe_starts_a_server_and_its_test_passes(library: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_recipe.py").write_text(TEST)
    rooms = [str(ROOT / room) for room in ("service", "workers", "tests")]
    variables = environment(PYTHONPATH=os.pathsep.join([*rooms, str(library)]), TESTCONTAINERS_RYUK_DISABLED="true")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "house.processes_for_containers", "-p", "no:cacheprovider"]
    recipe = subprocess.run(
        [*command, str(tmp_path)], env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert recipe.returncode == 0, recipe.stdout + recipe.stderr
    assert "1 passed" in recipe.stdout
