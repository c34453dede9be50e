"""The whole comparison, tried out."""

import json
from pathlib import Path
from unittest.mock import Mock
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from beanpole import cli, comparison
from beanpole.client import Refused
from beanpole.comparison import Stuck

TWO = ("--policy", "all-at-once", "--policy", "blue-green", "--instances", "2")


def compared(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["compare-policies", *arguments])


def test_a_name_is_swapped_and_a_version_is_put_in_its_place() -> None:
    told = json.loads(compared(*TWO, "--format", "json").stdout)
    at_once, blue_green = told["methods"]
    assert (told["instances"], told["seed"]) == (2, 0)
    assert (at_once["method"], blue_green["method"]) == ("all-at-once", "blue-green")
    assert at_once["works"]["deployed_to"] == {"existing": 2, "new": 0}
    assert blue_green["works"]["deployed_to"] == {"existing": 0, "new": 2}
    assert (at_once["works"]["dns_change"], blue_green["works"]["dns_change"]) == (False, True)
    assert (at_once["works"]["extra"], blue_green["works"]["extra"]) == (0, 2)
    assert blue_green["fails"]["late"]["undone"]["kind"] == "swap"
    assert blue_green["fails"]["late"]["undone"]["course"]["seconds"] == 60.0


def test_the_same_seed_gives_the_same_picture_and_it_is_well_formed(tmp_path: Path) -> None:
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    for file in (first, second):
        assert compared(*TWO, "--format", "svg", "--output", str(file)).output == ""
    assert first.read_text() == second.read_text()
    root = ElementTree.parse(first).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "http" not in first.read_text().replace("http://www.w3.org/2000/svg", "")


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    ended = compared("--policy", "all-at-once", "--output", str(tmp_path / "no" / "such"))
    assert (ended.exit_code, "No such file or directory" in ended.output) == (1, True)


@pytest.mark.parametrize("error", [Refused("CreateEnvironment: Throttling: enough", "Throttling"), Stuck("nothing")])
def test_what_cannot_be_tried_out_is_said(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "compare", Mock(side_effect=error))
    ended = compared()
    assert (ended.exit_code, ended.output) == (1, f"Error: {error}\n")
