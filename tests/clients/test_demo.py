"""`beanpole demo` where nobody looks at it: lines, in the order in which they happened, and an exit status."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager

from beanpole import demo
from beanpole.client import Refused

COMMAND = [sys.executable, "-m", "beanpole", "demo"]


def test_demo_tells_its_whole_story_in_lines():
    told = subprocess.run([*COMMAND, "--speed", "2000"], capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    assert all(
        re.fullmatch(r"\+\d+\.\ds +(INFO|WARN|----|\.\.\.\.) +(shop|blue|green|demo) +\S.*", it) for it in lines[:-1]
    )
    assert re.fullmatch(
        r"Told in .* s with \d+ events: blue is Terminated, green is Ready on v2 at shop\.\S+\.", lines[-1]
    )
    for sentence in (
        "Successfully launched environment: blue",
        "New application version was deployed to running EC2 instances.",
        "Completed swapping CNAMEs for environments 'blue' and 'green'.",
        "terminateEnvironment completed successfully.",
    ):
        assert any(it.endswith(sentence) for it in lines), sentence


def test_demo_tells_a_change_of_environments():
    told = subprocess.run(
        [*COMMAND, "--policy", "blue-green", "--speed", "2000"], capture_output=True, text=True, timeout=60
    )
    assert (told.returncode, told.stderr) == (0, "")
    chapters = re.findall(r"^\S+ +---- +demo +(\d/6 .*)$", told.stdout, re.MULTILINE)
    assert chapters == [
        "1/6 An application with two versions",
        "2/6 Launch blue on v1",
        "3/6 Launch green on v2",
        "4/6 Swap the CNAMEs: green takes the traffic",
        "5/6 Wait until nobody knows the old address",
        "6/6 Terminate blue",
    ]
    assert re.search(r"blue is Terminated, green is Ready on v2 at shop\.\S+\.$", told.stdout)


def test_demo_ends_when_it_is_interrupted():
    with subprocess.Popen([*COMMAND, "--speed", "1"], stdout=subprocess.PIPE, text=True) as demo:
        assert "An application with two versions" in demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert rest.endswith("Stopped.\n")


def test_demo_says_what_the_service_refused(monkeypatch, capsys):
    @contextmanager
    def refusing(speed):
        raise Refused("CreateApplication: TooManyApplicationsException: enough", "TooManyApplicationsException")
        yield

    monkeypatch.setattr(demo, "embedded", refusing)
    assert demo.run(plain=True) == 1
    assert capsys.readouterr().err == "beanpole demo: CreateApplication: TooManyApplicationsException: enough\n"
