"""The whole comparison, tried out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from beanpole.catalog.catalog import lay_over, load
from beanpole.command import cli, comparison, deployment_methods
from beanpole.command.client import Refused
from beanpole.command.comparison import Comparison, compare, write
from beanpole.command.comparison.recorded_world import Stuck
from beanpole.command.comparison.trial import Setting, launched, works

PAGE = Path(__file__).parents[2] / "docs" / "compare.md"
PRINTED_TABLE = re.compile(r"(?<=^\$ beanpole compare-policies\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)

# The guide's table: zero downtime, DNS change, how a failed deployment is rolled back, whom the code is deployed to.
GUIDE = {
    "all-at-once": (False, False, "redeploy", {"existing"}),
    "rolling": (True, False, "redeploy", {"existing"}),
    "rolling-with-additional-batch": (True, False, "redeploy", {"new", "existing"}),
    "immutable": (True, False, "terminates", {"new"}),
    "traffic-splitting": (True, False, "reroutes", {"new"}),
    "blue-green": (True, True, "swap", {"new"}),
}
SIZE, BATCH = 4, 2  # 30 % of four are two

TWO = ("--policy", "all-at-once", "--policy", "blue-green", "--instances", "2")


def compared(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["compare-policies", *arguments])


@pytest.fixture
def no_rows_of_our_own() -> Iterator[None]:
    """What a test lays over the catalogue is gone after it."""
    yield
    lay_over({})


@pytest.fixture(scope="module")
def default_comparison() -> Comparison:
    """The default comparison."""
    return compare(load(), deployment_methods.METHODS, SIZE, 0)


@pytest.fixture(scope="module")
def of_two() -> Comparison:
    """A comparison of two methods on two instances."""
    return compare(load(), [deployment_methods.named(name) for name in ("all-at-once", "blue-green")], 2, 0)


@pytest.fixture(scope="module")
def measured(default_comparison: Comparison) -> dict[str, Any]:
    """What it measured, by method."""
    return {method["method"]: method for method in json.loads(write(default_comparison, "json"))["methods"]}


def test_the_table_of_the_page_is_what_the_command_prints(
    default_comparison: Comparison, pytestconfig: pytest.Config
) -> None:
    table, text = write(default_comparison, "text"), PAGE.read_text(encoding="utf-8")
    if pytestconfig.getoption("--update-golden"):
        PAGE.write_text(PRINTED_TABLE.sub(lambda _: table, text, count=1), encoding="utf-8")
        return
    assert PRINTED_TABLE.search(text)[0] == table


def test_the_command_compares_all_methods_on_four_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    compare = Mock(side_effect=Stuck("enough"))
    monkeypatch.setattr(comparison, "compare", compare)
    compared()
    compare.assert_called_once_with(load(), list(deployment_methods.METHODS), SIZE, 0)


def test_every_method_is_compared(measured: dict[str, Any]) -> None:
    assert list(measured) == list(GUIDE) == list(deployment_methods.NAMES)


@pytest.mark.parametrize("name", GUIDE)
def test_a_method_is_as_the_guide_has_it(name: str, measured: dict[str, Any]) -> None:
    zero_downtime, dns_change, undone, receivers = GUIDE[name]
    works, late = measured[name]["works"], measured[name]["fails"]["late"]
    assert (works["zero_downtime"], works["dns_change"]) == (zero_downtime, dns_change)
    assert {version for version, number in works["deployed_to"].items() if number} == receivers
    assert (late["undone"]["kind"], late["undone"]["restored"]) == (undone, True)


@pytest.mark.parametrize("name", [name for name, (zero_downtime, *_) in GUIDE.items() if zero_downtime])
def test_what_takes_no_downtime_takes_none_to_be_undone(name: str, measured: dict[str, Any]) -> None:
    for trial in measured[name]["fails"].values():
        course = trial["undone"]["course"]
        assert course is None or course["zero_downtime"]


def test_methods_take_their_time_as_the_guide_has_it(measured: dict[str, Any]) -> None:
    """But for blue/green: a second environment is launched faster than an immutable deployment waits for health."""
    took = {name: measures["works"]["seconds"] for name, measures in measured.items()}
    assert took["all-at-once"] < took["rolling"] < took["rolling-with-additional-batch"]
    assert took["rolling-with-additional-batch"] < min(took["immutable"], took["traffic-splitting"])
    assert took["all-at-once"] < took["blue-green"]


@pytest.mark.parametrize(
    ("name", "lowest", "versions", "extra"),
    [
        ("all-at-once", 0, 1, 0),
        ("rolling", SIZE - BATCH, 2, 0),
        ("rolling-with-additional-batch", SIZE, 2, BATCH),
        ("immutable", SIZE, 2, SIZE),
        ("traffic-splitting", SIZE, 2, SIZE),
        ("blue-green", SIZE, 2, SIZE),
    ],
)
def test_each_method_has_the_capacity_and_the_price_of_the_guide(
    name: str, lowest: int, versions: int, extra: int, measured: dict[str, Any]
) -> None:
    works = measured[name]["works"]
    assert (works["lowest"], works["versions"], works["extra"]) == (lowest, versions, extra)


@pytest.mark.parametrize(
    ("name", "when", "left", "health"),
    [
        ("all-at-once", "everywhere", (0, 0, SIZE), "Degraded"),
        ("all-at-once", "late", (SIZE - 1, 0, 1), "Degraded"),
        ("rolling", "everywhere", (0, SIZE - BATCH, BATCH), "Degraded"),
        ("rolling", "late", (SIZE - BATCH, 0, BATCH), "Degraded"),
        ("rolling-with-additional-batch", "everywhere", (0, SIZE, 0), "Ok"),
        ("rolling-with-additional-batch", "late", (SIZE, 0, 0), "Degraded"),
        ("immutable", "everywhere", (0, SIZE, 0), "Ok"),
        ("immutable", "late", (0, SIZE, 0), "Ok"),
        ("traffic-splitting", "everywhere", (0, SIZE, 0), "Ok"),
        ("traffic-splitting", "late", (0, SIZE, 0), "Ok"),
        ("blue-green", "everywhere", (0, SIZE, 0), "Ok"),
        ("blue-green", "late", (SIZE, 0, 0), "Ok"),
    ],
)
def test_what_a_failed_deployment_leaves(
    name: str, when: str, left: tuple[int, int, int], health: str, measured: dict[str, Any]
) -> None:
    """A single batch out of service, with those before it on the new version, or next to nothing."""
    answering = measured[name]["fails"][when]["leaves"][0]
    assert (answering["on_new"], answering["on_old"], answering["out_of_service"]) == left
    assert (answering["answers"], answering["status"]) == (True, "Ready")
    assert answering["health"] == health


def test_only_what_is_replaced_in_place_all_at_once_goes_down_when_it_fails(measured: dict[str, Any]) -> None:
    down = {name for name, measures in measured.items() if not measures["fails"]["everywhere"]["zero_downtime"]}
    assert down == {"all-at-once"}


def test_a_downtime_that_goes_on_is_told_so(default_comparison: Comparison) -> None:
    works, everywhere, late = write(default_comparison, "markdown").split("\n\n")[1::2]
    assert ["| ≥ " in line for line in everywhere.splitlines()[2:]] == [True] + [False] * (len(GUIDE) - 1)
    assert "≥" not in works + late


def test_downtime_is_drawn_over_the_lanes_that_it_concerns(default_comparison: Comparison) -> None:
    """Below them it could not be seen while commands run."""
    rects = [
        line
        for line in write(default_comparison, "svg").split('class="method"', 1)[1].splitlines()
        if line.startswith("<rect")
    ]
    downs = [place for place, rect in enumerate(rects) if 'class="down"' in rect]
    assert len(downs) >= 3
    assert all(re.search(r'>i-|class="down"', rects[place - 1]) for place in downs)


def test_a_name_is_swapped_and_a_version_is_put_in_its_place(
    of_two: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "compare", Mock(return_value=of_two))
    document = json.loads(compared(*TWO, "--format", "json").stdout)
    at_once, blue_green = document["methods"]
    assert (document["instances"], document["seed"]) == (2, 0)
    assert (at_once["method"], blue_green["method"]) == ("all-at-once", "blue-green")
    assert at_once["works"]["deployed_to"] == {"existing": 2, "new": 0}
    assert blue_green["works"]["deployed_to"] == {"existing": 0, "new": 2}
    assert (at_once["works"]["dns_change"], blue_green["works"]["dns_change"]) == (False, True)
    assert (at_once["works"]["extra"], blue_green["works"]["extra"]) == (0, 2)
    assert blue_green["fails"]["late"]["undone"]["kind"] == "swap"
    assert blue_green["fails"]["late"]["undone"]["course"]["seconds"] == 60.0


def test_it_is_told_in_markdown_too(default_comparison: Comparison) -> None:
    tables = write(default_comparison, "markdown").split("\n\n")[1::2]
    assert [len(table.splitlines()) for table in tables] == [2 + len(GUIDE)] * 3
    assert all(re.fullmatch(r"\|( [^|]+ \|)+", line) for table in tables for line in table.splitlines())


def test_the_picture_has_every_instance_of_every_trial(default_comparison: Comparison) -> None:
    picture = write(default_comparison, "svg")
    trials = [
        trial for sketch in default_comparison.sketches for trial in (sketch.works, sketch.everywhere, sketch.late)
    ]
    assert all(lane.id in picture for trial in trials for lane in trial.whole.lanes)
    root = ElementTree.fromstring(picture)
    height, width = float(root.get("height")), float(root.get("width"))
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, wide, high = (float(rect.get(side, "0")) for side in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width + 0.1
        assert 0 <= y <= y + high <= height


def test_there_is_no_other_form(default_comparison: Comparison) -> None:
    with pytest.raises(ValueError, match="no form pdf"):
        write(default_comparison, "pdf")


def test_the_same_seed_gives_the_same_picture_and_it_is_well_formed(tmp_path: Path, of_two: Comparison) -> None:
    file = tmp_path / "picture.svg"
    assert compared(*TWO, "--format", "svg", "--output", str(file)).output == ""
    picture = file.read_text()
    assert picture == write(of_two, "svg")
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_a_copy_of_a_world_goes_on_by_itself_and_as_the_world_does() -> None:
    setting, method = Setting(load(), 1, 0), deployment_methods.named("all-at-once")
    box = launched(setting, method)
    twin, begun = box.copy(), box.now
    in_twin = works(setting, method, twin)
    assert (box.now, len(box.moments)) == (begun, 1)
    assert twin.now > begun
    assert works(setting, method, box) == in_twin


def test_what_takes_no_time_can_be_compared_too(
    tmp_path: Path, no_rows_of_our_own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Comparison] = []
    monkeypatch.setattr(comparison, "compare", lambda *tables: measured.append(compare(*tables)) or measured[0])
    at_once = dict.fromkeys(load().timings["activities"]["deploy"]["lasts"], 0)
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"timings": {"activities": {"deploy": {"lasts": at_once}}}}))
    assert compared("--policy", "all-at-once", "--catalog", str(own)).exit_code == 0
    assert ElementTree.fromstring(write(measured[0], "svg")).tag == "{http://www.w3.org/2000/svg}svg"


def test_what_cannot_be_written_is_said(tmp_path: Path, of_two: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "compare", Mock(return_value=of_two))
    ended = compared("--policy", "all-at-once", "--output", str(tmp_path / "no" / "such"))
    assert (ended.exit_code, "No such file or directory" in ended.output) == (1, True)


@pytest.mark.parametrize("error", [Refused("CreateEnvironment: Throttling: enough", "Throttling"), Stuck("nothing")])
def test_what_cannot_be_tried_out_is_said(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "compare", Mock(side_effect=error))
    ended = compared()
    assert (ended.exit_code, ended.output) == (1, f"Error: {error}\n")
