"""Each page of `docs/clients`, run as it is written by the real client, on one `beanpole serve` and its companion.

Only the port and the account are other ones. What a client needs that is not there skips its page, and says what is
missing. The EB CLI and the AWS CLI are imported once for all tests, and Terraform's provider is started once for its
page; `test_the_eb_cli_of_a_user_launches_and_deploys` runs each as a user starts it.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import cached
from clients import pages
from clients_environment import environment
from eb_cli import MAIN, installed

PATIENCE = 400  # seconds
MIRRORS = Path("/opt/tf-plugins")  # where a machine without a network has Terraform's providers
PACKAGES = ("@aws-sdk/client-elastic-beanstalk@3", "@aws-sdk/client-s3@3")
ANSIBLE = "ansible==12.3.0"
MODULES = ("ansible_collections/amazon/aws/", "ansible_collections/community/aws/")


def needs(*commands):
    """Skip where a command is missing."""
    for command in commands:
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not on this machine")


@contextmanager
def eb(folder, request, account):
    """The EB CLI on the path, with nothing of this process."""
    request.getfixturevalue("eb_commands").write_command(folder / "eb")
    yield {"HOME": str(folder), "https_proxy": "http://127.0.0.1:9", "COLUMNS": "160"}


@contextmanager
def aws(folder, request, account):
    """The AWS CLI on the path."""
    request.getfixturevalue("aws_commands").write_command(folder / "aws")
    yield {}


@contextmanager
def terraform(folder, request, account):
    """Terraform with the provider of a mirror, where the machine has one: started once, not by each command."""
    needs("terraform")
    variables = {"NO_COLOR": "1", "TF_CLI_ARGS": "-no-color"}
    (provider, *_) = [*MIRRORS.rglob("terraform-provider-aws_v*"), None]
    if provider is None:
        yield variables
        return
    own = environment(AWS_ENDPOINT_URL=account.url, AWS_ACCESS_KEY_ID=account.account, TF_LOG="off")
    command = [provider, "-debug"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, cwd=folder, env=own, **pipes) as process:
        line = next(line for line in process.stdout if "TF_REATTACH_PROVIDERS='" in line)
        yield variables | {"TF_REATTACH_PROVIDERS": re.search("'(.*)'", line)[1]}
        process.terminate()


@contextmanager
def javascript(folder, request, account):
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
    yield {}


@contextmanager
def ansible(folder, request, account):
    """Ansible with the two collections that the page needs."""

    def make(target):
        cached.install(target, "ansible-core==2.19.14", "boto3")
        cached.unpack(target, ANSIBLE, *MODULES)

    packages = cached.folder(ANSIBLE, make)
    command = f'#!/bin/sh\nPYTHONPATH={packages} exec {sys.executable} -m ansible playbook "$@"\n'
    (folder / "ansible-playbook").write_text(command)
    (folder / "ansible-playbook").chmod(0o755)
    yield {"HOME": str(folder), "ANSIBLE_PYTHON_INTERPRETER": sys.executable, "PYTHONPATH": str(packages)}


@contextmanager
def python(folder, request, account):
    """Nothing but this Python."""
    yield {}


CLIENTS = {
    "ansible": ansible,
    "aws-cli": aws,
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
def test_a_page_is_true(account, request, tmp_path, name):
    run(account, request, tmp_path, name)


@pytest.mark.slow
@pytest.mark.merge
@pytest.mark.parametrize("account", ["redis"], indirect=True)
@pytest.mark.parametrize("name", ["boto3", "terraform"])
def test_a_page_is_true_with_redis_and_a_worker(account, request, tmp_path, name):
    run(account, request, tmp_path, name)


def run(account, request, tmp_path, name):
    """Run the commands of a page, which must all succeed and print what the page says."""
    page = pages.read(name, account.url, account.account)
    pages.write(page, tmp_path)
    path = f"{tmp_path}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    inherited = {key: value for key, value in environment().items() if not key.startswith("AWS_")}
    with CLIENTS[name](tmp_path, request, account) as variables:
        ran = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", page.script],
            cwd=tmp_path,
            env=inherited | {"PATH": path, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"} | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    printed = ran.stdout + ran.stderr
    assert ran.returncode == 0, printed[-6000:]
    assert [text for text in page.printed if text not in printed] == [], printed[-6000:]


@pytest.mark.slow
@pytest.mark.merge
def test_the_eb_cli_of_a_user_launches_and_deploys(at_once, tmp_path):
    """The EB CLI as a user starts it, with its own waits: each is a process that imports everything."""
    (tmp_path / "application.py").write_text("print('hello')\n")
    variables = environment(
        PYTHONPATH=str(installed()),
        HOME=str(tmp_path),
        AWS_ENDPOINT_URL=at_once.url,
        AWS_ACCESS_KEY_ID=at_once.account,
        https_proxy="http://127.0.0.1:9",
    )
    printed = []
    for arguments in (("init", "shop", "-r", "us-east-1", "-p", "Python 3.14"), ("create", "shop-web", "--single")):
        ran = subprocess.run(
            [sys.executable, "-S", "-c", MAIN, *arguments],
            env=variables,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        printed.append(ran.stdout + ran.stderr)
    assert printed[0] == "Application shop has been created.\n"
    assert printed[1].endswith("Successfully launched environment: shop-web\n")
