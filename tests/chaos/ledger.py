"""The answers to clients, and the possible states that follow from them: the possible values of each key."""

import random
import re
import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from chaos.client import Answer, form
from environments import STACK

if TYPE_CHECKING:
    from chaos.storm import Storm

ACCOUNT = "111111111111"
Key = tuple[str, ...]
MOST = 4  # environments of a client at once
STACKED = {"SolutionStackName": STACK}


class Ledger:
    """The possible values of each key; None stands for a missing entity. Only one client writes each key."""

    def __init__(self) -> None:
        self._possible: defaultdict[Key, set[str | None]] = defaultdict(lambda: {None})

    def note(self, key: Key, value: str | None, answer: Answer) -> None:
        """Note the answer to a call that sets a key to a value: done, refused, or unknown."""
        if answer.status == 200:
            self._possible[key] = {value}
        elif answer.status in (0, 503):
            self._possible[key] = self._possible[key] | {value}

    def is_sure(self, key: Key, value: str | None) -> bool:
        """Tell whether a value is the only possible one."""
        return self._possible[key] == {value}

    def violations(self, state: dict[Key, str]) -> list[str]:
        """The keys whose value in a state is not a possible one."""
        keys = self._possible.keys() | state.keys()
        return [
            f"{key} is {state.get(key)!r}, not one of {self._possible[key]}"
            for key in sorted(keys)
            if state.get(key) not in self._possible[key]
        ]


class Client:
    """A client that calls operations of all kinds on its own names, until the run is over."""

    def __init__(self, storm: "Storm", number: int, over: threading.Event) -> None:
        self._storm, self._over = storm, over
        self._chance = random.Random(storm.seed * 100 + number)
        self._name, self._next = f"c{number}", 0
        self._live: list[str] = []
        self._labels: list[str] = []

    def run(self) -> None:
        """Create an application, then make random calls."""
        app = self._name
        while not self._storm.ledger.is_sure(("application", app), ""):
            answer = self._call("CreateApplication", ApplicationName=app)
            self._storm.ledger.note(("application", app), "", answer)
            if answer.status == 400 and "already exists" in answer.text:
                self._storm.ledger.note(("application", app), "", answer._replace(status=200))
        while not self._over.is_set():
            self._chance.choice(CALLS)(self)

    def _call(self, action: str, **parameters: str) -> Answer:
        return self._storm.call(form(action, ACCOUNT, **parameters), action)

    def _new(self, kind: str) -> str:
        self._next += 1
        return f"{self._name}-{kind}{self._next}"

    def _record(self, key: Key, value: str | None, action: str, must: bool = False, **parameters: str) -> Answer:
        """Make a call and note its answer; one that `must` succeed is not refused."""
        answer = self._call(action, **parameters)
        self._storm.ledger.note(key, value, answer)
        if must and answer.status == 400:
            self._storm.wrong.append(f"{action} of {key} was refused: {answer.text[:300]}")
        return answer

    def _describe_application(self) -> None:
        text = self._new("d")
        named = {"ApplicationName": self._name, "Description": text}
        self._record(("application", self._name), text, "UpdateApplication", must=True, **named)

    def _version(self) -> None:
        label = self._new("v")
        named = {"ApplicationName": self._name, "VersionLabel": label}
        answer = self._record(("version", self._name, label), label, "CreateApplicationVersion", must=True, **named)
        if answer.status == 200:
            self._labels.append(label)
        if len(self._labels) > 5:
            label = self._labels.pop(0)
            named["VersionLabel"] = label
            self._record(("version", self._name, label), None, "DeleteApplicationVersion", **named)

    def _template(self) -> None:
        name = self._new("t")
        named = {"ApplicationName": self._name, "TemplateName": name}
        key = ("template", self._name, name)
        if self._record(key, name, "CreateConfigurationTemplate", must=True, **named, **STACKED).status != 200:
            return
        self._call("UpdateConfigurationTemplate", **named, Description="x")
        if self._chance.random() < 0.8:
            self._record(key, None, "DeleteConfigurationTemplate", must=True, **named)

    def _tag(self) -> None:
        arn = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}:application/{self._name}"
        key, value = f"k{self._chance.randint(1, 9)}", self._new("x")
        added = {"TagsToAdd__member__1__Key": key, "TagsToAdd__member__1__Value": value}
        self._record(("tag", self._name, key), value, "UpdateTagsForResource", True, ResourceArn=arn, **added)

    def _environment(self) -> None:
        if len(self._live) >= MOST:
            self._terminate()
            return
        name = self._new("e")
        named = {"ApplicationName": self._name, "EnvironmentName": name, **STACKED}
        if self._record(("environment", name), name, "CreateEnvironment", must=True, **named).status == 200:
            self._live.append(name)

    def _terminate(self) -> None:
        if self._live:
            name = self._chance.choice(self._live)
            if self._record(("environment", name), None, "TerminateEnvironment", EnvironmentName=name).status in (
                200,
                400,
            ):
                self._live.remove(name)

    def _change_environment(self) -> None:
        if len(self._live) < 2:
            return
        one, other = self._chance.sample(self._live, 2)
        action = self._chance.choice(CHANGES)
        if action == "SwapEnvironmentCNAMEs":
            self._call(action, SourceEnvironmentName=one, DestinationEnvironmentName=other)
        elif action == "UpdateEnvironment" and self._labels:
            self._call(action, EnvironmentName=one, VersionLabel=self._chance.choice(self._labels))
        else:
            self._call(action, EnvironmentName=one)

    def _read(self) -> None:
        action = self._chance.choice(["DescribeEnvironments", "DescribeEvents", "DescribeApplicationVersions"])
        self._call(action, **({"MaxRecords": "50"} if action != "DescribeEnvironments" else {}))


CHANGES = ["UpdateEnvironment", "RebuildEnvironment", "RestartAppServer", "AbortEnvironmentUpdate"]
CHANGES += ["SwapEnvironmentCNAMEs"]
CALLS = [Client._describe_application, Client._version, Client._template, Client._tag, Client._environment]
CALLS += [Client._terminate, Client._change_environment, Client._change_environment, Client._read]


def read_state(storm: "Storm", clients: int) -> dict[Key, str]:
    """The final state; an entity that exists twice is a violation."""
    rows: list[tuple[Key, str]] = []
    text = storm.sure(form("DescribeApplications", ACCOUNT)).text
    for member in re.findall("<member>(.*?)</member>", re.sub("<member>[^<]*</member>", "", text)):
        description = re.search("<Description>(.*?)<", member)
        rows.append((("application", _named("ApplicationName", member)), description[1] if description else ""))
    for number in range(clients):
        app = f"c{number}"
        for name in re.findall("<member>([^<]*-t[0-9]+)<", text):
            if name.startswith(f"{app}-"):
                rows.append((("template", app, name), name))
        versions = storm.sure(form("DescribeApplicationVersions", ACCOUNT, ApplicationName=app)).text
        rows += [(("version", app, label), label) for label in re.findall("<VersionLabel>(.*?)<", versions)]
        arn = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}:application/{app}"
        tags = storm.sure(form("ListTagsForResource", ACCOUNT, ResourceArn=arn)).text
        pairs = zip(re.findall("<Key>(.*?)<", tags), re.findall("<Value>(.*?)<", tags), strict=True)
        rows += [(("tag", app, key), value) for key, value in pairs]
    live = storm.sure(form("DescribeEnvironments", ACCOUNT, IncludeDeleted="false")).text
    rows += [(("environment", name), name) for name in re.findall("<EnvironmentName>(.*?)<", live)]
    keys = [key for key, _ in rows]
    storm.wrong += [f"{key} is there more than once" for key in set(keys) if keys.count(key) > 1]
    return dict(rows)


def _named(member: str, text: str) -> str:
    named = re.search(f"<{member}>(.*?)<", text)
    assert named is not None, text
    return named[1]
