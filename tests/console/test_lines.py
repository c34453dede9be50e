"""The lines that buttons show do in a shell what the buttons do."""

import os
import re
import subprocess
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from importlib.resources import files
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from playwright.sync_api import Page, expect

from clients_environment import environment
from console.browser import Console
from console.clicks import end, fill, plant
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

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
        for words in read.stdout.split("\n\0")[:-1]:
            assert driver(console.address, console.account).main(words.split("\0")[:-1]) == 0, words


@cache
def driver(address: str, account: str) -> Any:
    """The AWS CLI, in whose environment are the address and the account."""
    return import_module("awscli.clidriver").create_clidriver()  # the module writes into the environment


def called(console: Console, operation: str) -> dict[str, Any]:
    parameters: dict[str, Any] = console.control("GET", f"/journal?operation={operation}&error=none")["calls"][0][
        "parameters"
    ]
    return parameters


# A button, its form, the calls of its lines with some of their parameters, and the status to which they lead.
PROPERTY = {"namespace": "aws:elasticbeanstalk:application:environment", "option": "GREETING"}
CLONE = ("CreateConfigurationTemplate", "CreateEnvironment", "DeleteConfigurationTemplate")
BUTTONS: tuple[tuple[str, str, dict[str, str], tuple[str, ...], dict[str, object], str], ...] = (
    (
        "",
        "Deploy",
        {"version": LABEL},
        ("CreateApplicationVersion", "UpdateEnvironment"),
        {"VersionLabel": LABEL},
        "Updating",
    ),
    ("", "Abort", {}, ("AbortEnvironmentUpdate",), {}, "Ready"),
    ("", "Policy", {"policy": "Rolling", "size": "30"}, ("UpdateEnvironment",), {}, "Ready"),
    ("", "Scale", {"least": "2", "most": "3"}, ("UpdateEnvironment",), {}, "Ready"),
    ("", "Swap", {"other": "shop-green"}, ("SwapEnvironmentCNAMEs",), {}, "Ready"),
    ("", "Restart", {}, ("RestartAppServer",), {}, "Ready"),
    ("", "Rebuild", {}, ("RebuildEnvironment",), {}, "Ready"),
    ("", "Clone", {"name": "shop-copy", "prefix": "shop-copy"}, CLONE, {}, ""),
    ("", "Save configuration", {"name": "it's", "description": "-v"}, CLONE[:1], {"Description": "-v"}, ""),
    ("#configuration", "Set an option", {**PROPERTY, "value": "-h"}, ("UpdateEnvironment",), {}, "Ready"),
    ("#configuration", "Change GREETING", {"value": ""}, ("UpdateEnvironment",), {}, "Ready"),
    ("#versions", "Create version", {"label": "-1"}, ("CreateApplicationVersion",), {"VersionLabel": "-1"}, ""),
    ("", "Terminate", {}, ("TerminateEnvironment",), {}, "Terminated"),
    ("", "Restore", {}, ("RebuildEnvironment",), {}, "Ready"),
)


def test_the_lines_of_every_button_make_its_calls(console: Console) -> None:
    plant(console)
    plant_another(console)
    page = console.open("/environments/shop-web")
    for part, button, values, operations, parameters, status in BUTTONS:
        page.get_by_role("link", name=part.strip("#").title() or "Overview", exact=True).click()
        lines = lines_of(page, button, **values)
        run(console, lines)
        assert [kebab(operation) for operation in operations] == [line.split()[2] for line in lines]
        for operation in operations:
            sent = called(console, operation)
        assert {name: sent.get(name) for name in parameters} == parameters
        if status == "Updating":  # until it is aborted
            console.control("POST", "/clock/advance", {"seconds": 1})
        elif status:
            end(console, page, status)
    settings = console.control("GET", "/environments/shop-web/settings")["settings"]
    by_name = {setting["option_name"]: setting["value"] for setting in settings}
    assert {
        name: by_name[name] for name in ("DeploymentPolicy", "BatchSize", "BatchSizeType", "MinSize", "MaxSize")
    } == {
        "DeploymentPolicy": "Rolling",
        "BatchSize": "30",
        "BatchSizeType": "Percentage",
        "MinSize": "2",
        "MaxSize": "3",
    }
    assert "GREETING" not in by_name


def test_the_lines_of_a_new_environment_and_of_the_first_page_do_what_they_say(console: Console) -> None:
    page = console.open("/")
    expect(page.locator(".empty pre")).to_have_count(3)
    first, *lines = page.locator(".empty pre").all_inner_texts()
    assert first.startswith(f"export AWS_ENDPOINT_URL_ELASTIC_BEANSTALK={console.address} ")
    run(console, lines)
    expect(page.get_by_role("link", name="shop-web")).to_be_visible()
    values = {"application": "a b", "environment": "jobs", "version": "v1", "tier": "Worker", "least": "1", "most": "2"}
    run(console, lines_of(page, "Create environment", **values))
    expect(page.get_by_role("link", name="jobs")).to_be_visible()
    parameters = called(console, "CreateEnvironment")
    assert (parameters["Tier"]["Name"], parameters["VersionLabel"], len(parameters["OptionSettings"])) == (
        "Worker",
        "v1",
        2,
    )


def kebab(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", operation.replace("CNAMEs", "Cnames")).lower()


def plant_another(console: Console) -> None:
    console.client.create_environment(ApplicationName="shop", EnvironmentName="shop-green", SolutionStackName=STACK)
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-green", "status": "Ready"}})
