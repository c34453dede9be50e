"""The pages of the documentation are built without a broken link, and what they show can be run."""

import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from beanpole.catalog.catalog import Catalog
from beanpole.command.cli import main
from beanpole.control.fault_schema import FAULT
from beanpole.control.routes import ROUTES
from beanpole.testing import Beanstalk
from house import reference
from house.pages import FENCE, PAGES
from house.tree import ROOT

TEST = re.compile(r"^def (test_\w+)\((\w+)\):$", re.MULTILINE)


def blocks(*languages: str) -> list[Any]:
    """Every block of code in these languages, by its page and its number there."""
    return [
        pytest.param(code, id=f"{path.name}-{number}")
        for path in (ROOT / "README.md", *PAGES)
        for number, (language, code) in enumerate(FENCE.findall(path.read_text(encoding="utf-8")))
        if language in languages
    ]


def test_the_pages_are_built_without_a_broken_link(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(ROOT / ".mkdocs.yml"), "-d", str(tmp_path)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert (tmp_path / "index.html").is_file()


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_of_a_page_outside_the_site_lead_somewhere(path: str) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / path).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_the_reference_is_that_of_the_commands_and_of_the_spec(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-golden"):
        reference.PAGE.write_text(reference.page(), encoding="utf-8")
        return
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()


@pytest.mark.parametrize("code", [block for block in blocks("python") if TEST.search(block.values[0])])
def test_a_test_of_a_page_passes(code: str, tmp_path: Path) -> None:
    """In a folder that has a source bundle called `v1.zip`."""
    with zipfile.ZipFile(tmp_path / "v1.zip", "w") as bundle:
        bundle.writestr("index.html", "hello")
    room: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), room)
    with chdir(tmp_path):
        for name, fixture in TEST.findall(code):
            room[name](Beanstalk(with_objects=fixture.endswith("with_objects")))


@pytest.mark.parametrize("code", [block for block in blocks("python") if not TEST.search(block.values[0])])
def test_python_of_a_page_compiles(code: str) -> None:
    compile(code, "page", "exec")


@pytest.mark.parametrize("code", blocks("yaml"))
def test_yaml_of_a_page_is_laid_over_the_catalogue(code: str) -> None:
    catalog = Catalog(overrides=yaml.safe_load(code))
    for table in yaml.safe_load(code):
        assert getattr(catalog, table.rpartition("-")[2]) != getattr(Catalog(), table.rpartition("-")[2])


@pytest.mark.parametrize("code", blocks("sh", "console"))
def test_commands_of_a_page_are_known(code: str) -> None:
    for words in commands(code):
        if words[0] == "beanpole" and len(words) > 1:
            command = main.commands[words[1]]
            command.make_context(words[1], words[2:], resilient_parsing=False)
        if words[0] == "curl" and "_beanpole" in " ".join(words):
            check_call(words)


def commands(code: str) -> Iterator[list[str]]:
    """The commands of a block, without prompts, what they print, variables and pipes."""
    is_console = any(line.startswith("$ ") for line in code.splitlines())
    for line in code.replace("\\\n", " ").splitlines():
        if is_console and not line.startswith("$ "):
            continue
        for part in re.split(r"&&|&(?=\s*$)|;", line.removeprefix("$ ")):
            words = shlex.split(part.partition(" > ")[0], comments=True)
            while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
                del words[0]
            if words:
                yield words


def check_call(words: list[str]) -> None:
    """The route of a call is there, and a fault in its body would be armed."""
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    path = re.sub(r".*?/_beanpole", "", next(word for word in words if "/_beanpole" in word)).partition("?")[0]
    if path.startswith("/traffic/"):
        return
    assert any(method == verb and matches(rule, path) for verb, rule, _ in ROUTES), (method, path)
    if path == "/faults" and "-d" in words:
        FAULT.load(json.loads(words[words.index("-d") + 1]))


def matches(rule: str, path: str) -> bool:
    pattern = re.sub(r"<path:\w+>", ".*", rule)
    return re.fullmatch(re.sub(r"<\w+>", "[^/]+", pattern), path) is not None


@pytest.mark.parametrize("code", ["beanpole serve --sped 3", "$ beanpole wait\n"])
def test_a_command_that_there_is_not_is_found(code: str) -> None:
    with pytest.raises((click.UsageError, KeyError)):
        test_commands_of_a_page_are_known(code)
