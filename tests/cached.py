"""Folders in the user's cache, for all checkouts: clients that share nothing with us, and caches of type checkers."""

import fcntl
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clients_environment import environment

PATIENCE = 240  # seconds for pip
OPTIONS = ("--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "15")


def folder(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name for this Python, which `make` fills where it is not there."""
    folder_ = _place(name)
    if not folder_.exists():
        folder_.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder_.parent, ignore_cleanup_errors=True) as beside:
            make(Path(beside) / "new")
            try:
                (Path(beside) / "new").rename(folder_)
            except OSError:  # somebody else was faster
                assert folder_.exists()
    return folder_


@contextmanager
def lent(name: str) -> Iterator[Path]:
    """The folder of that name, for one user at a time to change; who comes meanwhile has an empty one of his own."""
    place = _place(name)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as other, (place / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Path(other)
        else:
            yield place


def _place(name: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    version = ".".join(map(str, sys.version_info[:3]))  # a package may need another one for some patch releases alone
    return cache / "beanpole-tests" / f"{name}-python{version}"


def install(target: Path, *requirements: str) -> None:
    """Packages with what they need, by pip, without our own constraints."""
    _pip("install", *OPTIONS, "--no-compile", "--target", str(target), *requirements)


def wheels(target: Path, *requirements: str) -> None:
    """The wheels of packages and of what they need."""
    _pip("wheel", *OPTIONS, "--wheel-dir", str(target), *requirements)


def unpack(target: Path, requirement: str, *parts: str) -> None:
    """Parts of the wheel of a package, which is much greater than they are."""
    with tempfile.TemporaryDirectory() as beside:
        _pip("download", *OPTIONS, "--no-deps", "--only-binary=:all:", "--dest", beside, requirement)
        (wheel,) = Path(beside).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(parts)])


def _pip(*arguments: str) -> None:
    """Run pip, from where it always takes things; the test is skipped, and says why, where it cannot bring them."""
    variables = {name: value for name, value in environment().items() if name != "PIP_CONSTRAINT"}
    command = [sys.executable, "-m", "pip", *arguments]
    try:
        ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{arguments[-1]} cannot be had here: pip did not end within {PATIENCE} seconds")
    if ran.returncode:
        why = next((line for line in ran.stderr.splitlines() if line.startswith("ERROR")), "pip failed")
        pytest.skip(f"{arguments[-1]} cannot be had here: {why}")
