"""The first steps of the README and the pages: each terminal has its block, and installs what it calls."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import cached
from clients_environment import environment
from house.pages import FENCE, PAGES
from house.tree import ROOT
from settings_of_processes import free_port

README = ROOT / "README.md"
USE = README.read_text(encoding="utf-8").partition("\n## Use it\n")[2].partition("\n## ")[0]
BROUGHT_BY = {"beanpole": r"'(?:beanpole|\.)\[", "aws": r"\bawscli\b", "eb": r"\bawsebcli\b"}  # as pip's line has it
FIRST = [README, ROOT / "docs" / "start.md", *(path for path in PAGES if path.stem in ("aws-cli", "eb-cli"))]
PATIENCE = 240  # seconds for pip


def blocks(text: str) -> list[list[str]]:
    """The lines of each block of shell, without prompts and without what is printed."""
    lists = []
    for language, code in FENCE.findall(text):
        whole = code.replace("\\\n", " ").splitlines()
        if language == "sh":
            lists.append([line for line in whole if line.strip()])
        if language == "console":
            lists.append([line.removeprefix("$ ") for line in whole if line.startswith("$ ")])
    return lists


@pytest.mark.parametrize("path", [README, *PAGES], ids=lambda path: path.stem)
def test_nothing_follows_a_server_in_its_terminal_but_other_ways_to_start_it(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8")):
        words = [" ".join(line.split()[:2]) for line in block]
        start = next((place for place, word in enumerate(words) if word in ("beanpole serve", "beanpole worker")), None)
        assert start is None or set(words[start:]) == {words[start]}, block


@pytest.mark.parametrize("path", FIRST, ids=lambda path: path.stem)
def test_a_command_is_installed_before_it_is_called(path: Path) -> None:
    installed = ""
    text = path.read_text(encoding="utf-8")
    for line in [line for block in blocks(text if path != README else USE) for line in block]:
        installed += line if "pip install" in line else ""
        command = line.split()[0]
        assert command not in BROUGHT_BY or re.search(BROUGHT_BY[command], installed), line


@pytest.fixture
def wheels() -> Path:
    """What the terminals install, and what builds the package: pip finds it here in a third of the time."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    needed += [*project["project"]["optional-dependencies"]["companions"], "awscli"]
    name = f"wheels-{hashlib.sha256(' '.join(needed).encode()).hexdigest()[:16]}"
    return cached.folder(name, lambda folder: cached.wheels(folder, *needed))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a user installs."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("service", "workers", "api-spec"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def terminal(tmp_path: Path, wheels: Path) -> Iterator["Terminals"]:
    """Terminals of a person who has Python and nothing else."""
    terminals = Terminals(tmp_path, wheels)
    yield terminals
    for process in terminals.running:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
        assert process.stdout is not None
        process.stdout.close()


class Terminals:
    """Shells, each with its block; only the port is another one, and pip's packages come from a folder."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self._port = str(free_port())
        inherited = {
            name: value for name, value in environment().items() if name not in ("PIP_CONSTRAINT", "PYTHONPATH")
        }
        own = {"HOME": str(folder), "BEANPOLE_PORT": self._port, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
        own["PIP_NO_COMPILE"] = "0"  # pip wants a false word here to compile nothing; Python compiles what it imports
        self._variables = {name: value for name, value in inherited.items() if not name.startswith("AWS_")} | own
        self.running: list[subprocess.Popen[str]] = []

    def start(self, block: list[str], folder: Path) -> "subprocess.Popen[str]":
        script = "\n".join(block).replace(":5770", f":{self._port}")
        process = subprocess.Popen(
            ["bash", "-eu", "-c", script],
            cwd=folder,
            env=self._variables,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return process


@pytest.mark.slow
@pytest.mark.merge
def test_the_terminals_of_the_readme_work_in_an_empty_environment(
    project: Path, tmp_path: Path, terminal: Terminals
) -> None:
    server, client = blocks(USE)
    serving = terminal.start(server, project)
    assert serving.stdout is not None
    assert "beanpole is listening on" in serving.stdout.readline()
    printed, _ = terminal.start(client, tmp_path).communicate(timeout=PATIENCE)
    assert terminal.running.pop().returncode == 0, printed
    assert '"ApplicationName": "shop"' in printed
    assert "createEnvironment is starting." in printed
