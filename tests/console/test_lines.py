"""The lines that buttons show do in a shell what the buttons do."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from clients_environment import environment
from console.browser import Console
from console.clicks import fill, plant

LABEL = 'it\'s <v3> "$HOME" `id`'


def lines_of(page: Page, button: str, **values: str) -> list[str]:
    """The lines of a form that is filled in and cancelled."""
    dialog, lines = fill(page, button, values)
    dialog.get_by_role("button", name="Cancel").click()
    return lines.splitlines()


def run(console: Console, lines: list[str]) -> None:
    """Run lines in a shell with the AWS CLI of the tests."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables = environment(
        PATH=path,
        AWS_ENDPOINT_URL=console.address,
        AWS_ACCESS_KEY_ID=console.account,
        AWS_SECRET_ACCESS_KEY="any",
        AWS_DEFAULT_REGION="us-east-1",
    )
    ended = subprocess.run(["bash", "-ec", "\n".join(lines)], env=variables, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


def called(console: Console, operation: str) -> dict[str, Any]:
    found: dict[str, Any] = console.control("GET", f"/journal?operation={operation}")["calls"][0]["parameters"]
    return found


def test_a_line_makes_the_call_of_its_button(console: Console) -> None:
    plant(console)
    page = console.open("/environments/shop-web")
    lines = lines_of(page, "Deploy", version=LABEL)
    lines += lines_of(page, "Policy", policy="Rolling", size="30")
    assert [line.split()[2] for line in lines] == [
        "create-application-version",
        "update-environment",
        "update-environment",
    ]
    del lines[1]  # the environment is busy until its clock moves
    run(console, lines)
    assert called(console, "CreateApplicationVersion")["VersionLabel"] == LABEL
    settings = called(console, "UpdateEnvironment")["OptionSettings"]
    assert {each["OptionName"]: each["Value"] for each in settings} == {
        "DeploymentPolicy": "Rolling",
        "BatchSize": "30",
        "BatchSizeType": "Percentage",
    }
