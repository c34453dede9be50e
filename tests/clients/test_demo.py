"""`beanpole demo` where nobody looks at it: lines, in the order in which they happened, and an exit status."""

import io
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from rich.console import Console

import programs
from beanpole.command import demo, deployment_methods
from beanpole.command.client import Refused
from beanpole.command.demo.chapters import chapters
from beanpole.command.demo.picture import picture
from beanpole.command.demo.scene import Line, Scene, Tile, View
from beanpole.command.deployment_methods import Method
from environments import STACK


@pytest.mark.slow
@pytest.mark.merge
def test_demo_tells_its_stories_in_lines():
    """At once, because each is watched for a while after every chapter."""
    with ThreadPoolExecutor() as pool:
        whole = pool.submit(lines_of, "--speed", "2000")
        change = pool.submit(lines_of, "--speed", "2000", "--policy", "blue-green")
        deployment = pool.submit(lines_of, "--speed", "4000", "--policy", "immutable")
    must_be_the_whole_story(whole.result())
    must_be_a_change_of_environments(change.result())
    must_be_a_deployment(deployment.result())


def lines_of(*arguments):
    ended = programs.run("demo", *arguments, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def must_be_the_whole_story(text):
    lines = text.splitlines()
    assert all(
        re.fullmatch(r"\+\d+\.\ds +(INFO|WARN|----|\.\.\.\.) +(shop|blue|green|demo) +\S.*", line)
        for line in lines[:-1]
    )
    assert re.fullmatch(
        r"Done in .* s with \d+ events: blue is Terminated, green is Ready on v2 at shop\.\S+\.", lines[-1]
    )
    for sentence in (
        "Successfully launched environment: blue",
        "New application version was deployed to running EC2 instances.",
        "Completed swapping CNAMEs for environments 'blue' and 'green'.",
        "terminateEnvironment completed successfully.",
    ):
        assert any(line.endswith(sentence) for line in lines), sentence


def must_be_a_change_of_environments(text):
    titles = re.findall(r"^\S+ +---- +demo +(\d/6 .*)$", text, re.MULTILINE)
    assert titles == [
        "1/6 An application with two versions",
        "2/6 Launch blue on v1",
        "3/6 Launch green on v2",
        "4/6 Swap the CNAMEs: green takes the traffic",
        "5/6 Wait until the old address has expired",
        "6/6 Terminate blue",
    ]
    assert re.search(r"blue is Terminated, green is Ready on v2 at shop\.\S+\.$", text)


def must_be_a_deployment(text):
    assert "demo   3/3 Deploy v2: immutable\n" in text
    assert "Immutable deployment policy enabled." in text
    assert re.search(r": prod is Ready on v2 at shop\.\S+\.$", text)


@pytest.mark.parametrize("method", deployment_methods.METHODS, ids=deployment_methods.NAMES)
def test_every_method_has_chapters_that_come_to_an_end(method: Method):
    story = chapters(STACK, method, 60)
    environments = [
        parameters for chapter in story for action, parameters in chapter.requests if action == "CreateEnvironment"
    ]
    policies = {
        row["Value"]
        for parameters in environments
        for row in parameters["OptionSettings"]
        if row["OptionName"] == "DeploymentPolicy"
    }
    assert policies == {method.policy or "AllAtOnce"}
    assert all(chapter.until or chapter.rests for chapter in story[1:])


@pytest.mark.parametrize(("width", "height"), [(150, 30), (100, 30), (80, 30)])
def test_a_fleet_that_is_doubled_fits_the_picture(width: int, height: int):
    fleet = tuple(Tile(f"i-{number:017x}", "running", True, "v1" if number < 4 else "v2") for number in range(8))
    view = View("prod", "Updating", "Info", "v1", "shop.us-east-1.elasticbeanstalk.com", fleet)
    lines = tuple(Line(number, "INFO", "prod", f"event {number}") for number in range(40))
    scene = Scene("Deploy", 3, 3, 60, 12.0, 5.0, "prod to be Ready", (view,), lines)
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(picture(scene, width, height))
    text = console.file.getvalue()
    assert all(tile.id[-8:] in text for tile in fleet)
    assert "event 39" in text
    assert len(text.splitlines()) < height


def test_demo_ends_when_it_is_interrupted():
    with programs.Program(["demo", "--speed", "1"], stdout=subprocess.PIPE, text=True) as demo:
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
