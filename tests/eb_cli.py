"""The EB CLI, unmodified, in a folder of its own: it pins what the house pins otherwise, so it shares nothing with us.

The folder is made once for all checkouts, in the user's cache.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from clients_environment import environment
from forked import Answers, Forked, Running

REQUIREMENT = "awsebcli==3.27.5"
PATIENCE = 240  # seconds for pip
MAIN = "import sys; from ebcli.core.ebcore import main; sys.argv[0] = 'eb'; main()"
ENTRY = "ebcli.core.ebcore:main"
LISTS = ("", "config", "labs", "platform", "appversion")  # whose help lists commands
NOT_DRIVEN = {
    "local": "runs containers of Docker on this machine",
    "migrate": "reads the sites of IIS, so it runs on Windows only",
    "platform logs": "waits for a log group of CloudWatch, which nobody makes",
}
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
    """`eb` as a user has it in the folder of a project, with one endpoint for all services, and a key of its own."""

    def __init__(self, commands: Forked, project: Path, url: str, account: str) -> None:
        self.project = project
        self.variables = environment(
            HOME=str(project),
            AWS_ENDPOINT_URL=url,
            AWS_ACCESS_KEY_ID=account,
            https_proxy=NOWHERE,
            BROWSER="echo opens %s",
            LINES="60",
            COLUMNS="160",
        )
        self.driven: set[str] = set()
        self._commands = commands

    def __call__(self, *arguments: str, status: int = 0, given: str = "", answers: Answers = ()) -> str:
        """What it prints, once it has ended with that status; on a terminal, where there are answers to type."""
        ran = self.start(*arguments, terminal=bool(answers)).end(given, answers)
        assert ran.status == status, f"eb {' '.join(arguments)}: {ran.status}\n{ran.printed}"
        return ran.printed

    def start(self, *arguments: str, terminal: bool = True) -> Running:
        """A command that is on its way."""
        self.driven |= {arguments[0], " ".join(arguments[:2])}
        return self._commands.start(arguments, self.project, self.variables, terminal)

    def edit(self, expression: str) -> None:
        """From now on its editor changes a file by this expression of sed."""
        self.variables["EDITOR"] = f"sed -i -e {shlex.quote(expression)}"

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        file = self.project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


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
