"""Statements that the type checker refuses: unknown members and statuses, and members of another request.

The lines below are written to one module, on which mypy runs once with the settings of the project.
"""

import re
import subprocess
import sys
from collections import defaultdict
from typing import get_args, get_type_hints

import msgspec
import pytest

import cached
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.members import EnvironmentMembers
from beanpole.model.environment.requests import KINDS, Kind
from beanpole.model.faults.symptoms import SYMPTOMS, Symptom
from house.tree import ROOT

HEAD = """
from typing import assert_never
from msgspec.structs import replace
from beanpole.model.changes.change import Change, Entity
from beanpole.model.environment import requests
from beanpole.model.environment.activity import Activity
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.transitions import request_update
from beanpole_workers.engine.story import Story

def check(story: Story, environment: Environment, instance: Instance, activity: Activity, entity: Entity) -> None:
"""
INDENT = "    "

RIGHT = (
    'story.change(status="Ready", activity=None)',
    'replace(environment, status="Updating", settings=())',
    'replace(instance, state="running", in_service=True).join(0)',
    "replace(activity, step=1, hits=(), request=requests.Restart())",
    "replace(entity, generation=0)",
    'environment.begin(requests.Deploy("v2"), "updateEnvironment", "request", 0)',
    'request_update(environment, requests.Configure("v2", settings=()), "request", 0)',
    "activity.request.partner if isinstance(activity.request, requests.Swap) else None",
    "match activity.request:\n"
    "    case requests.Launch() | requests.Deploy() | requests.Configure() | requests.Rebuild() as request:\n"
    "        request.version_label\n"
    "    case requests.Restart() | requests.Swap() | requests.Link() | requests.Tag() | requests.Scale():\n"
    "        ...\n"
    "    case requests.Terminate():\n"
    "        pass\n"
    "    case requests.Scale():\n"
    "        pass\n"
    "    case unknown:\n"
    "        assert_never(unknown)",
)

WRONG = {
    'story.change(status="Redy")': 'Argument "status" to "change" of "Story" has incompatible type "Literal[\'Redy\']"',
    "story.change(no_such_member=1)": 'Unexpected keyword argument "no_such_member" for "change" of "Story"',
    "story.change(activity=environment)": 'Argument "activity" to "change" of "Story" has incompatible',
    'replace(environment, status="Redy")': 'Argument "status" to "replace" has incompatible type "Literal[\'Redy\']"',
    'replace(environment, stauts="Ready")': 'Unexpected keyword argument "stauts" for "replace"',
    'replace(instance, state="runing")': 'Argument "state" to "replace" has incompatible type "Literal[\'runing\']"',
    "replace(activity, stoping=True)": 'Unexpected keyword argument "stoping" for "replace"',
    "replace(activity, settings=())": 'Unexpected keyword argument "settings" for "replace"',
    'replace(entity, status="Ready")': 'Unexpected keyword argument "status" for "replace"',
    "replace(Change(), struck=())": 'Unexpected keyword argument "struck" for "replace"',
    'requests.Deploy(verson_label="v2")': 'Unexpected keyword argument "verson_label" for "Deploy"',
    'requests.Swap("web2", version_label="v2")': 'Unexpected keyword argument "version_label" for "Swap"',
    "requests.Restart().version_label": '"Restart" has no attribute "version_label"',
    "activity.request.partner": 'Item "Launch" of "Launch | Deploy |',
    'environment.begin("deploy", "updateEnvironment", "request", 0)': 'Argument 1 to "begin" of "Environment"',
    'environment.begin(requests.Tag({}), "", "", 0, partner="web2")': 'Unexpected keyword argument "partner"',
    'request_update(environment, requests.Deploy("v2"), "", 0)': 'Argument 2 to "request_update" has incompatible',
    "match activity.request:\n    case requests.Launch():\n        pass\n    case left:\n        assert_never(left)": (
        'Argument 1 to "assert_never" has incompatible type "Deploy | Configure |'
    ),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """The errors of mypy for each statement of a module that has all of them."""
    text, first = HEAD.lstrip(), {}
    for statement in (*RIGHT, *WRONG):
        first[statement] = text.count("\n") + 1
        text += "".join(f"{INDENT}{line}\n" for line in statement.splitlines())
    module = tmp_path_factory.mktemp("types") / "statements.py"
    module.write_text(text, encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--no-pretty"]
    with cached.lent("mypy-statements") as cache:  # the linters may run at the same time
        words = [*mypy, "--cache-dir", cache, module]
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    messages = defaultdict(list)
    for line, message in re.findall(r"statements\.py:(\d+): error: (.*)", ended.stdout):
        statement = max((key for key in first if first[key] <= int(line)), key=first.__getitem__)
        messages[statement].append(message)
    assert ended.stdout.splitlines()[-1].startswith(f"Found {sum(map(len, messages.values()))} errors in 1 file"), ended
    return messages


@pytest.mark.parametrize("statement", RIGHT)
def test_what_is_right_passes_the_type_checker(complaints, statement):
    assert complaints[statement] == []


@pytest.mark.parametrize(("statement", "complaint"), WRONG.items())
def test_the_type_checker_refuses_what_is_wrong(complaints, statement, complaint):
    assert [error for error in complaints[statement] if error.startswith(complaint)], complaints[statement]


def test_the_members_of_an_environment_are_those_of_its_struct():
    assert get_type_hints(EnvironmentMembers) == get_type_hints(Environment)


@pytest.mark.parametrize("name", SYMPTOMS)
def test_a_symptom_sets_members_that_an_instance_has(name):
    after = Instance("i-1", 0, "group").with_symptoms((Symptom("fault-1", name, 0),))
    assert msgspec.convert(msgspec.to_builtins(after), Instance) == after


def test_each_kind_of_activity_is_one_request():
    assert sorted(KINDS.values()) == sorted(get_args(Kind))
