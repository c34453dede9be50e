"""The table of clients says what the tests of clients do today."""

import re

import pytest

from clients import compatibility
from eb_cli import NOT_DRIVEN, REQUIREMENT
from house import driven

ROWS = {
    cells[0]: cells[1:]
    for cells in re.findall(
        r"^\| \[.*?\]\(clients/([\w-]+)\.md\) \| (.*?) \| (.*?) \| (.*?) \|$",
        compatibility.PAGE.read_text(),
        re.MULTILINE,
    )
}


def test_it_has_the_form_that_a_run_writes() -> None:
    assert compatibility.PAGE.read_text().startswith(compatibility.HEAD)


def test_each_page_of_a_client_has_a_row_that_passed() -> None:
    assert ROWS.keys() == {path.stem for path in driven.PAGES.glob("*.md")}
    assert {result for _, _, result in ROWS.values()} <= {"passed", "skipped"}


def test_it_names_the_commands_that_are_driven_and_the_others() -> None:
    version, commands, _ = ROWS["eb-cli"]
    assert f"awsebcli=={version}" == REQUIREMENT
    assert set(re.findall(r"`(.*?)`", commands)) == driven.by_client()["EB CLI"]
    assert compatibility.omitted() in compatibility.PAGE.read_text()


@pytest.mark.parametrize("command", NOT_DRIVEN)
def test_what_is_not_driven_is_not_said_to_be(command: str) -> None:
    assert f"`{command}`" not in ROWS["eb-cli"][1]
