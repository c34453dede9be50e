"""The workflow of GitHub: its steps are the commands of the tree, and what it uses has a version."""

import os
import re
import shlex
import tomllib
from typing import Any

import yaml

from house.tree import ROOT

PATH = ROOT / ".github/workflows/ci.yml"
WORKFLOW: dict[Any, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
JOBS: dict[str, Any] = WORKFLOW["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]


def script(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_push_and_every_pull_request_is_checked_with_rights_to_read_alone() -> None:
    assert WORKFLOW[True] == {"push": None, "pull_request": None}  # YAML 1.1 reads `on` as a truth value
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] for job in JOBS.values())


def test_every_action_and_every_image_has_a_version() -> None:
    actions = [step["uses"] for step in STEPS if "uses" in step]
    assert actions
    assert [action for action in actions if not re.fullmatch(r"actions/[a-z-]+@v\d+\.\d+\.\d+", action)] == []
    assert JOBS["checks"]["container"]["image"] == "python:3.11-bookworm"
    assert {job["runs-on"] for job in JOBS.values()} == {"ubuntu-24.04"}


def test_its_commands_are_programs_of_the_tree_that_no_input_is_written_into() -> None:
    commands = [step["run"] for step in STEPS if "run" in step]
    assert [shlex.split(command)[0] for command in commands] == [".ci/run", ".ci/matrix"]
    assert [command for command in commands if "${{" in command] == []
    assert all(os.access(ROOT / shlex.split(command)[0], os.X_OK) for command in commands)


def test_the_screenshots_of_a_run_are_kept_whatever_comes_of_it() -> None:
    (step,) = [step for step in STEPS if "upload-artifact" in step.get("uses", "")]
    assert step["if"] == "always()"
    assert f"--screenshots={step['with']['path']}" in script(".ci/run")


def test_each_python_is_tried_that_the_package_names() -> None:
    pythons = JOBS["pythons"]["strategy"]["matrix"]["python"]
    assert f"set -- {' '.join(pythons)}\n" in script(".ci/matrix")
    project = tomllib.loads(script("pyproject.toml"))["project"]
    named = [name.rpartition(" :: ")[2] for name in project["classifiers"] if "Python :: 3." in name]
    assert pythons == named
    assert project["requires-python"] == f">={pythons[0]}"
    (step,) = [step for step in JOBS["pythons"]["steps"] if "run" in step]
    assert step["env"] == {"PYTHON": "${{ matrix.python }}"}
