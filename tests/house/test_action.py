"""The action of GitHub: its steps are run as they are written, but for the installation, as a runner runs them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from clients_environment import environment
from house.tree import ROOT
from settings_of_processes import free_port

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / ".github/actions/beanpole/action.yml").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load(PAGE.split("```yml\n")[1].partition("```")[0])
SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]  # as a runner starts `shell: bash`
EXPRESSION = re.compile(r"\$\{\{ inputs\.(\w+) \}\}")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The temporary folder of a runner, with our command, whose processes end with the test."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    command = tmp_path / "beanpole"
    command.write_text(f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\nexec {sys.executable} -m beanpole "$@"\n')
    command.chmod(0o755)
    yield tmp_path
    with suppress(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)


def carried_out(folder: Path, **inputs: str) -> list["subprocess.CompletedProcess[str]"]:
    """The steps after the installation, with these inputs and the defaults of all others."""
    values = {name: str(row["default"]) for name, row in ACTION["inputs"].items()} | inputs
    runner = {name: str(folder / name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT")} | {"RUNNER_TEMP": str(folder)}
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    code = os.pathsep.join(str(ROOT / room) for room in ("service", "workers"))
    ended = []
    for step in ACTION["runs"]["steps"][1:]:
        own: Mapping[str, str] = {
            name: EXPRESSION.sub(lambda match: values[match[1]], value) for name, value in step["env"].items()
        }
        variables = environment(**runner, **own, PATH=path, PYTHONPATH=code)
        ended.append(
            subprocess.run([*SHELL, step["run"]], env=variables, stderr=subprocess.PIPE, text=True, timeout=90)
        )
    return ended


def test_it_starts_a_server_and_sets_the_variables_of_clients(folder: Path) -> None:
    port = free_port()
    assert [process.returncode for process in carried_out(folder, port=str(port), options="--speed instant")] == [0]
    url = f"http://127.0.0.1:{port}"
    variables = dict(line.split("=", 1) for line in (folder / "GITHUB_ENV").read_text().splitlines())
    assert variables == {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    assert (folder / "GITHUB_OUTPUT").read_text() == f"url={url}\n"
    with urlopen(f"{url}/?Action=DescribeEnvironments&Version=2010-12-01") as answer:
        assert answer.status == 200


def test_it_fails_with_the_words_of_a_server_that_does_not_start(folder: Path) -> None:
    (ended,) = carried_out(folder, port=str(free_port()), options="--speed sideways")
    assert ended.returncode == 1
    assert "Invalid value for '--speed'" in ended.stderr


def test_its_first_step_installs_the_input_and_no_input_is_written_into_a_script() -> None:
    first = ACTION["runs"]["steps"][0]
    assert (ACTION["runs"]["using"], first["if"]) == ("composite", "inputs.version != ''")
    assert (first["env"], first["run"]) == (
        {"VERSION": "${{ inputs.version }}"},
        'python3 -m pip install --quiet "$VERSION"',
    )
    assert [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step["run"] or step["shell"] != "bash"] == []


def test_the_page_uses_it_by_its_place_with_inputs_that_it_has() -> None:
    (step,) = [step for step in WORKFLOW["jobs"]["deploy"]["steps"] if "beanpole" in step.get("uses", "")]
    assert re.fullmatch(r"OWNER/beanpole/\.github/actions/beanpole@v\d+\.\d+\.\d+", step["uses"])
    assert set(step["with"]) <= set(ACTION["inputs"])
    for name, row in ACTION["inputs"].items():
        assert f"| `{name}` | `{row['default']}` |" in PAGE
