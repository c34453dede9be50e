"""`eb platform`, `eb codesource`, and the commands that this machine cannot carry out but must end cleanly."""

import re

import pytest

from eb_cli import LISTS, NOT_DRIVEN
from house import driven

pytestmark = [pytest.mark.slow, pytest.mark.merge]

PACKER = "version: '1.0'\nprovisioner:\n  type: packer\n  template: shop.json\n  flavor: ubuntu1604\n"
TEMPLATE = '{"builders": [{"type": "amazon-ebs", "region": "us-east-1"}]}'


@pytest.mark.drives("EB CLI", "platform list", "platform show", "platform select")
def test_platforms_of_the_service(eb):
    assert {"python-3.14", "node.js-24", "docker", "tomcat-11-corretto-25"} <= set(eb("platform", "list").split())
    assert "64bit Amazon Linux 2023 v4.13.7 running Python 3.14" in eb("platform", "list", "--verbose")
    assert "64bit Amazon Linux 2023 v4.13.7 running Python 3.14" in eb("platform", "show")
    answers = [
        ("It appears you are using Python", "n"),
        ("Select a platform.", "6"),
        ("Select a platform branch.", "1"),
    ]
    eb("platform", "select", answers=answers)
    config = (eb.project / ".elasticbeanstalk" / "config.yml").read_text()
    assert "default_platform: Node.js 24 running on 64bit Amazon Linux 2023" in config


@pytest.mark.drives(
    "EB CLI",
    "platform init",
    "platform create",
    "platform status",
    "platform events",
    "platform logs",
    "platform use",
    "platform delete",
    "platform list",
)
def test_a_platform_of_one_s_own(eb, at_once):
    eb.project = eb.project.parent / "mine"
    eb.write("platform.yaml", PACKER)
    eb.write("shop.json", TEMPLATE)
    eb("platform", "init", "mine", "-r", "us-east-1")
    output = eb("platform", "create")
    assert "Successfully created platform version 'mine/1.0.0'.\n" in output  # the thread of logs may print after it
    eb("platform", "create", "1.0.5")
    listed = eb("platform", "list")
    assert re.findall(r"platform/mine/(\S+) +Status: (\w+)", listed) == [("1.0.5", "Ready"), ("1.0.0", "Ready")]
    assert "Version:  1.0.5" in eb("platform", "status")
    assert "Successfully created platform version 'mine/1.0.0'." in eb("platform", "events", "1.0.0")
    logs = eb("platform", "logs", "1.0.0")
    assert logs.startswith("Retrieving logs...\n[1.0.0] b'# Logfile created on ")
    assert "Successfully created platform version 'mine/1.0.0'." in logs
    assert eb("platform", "delete", "1.0.0", "--force").endswith(
        "Successfully deleted platform version 'mine/1.0.0'.\n"
    )
    eb("platform", "use", "mine")
    assert "Version:  1.0.5" in eb("platform", "status")


def test_every_command_of_its_help_is_driven(eb):
    """Those of its own lists, but for what this machine cannot carry out."""
    named = {f"{words} {command}".strip() for words in LISTS for command in listed(eb(*words.split(), "--help"))}
    named -= {"labs", "platform"}  # which do nothing by themselves
    assert named - set(NOT_DRIVEN) == named & driven.by_client()["EB CLI"]
    assert set(NOT_DRIVEN) <= named


def listed(text):
    """The names of the commands in a help text, which may have several lists of them."""
    lists = re.findall(r"^(?:.* )?commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    return re.findall(r"^  ([a-z][a-z-]+)  +\S", "".join(lists), re.MULTILINE)
