"""The blocks of shell of the pages are carried out as they are written, by curl, the AWS CLI and our own command.

Each page has a world of its own on a port of this machine. Only ports and the address of Redis are other ones. The
pages of clients are run by `tests/clients`; the tables of `beanpole compare-policies` are held by `tests/comparison`.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from beanpole.caller.credential import DEFAULT_ACCOUNT
from beanpole.plugin.endpoint import Server
from beanpole.store import keys
from beanpole.testing import Beanstalk
from chaos.parties import until
from clients_environment import environment
from environments import STACK
from forked import Commands, Forked, Kind
from house.pages import FENCE, PAGES
from house.tree import ROOT

ELSEWHERE = {
    "eb": "the EB CLI, whose page is run by tests/clients",
    "pip": "installs from the network",
    "python3": "makes an environment of Python, and activates it",
}
CURL = """\
#!/bin/bash
if [[ " $* " == *" -N "* ]]; then  # a stream goes on for as long as somebody listens
  [[ $({curl} --silent --max-time 1 "$@") == *"event: open"* ]]
else
  exec {curl} --silent --show-error --fail-with-body "$@"
fi
"""
CALLING = ("aws", "curl", "export")


def lines(path: Path) -> list[str]:
    """The lines of a page's shell, without prompts and without what is printed."""
    read: list[str] = []
    for language, code in FENCE.findall(path.read_text(encoding="utf-8")):
        whole = code.replace("\\\n", " ").splitlines()
        if language == "sh":
            read += [line for line in whole if line.strip()]
        if language == "console":
            read += [line.removeprefix("$ ") for line in whole if line.startswith("$ ")]
    return read


def pages() -> dict[str, list[str]]:
    """The lines of the pages that are run here."""
    paths = [path for path in (ROOT / "README.md", *PAGES) if path.parent.name != "clients"]
    return {path.stem: lines(path) for path in paths}


CALLS = {
    name: calls for name, code in pages().items() if (calls := [line for line in code if line.split()[0] in CALLING])
}
STARTS = sorted({line for code in pages().values() for line in code if re.match("beanpole (serve|worker)", line)})


@pytest.fixture(scope="module")
def beanpole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """Our own command, imported once."""
    packages = [
        ROOT / "service",
        ROOT / "workers",
        *(Path(folder) for folder in sys.path if folder.endswith("-packages")),
    ]
    with Forked(Kind("beanpole", packages, "beanpole.command.cli:main"), tmp_path_factory.mktemp("home")) as commands:
        yield commands


@pytest.fixture
def world() -> Beanstalk:
    """A world on a clock that stands still."""
    return Beanstalk()


@pytest.fixture
def port(world: Beanstalk) -> Iterator[int]:
    """The port of the world."""
    with Server(world.endpoint, world.store) as server:
        yield int(server.url.rpartition(":")[2])


def plant(world: Beanstalk) -> None:
    """Give the default account `shop-web`, for a page that does not create it."""
    client = world.clients(account=DEFAULT_ACCOUNT)
    client.create_application(ApplicationName="shop")
    named = {"ApplicationName": "shop", "EnvironmentName": "shop-web", "CNAMEPrefix": "shop-web"}
    client.create_environment(SolutionStackName=STACK, **named)
    world.until_ready("shop-web", account=DEFAULT_ACCOUNT)


def carried_out(code: list[str], port: int, folder: Path, aws: Commands) -> None:
    """Let a shell carry out lines; each must succeed."""
    curl = folder / "curl"
    curl.write_text(CURL.format(curl=shutil.which("curl")))
    curl.chmod(0o755)
    aws.write_command(folder / "aws")
    variables = environment(
        PATH=f"{folder}:/usr/bin:/bin",
        HOME=str(folder),
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
    )
    script = "\n".join(code).replace(":5770", f":{port}")
    ended = subprocess.run(
        ["bash", "-exuc", script], cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]


def test_every_line_of_shell_is_run_or_there_is_a_reason() -> None:
    left = {line for code in pages().values() for line in code if line.split()[0] not in CALLING} - {*STARTS}
    assert {line.split()[0] for line in left} == {*ELSEWHERE, "beanpole"}
    assert {line for line in left if line.startswith("beanpole")} == {"beanpole compare-policies"}


@pytest.mark.parametrize("code", CALLS.values(), ids=CALLS)
def test_calls_of_a_page_are_answered(
    code: list[str], world: Beanstalk, port: int, tmp_path: Path, aws_commands: Commands
) -> None:
    """In the order of the page; a page that creates an environment has it at once."""
    if any("create-application" in line for line in code):
        clock = f"/_beanpole/clock?account={DEFAULT_ACCOUNT}"
        assert world.app.test_client().put(clock, json={"mode": "wall", "speed": "instant"}).status_code == 200
    else:
        plant(world)
    carried_out(code, port, tmp_path, aws_commands)


@pytest.mark.parametrize("line", STARTS)
def test_a_server_or_worker_of_a_page_starts(line: str, redis_url: str, tmp_path: Path, beanpole: Forked) -> None:
    words = shlex.split(line.replace("redis://localhost:6379/0", redis_url), comments=True)[1:]
    if words[0] == "serve":
        words += ["--port", "0"]
    if "run" in words and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not on this machine")
    with closing(Redis.from_url(redis_url)) as redis:
        redis.flushall()
    running = beanpole.start(words, tmp_path, environment(HOME=str(tmp_path)), terminal=True)
    if words[0] == "serve":
        running.until("listening on")
    else:
        with closing(Redis.from_url(redis_url)) as redis:
            until(lambda: redis.zcard(keys.WORKERS) > 0, "a worker is there")
    running.interrupt()
    ended = running.end()
    assert ended.status == 0, ended.printed


@pytest.mark.parametrize("path", ["environments/none/fleet", "none", "stream?environment=none"])
def test_a_call_that_is_refused_is_noticed(path: str, port: int, tmp_path: Path, aws_commands: Commands) -> None:
    with pytest.raises(AssertionError):
        carried_out(
            [f"curl {'-N ' if 'stream' in path else ''}localhost:5770/_beanpole/{path}"], port, tmp_path, aws_commands
        )
