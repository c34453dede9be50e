"""The wheel as people install it, from a registry's newest packages and from the oldest that it names."""

import hashlib
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

import cached
from beanpole.machine.clock import real_now
from clients_environment import environment
from environments import STACK
from house.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.merge]

INSTALLERS = ("uv==0.13.9", "pipx==1.8.0")
EXTRAS = ("companions", "s3", "persistent", "production")
S3 = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"
PATIENCE = 300  # seconds for what comes from a registry


@pytest.fixture(scope="module")
def installers() -> Path:
    """The folder of `uv` and `pipx`; skipped where they cannot be had."""
    return cached.folder("installers", lambda folder: cached.install(folder, *INSTALLERS))


@pytest.fixture(scope="module")
def pip_of_pipx() -> Path:
    """The environment with a new pip that pipx makes when it is run for the first time."""

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", *cached.OPTIONS, "--upgrade", "pip >= 23.1"]
        subprocess.run(pip, env=environment(), check=True, timeout=PATIENCE)

    return cached.folder("pip-of-pipx", make)


@pytest.fixture(scope="module")
def variables(installers: Path, pip_of_pipx: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a person who has both, and a home of pipx that nothing else uses."""
    path = f"{installers / 'bin'}{os.pathsep}{os.environ['PATH']}"
    home = str(tmp_path_factory.mktemp("pipx"))
    return environment(
        PATH=path,
        PYTHONPATH=str(installers),
        PIPX_HOME=home,
        PIPX_SHARED_LIBS=str(pip_of_pipx),
        PIP_NO_COMPILE="0",  # pip wants a false word here to compile nothing; Python compiles what it imports
        UV_PYTHON=sys.executable,
        UV_NO_PROGRESS="1",
    )


@pytest.fixture(scope="module")
def wheel(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, by `uv build`."""
    folder = tmp_path_factory.mktemp("wheel")
    run("uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT), env=variables)
    (built,) = folder.glob("*.whl")
    return built


def run(*command: str, env: dict[str, str]) -> str:
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE)
    if ran.returncode and "Failed to fetch" in ran.stderr:
        pytest.skip(f"no registry can be reached: {ran.stderr[-300:]}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@contextmanager
def served(*command: str, env: dict[str, str]) -> Iterator[str]:
    """The address of a server that a command starts."""
    process = subprocess.Popen([*command, "serve", "--port", "0"], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as output:
        try:
            yield output.readline().split()[-1]
        finally:
            process.terminate()
            status = process.wait(timeout=20)
    assert status in (0, -15, 143)


def answers(url: str) -> None:
    """The installed server answers its own calls, and those of a service of its companion."""
    with urlopen(f"{url}/?Action=DescribeEnvironments&Version=2010-12-01") as answer:
        assert b"<Environments" in answer.read()
    with urlopen(Request(url, headers={"Authorization": S3})) as answer:
        assert b"ListAllMyBucketsResult" in answer.read()


def launches(url: str) -> None:
    """An environment comes to be Ready."""
    named = "ApplicationName=shop&EnvironmentName=shop-web"
    for action in ("CreateApplication", f"CreateEnvironment&SolutionStackName={quote(STACK)}"):
        urlopen(f"{url}/?Version=2010-12-01&{named}&Action={action}").close()
    end = real_now() + PATIENCE * 1000
    status = b""
    while b"<Status>Ready</Status>" not in status:
        assert real_now() < end, status
        with urlopen(f"{url}/?Version=2010-12-01&Action=DescribeEnvironments") as answer:
            status = answer.read()


def test_uvx_serves_with_the_newest(wheel: Path, variables: dict[str, str]) -> None:
    command = ("uvx", "--quiet", "--from", f"beanpole[companions] @ {wheel.as_uri()}", "beanpole")
    assert run(*command, "--version", env=variables).startswith("beanpole, version ")
    with served(*command, env=variables) as url:
        answers(url)


def test_pipx_runs_the_command_of_the_wheel(wheel: Path, variables: dict[str, str]) -> None:
    command = (sys.executable, "-m", "pipx", "run", "--spec", str(wheel), "beanpole", "--version")
    assert run(*command, env=variables).startswith("beanpole, version ")


@pytest.fixture(scope="module")
def oldest(variables: dict[str, str]) -> Path:
    """An environment with the direct dependencies of the project, each in the oldest version that it allows."""
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    words = ("--resolution", "lowest-direct", "-r", str(ROOT / "pyproject.toml"), *extras)

    def make(folder: Path) -> None:
        run("uv", "venv", "--quiet", str(folder), env=variables)
        run("uv", "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *words, env=variables)

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *(project["optional-dependencies"][extra] for extra in EXTRAS)]
    return cached.folder(f"oldest-{hashlib.sha256(repr(needed).encode()).hexdigest()[:16]}", make)


def test_the_oldest_dependencies_are_enough(
    wheel: Path, oldest: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    python = str(oldest / "bin" / "python")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    alone = variables | {"PYTHONPATH": str(tmp_path), "BEANPOLE_SPEED": "instant"}
    with served(python, "-m", "beanpole", env=alone) as url:
        answers(url)
        launches(url)
