"""A run leaves out examples of properties, by the profile of hypothesis, and tests that are for a merge."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from examples import PROFILES
from house.tree import ROOT, source_files

NAME = str(Path(__file__).relative_to(ROOT))

# Printed for each property that is collected: its name, and its number of examples.
PLUGIN = """
def pytest_collection_modifyitems(items):
    for item in items:
        function = getattr(item, "obj", None)
        if getattr(function, "is_hypothesis_test", False):
            print("EXAMPLES", item.nodeid.partition("[")[0], function._hypothesis_internal_use_settings.max_examples)
"""


@pytest.fixture(scope="module")
def numbers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """The number of examples of each property, by the profile: this run's, and `hunt`.

    A run of all tests has collected every property itself; to collect them takes seconds.
    """
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "numbers_of_examples.py").write_text(PLUGIN)
    profile = settings.get_current_profile_name()
    hunt = _collected("hunt", str(folder))
    properties = {
        item.nodeid.partition("[")[0]: item.obj._hypothesis_internal_use_settings.max_examples
        for item in request.session.items
        if isinstance(item, pytest.Function) and getattr(item.obj, "is_hypothesis_test", False)
    }
    own = {name: number for name, number in properties.items() if name.partition("::")[0] != NAME}
    return {profile: own if hunt.keys() <= own.keys() else _collected(profile, str(folder)), "hunt": hunt}


def _collected(profile: str, folder: str) -> dict[str, int]:
    files = [str(file) for file in source_files("tests") if "@given" in file.read_text(encoding="utf-8")]
    files = [file for file in files if file != __file__]
    path = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH", "")]))
    arguments = ["-m", "pytest", "-q", "--collect-only", "-s", "-p", "no:cacheprovider", "-p", "numbers_of_examples"]
    ended = subprocess.run(
        [sys.executable, *arguments, "--hypothesis-profile", profile, *files],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    rows = [line.split() for line in ended.stdout.splitlines() if line.startswith("EXAMPLES ")]
    return {name: int(number) for _, name, number in rows}


@pytest.mark.merge
def test_every_property_hunts_in_the_profile_hunt(numbers: dict[str, dict[str, int]]) -> None:
    profile = settings.get_current_profile_name()
    own, hunt = numbers[profile], numbers["hunt"]
    assert len(own) > 50
    assert own.keys() == hunt.keys()
    times = PROFILES["hunt"] // PROFILES[profile]
    few = {name: (own[name], hunt[name]) for name in own if hunt[name] < own[name] * times / 4}
    assert few == {}


@pytest.mark.merge
@pytest.mark.parametrize(
    ("arguments", "collected"),
    [
        (["tests/chaos"], False),
        (["tests/chaos", "--backends=both"], True),
        (["tests/chaos/test_chaos.py"], True),
    ],
)
def test_what_is_for_a_merge_runs_with_both_back_ends_or_by_the_name_of_its_file(
    arguments: list[str], collected: bool
) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert ("::test_one_of_racing_calls_wins" in ended.stdout) == collected
