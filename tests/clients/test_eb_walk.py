"""The walk of the guide through the EB CLI, unmodified: from a project to a swap of names, as a browser sees it."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from instances.walk import guide

HOST = "{}.us-east-1.elasticbeanstalk.com"


def write(eb, version):
    """The files of a version of the project."""
    for name, text in guide(version).items():
        file = eb.project / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def get(served, path, host="localhost", cookie=""):
    """The text and the cookie of an answer."""
    connection = HTTPConnection(urlsplit(served.url).netloc)
    connection.request("GET", path, headers={"Host": host, "Cookie": cookie})
    answer = connection.getresponse()
    text, cookie = answer.read().decode(), (answer.getheader("Set-Cookie") or cookie).partition(";")[0]
    connection.close()
    return text, cookie


def disks(served, name, path):
    """The text of a file on each instance; None where it is not there."""
    account = f"account={served.account}"
    fleet = json.loads(get(served, f"/_beanpole/environments/{name}/fleet?{account}")[0])["instances"]
    texts = []
    for instance in fleet:
        text, _ = get(served, f"/_beanpole/environments/{name}/instances/{instance['id']}/files{path}?{account}")
        texts.append(None if text.startswith("{") else text)
    return texts


def page(served, name, cookie=""):
    """The page of an environment by its name, and the cookie of whoever has seen it."""
    return get(served, "/", HOST.format(name), cookie)


@pytest.mark.slow
@pytest.mark.merge
@pytest.mark.parametrize("account", ["embedded", "redis"], indirect=True)
def test_the_walk_of_the_guide(eb, at_once):
    served = at_once
    write(eb, "v1")
    eb("create", "blue", "--cname", "blue", "--scale", "4", "--elb-type", "application")
    assert disks(served, "blue", "/home/ec2-user/hello_world.txt") == [""] * 4
    assert disks(served, "blue", "/var/app/current/index.html") == ["<p>Hello World v1</p>"] * 4
    migrated = disks(served, "blue", "/home/ec2-user/migrations.txt")
    assert sorted(map(str, migrated)) == ["None"] * 3 + ["migrated by v1\n"]
    eb("setenv", "COLOUR=green", "-e", "blue")
    assert disks(served, "blue", "/home/ec2-user/migrations.txt") == migrated
    eb("scale", "5", "blue")
    assert disks(served, "blue", "/var/app/current/index.html") == ["<p>Hello World v1</p>"] * 5
    assert disks(served, "blue", "/home/ec2-user/migrations.txt").count(None) == 4
    write(eb, "v3")
    eb("deploy", "blue", "--label", "v3")
    assert page(served, "blue")[0] == "<p>Hello World v3</p>"
    eb("config", "save", "blue", "--cfg", "saved")
    write(eb, "v4")
    eb("create", "test", "--cname", "test", "--cfg", "saved")
    assert page(served, "test")[0] == "<p>Hello World v4</p>"
    swap(eb, served)


def swap(eb, served):
    """On a wall clock of a speed that lets the time to live outlast the wait of the EB CLI."""
    _, cookie = page(served, "blue")
    served.control("PUT", "clock", {"mode": "wall", "speed": 3})
    assert eb("swap", "blue", "-n", "test").endswith("Completed swapping CNAMEs for environments 'blue' and 'test'.\n")
    served.control("PUT", "clock", {"mode": "manual"})
    assert page(served, "blue", cookie)[0] == "<p>Hello World v3</p>"
    assert page(served, "blue")[0] == "<p>Hello World v4</p>"
    served.control("POST", "clock/advance", {"seconds": 60})
    assert page(served, "blue", cookie)[0] == "<p>Hello World v4</p>"
