"""The EB CLI, unmodified, in a folder of its own: it pins what the house pins otherwise, so it shares nothing with us.

The folder is made once for all checkouts, in the user's cache.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from clients_environment import environment

REQUIREMENT = "awsebcli==3.27.5"
PATIENCE = 240  # seconds for pip
MAIN = "import sys; from ebcli.core.ebcore import main; sys.argv[0] = 'eb'; main()"
NOWHERE = "http://127.0.0.1:9"  # where it looks for newer versions of itself: nobody answers, and nobody is asked


def installed() -> Path:
    """The folder; the test is skipped, and says why, where pip cannot bring it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "beanpole-tests" / f"{REQUIREMENT}-python{sys.version_info.major}.{sys.version_info.minor}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as made:
            _install(Path(made) / "eb")
            try:
                (Path(made) / "eb").rename(folder)
            except OSError:  # somebody else was faster
                assert folder.exists()
    return folder


class Eb:
    """`eb` as a user has it in the folder of a project."""

    def __init__(self, installed: Path, project: Path, beanstalk: str, everything_else: str) -> None:
        self.project = project
        self._environment = environment(
            PYTHONPATH=str(installed),
            HOME=str(project),
            AWS_ENDPOINT_URL=everything_else,
            AWS_ENDPOINT_URL_ELASTIC_BEANSTALK=beanstalk,
            https_proxy=NOWHERE,
            LINES="60",
            COLUMNS="160",
        )

    def __call__(self, *arguments: str, status: int = 0) -> str:
        """What it prints, once it has ended with that status; of what this process has installed it sees nothing."""
        ran = subprocess.run(
            [sys.executable, "-S", "-c", MAIN, *arguments],
            env=self._environment,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )
        printed = ran.stdout + ran.stderr
        assert ran.returncode == status, f"eb {' '.join(arguments)}: {ran.returncode}\n{printed}"
        return printed


def _install(target: Path) -> None:
    """By pip, from where it always takes things, but without our own constraints."""
    kept = {name: value for name, value in environment().items() if name != "PIP_CONSTRAINT"}
    options = (
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "--retries",
        "1",
        "--timeout",
        "15",
        "--no-compile",
    )
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), REQUIREMENT]
    try:
        ran = subprocess.run(command, env=kept, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        pytest.skip(f"the EB CLI cannot be had here: pip did not end within {PATIENCE} seconds")
    if ran.returncode:
        why = next((line for line in ran.stderr.splitlines() if line.startswith("ERROR")), "pip failed")
        pytest.skip(f"the EB CLI cannot be had here: {why}")
