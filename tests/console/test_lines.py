"""The lines that buttons show do in a shell what the buttons do."""

import os
import subprocess
from contextlib import redirect_stdout
from importlib import import_module
from importlib.resources import files
from io import StringIO
from typing import Any
from unittest import mock

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
    """Let a shell read lines, and the AWS CLI carry out in this process what the shell makes of each."""
    aws = """aws() { printf '%s\\0' "$@" $'\\n'; }"""
    read = subprocess.run(
        ["bash", "-euc", "\n".join([aws, *lines])], capture_output=True, text=True, check=True, timeout=60
    )
    variables = environment(
        AWS_ENDPOINT_URL=console.address,
        AWS_ACCESS_KEY_ID=console.account,
        AWS_SECRET_ACCESS_KEY="any",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_DATA_PATH=str(files("awscli").joinpath("data")),
    )
    with mock.patch.dict(os.environ, variables, clear=True), redirect_stdout(StringIO()):
        driver = import_module("awscli.clidriver")  # which writes into the environment
        for words in read.stdout.split("\n\0")[:-1]:
            assert driver.create_clidriver().main(words.split("\0")[:-1]) == 0, words


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
