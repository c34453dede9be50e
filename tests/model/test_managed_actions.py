"""What is scheduled, and when the weekly window opens."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.catalog import catalog
from beanpole.model.environment.managed_actions import newest_update, window_after
from beanpole.model.options.configuration import configuration
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import MANAGED_ACTIONS
from beanpole.model.time.clock import LATEST

TABLES = catalog.load()
WEEK = 604_800_000
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PYTHON = "64bit Amazon Linux 2023 v{} running Python 3.14"


def stack_of(name):
    stack = TABLES.platforms.find_stack(name)
    assert stack is not None
    return stack


def preferring(time):
    settings = () if time is None else (OptionSetting(MANAGED_ACTIONS, "PreferredStartTime", time),)
    return configuration(TABLES.options, settings, None)


@given(
    day=st.sampled_from(DAYS), hour=st.integers(0, 23), minute=st.integers(0, 59), at=st.integers(0, LATEST - 2 * WEEK)
)
def test_the_window_opens_within_a_week_at_its_time_of_the_week(day, hour, minute, at):
    start = window_after(preferring(f"{day}:{hour:02}:{minute:02}"), at)
    assert start is not None
    assert at < start <= at + WEEK
    opens = datetime.fromtimestamp(start / 1000, UTC)
    assert (DAYS[opens.weekday()], opens.hour, opens.minute) == (day, hour, minute)
    assert (opens.second, opens.microsecond) == (0, 0)
    assert window_after(preferring(f"{day.upper()}:{hour:02}:{minute:02}"), start) == start + WEEK


@pytest.mark.parametrize("time", [None, "", "Noday:09:00"])
def test_without_a_time_there_is_no_window(time):
    assert window_after(preferring(time), 0) is None


@pytest.mark.parametrize(
    ("version", "level", "target"),
    [
        ("4.12.2", "patch", "4.12.3"),
        ("4.12.2", "minor", "4.13.7"),
        ("4.12.3", "patch", None),
        ("4.12.3", "minor", "4.13.7"),
        ("4.13.6", "patch", "4.13.7"),
        ("4.13.7", "minor", None),
        ("4.12.2", "", None),
    ],
)
def test_the_newest_version_within_the_level_is_the_target(version, level, target):
    update = newest_update(TABLES.platforms, stack_of(PYTHON.format(version)), level)
    assert (update and update.version) == target


@pytest.mark.parametrize("level", ["patch", "minor"])
def test_no_update_leaves_its_branch_or_goes_back(level):
    for stack in TABLES.platforms.stacks:
        target = newest_update(TABLES.platforms, stack, level)
        if target is None:
            continue
        before, after = ([int(number) for number in platform.version.split(".")] for platform in (stack, target))
        assert target.branch == stack.branch
        assert after > before, stack.name
        assert after[: 2 if level == "patch" else 1] == before[: 2 if level == "patch" else 1], stack.name
        assert newest_update(TABLES.platforms, target, level) is None, stack.name
