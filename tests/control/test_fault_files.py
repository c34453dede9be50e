"""A file of faults arms all of them when the server starts, or none."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from beanpole.command.cli import main
from beanpole.control import faults
from beanpole.testing import ACCOUNT
from control.arming import armed_faults, outcome


def test_a_file_arms_its_faults(fresh_world: Any, tmp_path: Path) -> None:
    world, file = fresh_world(), tmp_path / "faults.yaml"
    file.write_text(
        f"- {{account: '{ACCOUNT}', what: refuse, code: Throttling, where: {{operation: DescribeEvents}}}}\n"
        "- {what: command-fails, times: 1, until: 2026-02-01T00:00:00Z}\n"
    )
    faults.arm_file(world.store, file)
    assert [fault["what"] for fault in armed_faults(world)] == ["refuse"]
    assert [fault.until for fault in world.store.world("000000000000", "us-east-1").faults()] == [1_769_904_000_000]
    assert outcome(world.client.describe_events) == "Throttling"


GOOD = f"- {{what: command-fails, account: '{ACCOUNT}'}}\n"
BAD_FILES = {
    "what: refuse": "it is not a list of faults",
    "": "it is not a list of faults",
    "- {": "it is not YAML: ",
    "- {what: command-fails, what: command-times-out}": "found the key what twice",
    "- refuse": "entry 1: it is no fault",
    GOOD + "- {what: explode}": "entry 2: what: Must be one of: refuse, ",
    GOOD + "- {account: 12, what: command-fails}": "entry 2: 12 in us-east-1 is no account in a region; quote an ",
    GOOD + "- {what: command-fails, where: {step: dance}}": "entry 2: where.step: No plan has such a step; steps are ",
    GOOD + "- {what: delay, 7: 8, where: {instance: -1}}": "entry 2: where.instance: Neither an index from 0, nor ",
    GOOD + "- {what: high-cpu, percent: .nan}": "entry 2: percent: ",
    GOOD + "- {what: command-fails, until: 2025-01-01T00:00:00Z}": "entry 2: until: The clock shows 2026-01-01T00",
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_a_file_with_an_entry_that_is_no_fault_arms_none_and_names_the_entry(
    fresh_world: Any, tmp_path: Path, text: str
) -> None:
    world, file = fresh_world(), tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(BAD_FILES[text])):
        faults.arm_file(world.store, file)
    assert armed_faults(world) == []


@pytest.mark.parametrize("text", ["- {what: command-fails, where: {step: dance}}", "- {"])
def test_a_server_does_not_start_with_a_wrong_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    ended = CliRunner().invoke(main, ["serve", "--faults", str(file), "--clock", "manual"])
    assert ended.exit_code == 2
    assert f"Error: {file}: " in ended.output
    assert ("entry 1: where.step: No plan has such a step" in ended.output) == ("dance" in text)
