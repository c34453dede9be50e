"""The walls of the house: no circle of imports anywhere, and no module that the import contracts do not place."""

import re
import shutil
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from house.tree import ROOT

PACKAGES = ("beanpole", "beanpole_workers")
ROOTS = ("service/beanpole", "workers/beanpole_workers")
USERS_NAME = {"__init__", "__main__", "testing", "wsgi"}  # the command, the plugin of pytest, and the app for WSGI


def test_no_module_stands_loose_at_the_top_but_those_that_users_name() -> None:
    for root, named in zip(ROOTS, (USERS_NAME, {"__init__"}), strict=True):
        assert {path.stem for path in (ROOT / root).glob("*.py")} == named


def test_no_module_of_the_model_stands_loose() -> None:
    """Below `model`, every module is in a room whose name says what it is about."""
    assert {path.stem for path in (ROOT / ROOTS[0] / "model").glob("*.py")} == {"__init__"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports below `if TYPE_CHECKING` count: a circle that only the type checker sees is a missing word as well."""
    assert circle_in(ROOT) is None


def test_a_circle_that_only_the_type_checker_sees_is_found(copy: Path) -> None:
    """`keys` stands below `world`, so an import of it from there closes a circle."""
    keys = copy / "service/beanpole/store/keys.py"
    imported = "    from beanpole.store.world import World as World\n"
    keys.write_text(f"{keys.read_text()}\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n{imported}")
    circle = circle_in(copy)
    assert circle is not None
    assert {"beanpole.store.keys", "beanpole.store.world"} <= set(circle)


def test_a_module_without_a_place_and_one_that_imports_too_much_fail_the_check(copy: Path) -> None:
    rooms = ("service/beanpole", "service/beanpole/model", "service/beanpole/store", ROOTS[1])
    for number, room in enumerate(rooms):
        (copy / room / f"planted_{number}.py").write_text('"""A module that stands in no contract."""\n')
    with (copy / "service/beanpole/caller/hosts.py").open("a", encoding="utf-8") as hosts:
        hosts.write("\nimport redis\nimport beanpole_workers\n")
    ended = subprocess.run(_linter(), cwd=copy, env=_paths(copy), capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    missing = re.findall(r"^.*\bplanted_\d.*$", ended.stdout, re.MULTILINE)
    named = {number for number in range(len(rooms)) for line in missing if f"planted_{number}" in line}
    assert named == set(range(len(rooms))), ended.stdout
    assert {"beanpole.caller.hosts -> redis", "beanpole.caller.hosts -> beanpole_workers"} <= set(
        re.findall(r"beanpole\.caller\.hosts -> \w+", ended.stdout)
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the import contracts look at."""
    for root in ROOTS:
        shutil.copytree(ROOT / root, tmp_path / root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def circle_in(tree: Path) -> list[str] | None:
    """A circle among the modules of both packages in a tree, in a process that finds the packages there."""
    ended = subprocess.run(
        [sys.executable, "-c", "from house.test_rooms import print_circle; print_circle()"],
        env=_paths(tree),
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.split() or None


def print_circle() -> None:
    """Print the modules of a circle, if there is one, each importing the next."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        print(*reversed(error.args[1]))


def _linter() -> list[str]:
    return [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]


def _paths(tree: Path) -> dict[str, str]:
    paths = [str(tree / root.partition("/")[0]) for root in ROOTS]
    return {"PYTHONPATH": ":".join([*paths, str(ROOT / "tests")]), "PYTHONDONTWRITEBYTECODE": "1"}
