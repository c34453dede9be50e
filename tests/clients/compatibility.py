"""The table of clients in the documentation, written by a run of all tests of clients."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import boto3
from awscli import __version__ as aws_cli

from eb_cli import NOT_DRIVEN, REQUIREMENT
from house import driven
from house.tree import ROOT

EB_CLI = sorted((ROOT / "tests" / "clients").glob("test_eb_*.py"))
PAGE = ROOT / "docs" / "compatibility.md"
HEAD = """\
# Which clients were run

By the last run of the tests of clients, each unmodified, over a socket, against `beanpole serve` with its
companion. `pytest tests/clients --backends=both --update-golden` writes this page. A client's page has its commands.

| Client | Version | What it did | Result |
|---|---|---|---|
"""
TITLES = {
    "eb-cli": "EB CLI",
    "terraform": "Terraform",
    "aws-cli": "AWS CLI",
    "boto3": "boto3",
    "javascript": "AWS SDK for JavaScript",
    "ansible": "Ansible",
    "query": "curl",
}
TEST = re.compile(
    r"tests/clients/(?:test_pages_of_clients\.py::test_a_page_is_true\[(?P<page>[\w-]+)\]|(?P<eb>test_eb_))"
)


def is_whole(outcomes: Mapping[str, str]) -> bool:
    """Whether a run, of which these are the outcomes by tests, has tried each client and all of the EB CLI."""
    files = {test.partition("::")[0] for test in outcomes}
    return all(_outcomes_by_client(outcomes).values()) and {str(path.relative_to(ROOT)) for path in EB_CLI} <= files


def page(outcomes: Mapping[str, str]) -> str:
    """The page of a run, of which these are the outcomes by tests."""
    results = {name: ", ".join(sorted(results)) for name, results in _outcomes_by_client(outcomes).items()}
    rows = [
        f"| [{title}](clients/{name}.md) | {version(name)} | {actions(name)} | {results[name]} |\n"
        for name, title in TITLES.items()
    ]
    return HEAD + "".join(rows) + "\n" + omitted()


def _outcomes_by_client(outcomes: Mapping[str, str]) -> dict[str, set[str]]:
    """The outcomes by client."""
    by_client: dict[str, set[str]] = {name: set() for name in TITLES}
    for test, outcome in outcomes.items():
        if part := TEST.match(test):
            by_client[part["page"] or "eb-cli"].add(outcome)
    return by_client


def actions(name: str) -> str:
    """What a client is driven to do."""
    if name != "eb-cli":
        return "the commands of its page"
    return ", ".join(f"`{command}`" for command in sorted(driven.by_client()["EB CLI"]))


def omitted() -> str:
    """The commands of the EB CLI that no test runs, and why."""
    reasons = (f"`eb {command}` {reason}" for command, reason in NOT_DRIVEN.items())
    return "Of the EB CLI's commands these are not run: " + "; ".join(reasons) + ".\n"


def version(name: str) -> str:
    """The version of a client on this machine, or a dash."""
    match name:
        case "eb-cli":
            return REQUIREMENT.partition("==")[2]
        case "aws-cli":
            return str(aws_cli)
        case "boto3":
            return str(boto3.__version__)
        case "ansible":
            return "12.3.0, community.aws"
        case "terraform":
            provider = re.search(r"/aws/([\d.]+)/", " ".join(map(str, Path("/opt/tf-plugins").rglob("linux_*"))))
            return f"{_version_printed('terraform', '-version')}, provider {provider[1] if provider else '-'}"
        case "javascript":
            package = Path.home() / ".cache/beanpole-tests/javascript/node_modules/@aws-sdk/client-elastic-beanstalk"
            file = package / "package.json"
            return str(json.loads(file.read_text())["version"]) if file.is_file() else "-"
        case _:
            return _version_printed("curl", "--version")


def _version_printed(*command: str) -> str:
    """The first version in what a command prints."""
    if shutil.which(command[0]) is None:
        return "-"
    printed = subprocess.run(command, capture_output=True, text=True).stdout
    match = re.search(r"\d+\.\d+\.\d+", printed)
    return match[0] if match else "-"
