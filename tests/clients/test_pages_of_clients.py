"""Each page of `docs/clients`, run as it is written by the real client, on one `beanpole serve` and its companion.

Only the port is another one. What a client needs that is not there skips its page, and says what is missing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clients import pages
from clients_environment import environment
from eb_cli import MAIN, installed

PATIENCE = 400  # seconds
MIRRORS = "/opt/tf-plugins"  # where a machine without a network has Terraform's providers
PACKAGES = ("@aws-sdk/client-elastic-beanstalk@3", "@aws-sdk/client-s3@3")


def needs(*commands):
    """Skip where a command is missing."""
    for command in commands:
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not on this machine")


def eb(folder):
    """The EB CLI on the path, with nothing of this process."""
    script = f'#!/bin/sh\nPYTHONPATH={installed()} exec {sys.executable} -S -c "{MAIN}" "$@"\n'
    (folder / "eb").write_text(script)
    (folder / "eb").chmod(0o755)
    return {"HOME": str(folder), "https_proxy": "http://127.0.0.1:9", "COLUMNS": "160"}


def terraform(folder):
    """Terraform with the provider of a mirror, where the machine has one."""
    needs("terraform")
    if not Path(MIRRORS).is_dir():
        return {}
    mirror = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRRORS}"\n  }}\n}}\n'
    (folder / "terraformrc").write_text(mirror)
    return {"TF_CLI_CONFIG_FILE": str(folder / "terraformrc"), "NO_COLOR": "1", "TF_CLI_ARGS": "-no-color"}


def javascript(folder):
    """Node with the packages of the page, which are kept in the user's cache."""
    needs("node", "npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "beanpole-tests" / "javascript"
    if not (cache / "node_modules").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(cache), *PACKAGES]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        if ran.returncode:
            pytest.skip(f"the packages of the page cannot be had here: {ran.stderr[-300:]}")
    (folder / "node_modules").symlink_to(cache / "node_modules")
    return {}


def python(folder):
    """Nothing but this Python."""
    return {}


CLIENTS = {
    "aws-cli": python,
    "boto3": python,
    "eb-cli": eb,
    "javascript": javascript,
    "query": python,
    "terraform": terraform,
}


def test_every_page_is_run():
    assert {path.stem for path in pages.FOLDER.glob("*.md")} == CLIENTS.keys()


@pytest.mark.slow
@pytest.mark.merge
@pytest.mark.parametrize("name", CLIENTS)
def test_a_page_is_true(serve, tmp_path, name):
    variables = CLIENTS[name](tmp_path)
    page = pages.read(name, serve().url)
    pages.write(page, tmp_path)
    path = f"{tmp_path}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {key: value for key, value in environment().items() if not key.startswith("AWS_")}
    ran = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", page.script],
        cwd=tmp_path,
        env=kept | {"PATH": path, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"} | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    printed = ran.stdout + ran.stderr
    assert ran.returncode == 0, printed[-6000:]
    assert [text for text in page.printed if text not in printed] == [], printed[-6000:]
