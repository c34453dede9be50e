"""The metadata of the package are true: its version, its types, its Pythons, its lock."""

import platform
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from beanpole import __version__
from beanpole.command.cli import main
from house.tree import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = [Requirement(line) for line in (ROOT / "requirements.lock").read_text().splitlines() if line[:1] != "#"]
LOCKED_EXTRAS = ("production", "persistent", "s3", "test")  # not `bench`, which is installed by hand
FIRST = "3.11.0"  # a package may need another one for some releases of 3.11 alone


def test_the_command_says_the_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"beanpole, version {__version__}\n"


def test_the_changelog_has_a_dated_section_of_the_version() -> None:
    sections = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert re.fullmatch(rf"\[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d", sections[1])


@pytest.mark.parametrize("package", PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
def test_every_package_is_marked_as_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]


def test_every_python_of_the_classifiers_is_one_of_the_matrix() -> None:
    named = [name.rpartition(" ")[2] for name in PROJECT["project"]["classifiers"] if re.search(r"\d\.\d+$", name)]
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"
    tried = re.search(r"set -- ([\d. ]+)", (ROOT / ".ci/matrix").read_text())
    assert tried is not None
    assert set(named) <= set(tried.group(1).split())


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    versions = locked(FIRST)
    for requirement in required():
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} is locked at {version}"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the lock is made with Python 3.11")
@pytest.mark.parametrize("python", sorted({FIRST, platform.python_version()}))
def test_the_lock_names_what_is_needed_and_nothing_else(python: str) -> None:
    """The lock names the requirements of the project, those of these packages, and so on.

    A package that is installed in another version than the locked one may require others: the test skips this case.
    """
    needed, versions = closure(required(), python), locked(python)
    if all(installed(name) in (None, versions.get(name)) for name in needed):
        assert needed == set(versions)
    else:
        assert {name for name in needed if installed(name) == versions.get(name)} <= set(versions)


def locked(python: str) -> dict[str, str]:
    """The version of each package of the lock, for a release of Python."""
    rows = [row for row in LOCK if row.marker is None or row.marker.evaluate({"python_full_version": python})]
    return {canonicalize_name(row.name): str(row.specifier).removeprefix("==") for row in rows}


def required() -> list[Requirement]:
    """The requirements of the project, with the extras that the lock is made with."""
    extras = [text for extra in LOCKED_EXTRAS for text in PROJECT["project"]["optional-dependencies"][extra]]
    return [Requirement(text) for text in (*PROJECT["project"]["dependencies"], *extras)]


def closure(requirements: list[Requirement], python: str) -> set[str]:
    """The names of all packages that some requirements bring, each with the extras that it is asked for with.

    What a package brings is known where it is installed.
    """
    pairs: set[tuple[str, str]] = set()
    waiting = [(requirement, extra) for requirement in requirements for extra in ("", *requirement.extras)]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in pairs:
            continue
        pairs.add((name, extra))
        if installed(name) is None:
            continue
        waiting += [
            (needed, extra_name)
            for needed in map(Requirement, distribution(name).requires or ())
            if needed.marker is None or needed.marker.evaluate({"extra": extra, "python_full_version": python})
            for extra_name in ("", *needed.extras)
        ]
    return {name for name, _ in pairs}


def installed(name: str) -> str | None:
    """The version of a package that is installed, or None."""
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None
