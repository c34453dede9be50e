"""The same names from several connections at once: for each kind of race its law, checked after each round."""

import json
import random
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from chaos.client import JSON, Answer, Connection, ask, form, request
from chaos.parties import Party, complaints, gunicorn, serving, until, worker
from environments import STACK
from killable import Server

LANES = 2  # connections to each server
RESET = 40  # rounds in one world
WEB = ("web-1", "web-2")


class Racer:
    """A client with some connections and an account of its own; one round after the other."""

    def __init__(self, parties: list[Party], account: str, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._account = account
        self._chance = random.Random(seed)
        self._lanes = [Connection(party.port) for party in parties for _ in range(LANES)]
        self._world = b""

    def run(self, rounds: int) -> None:
        """Run races; violations of laws are in `wrong`."""
        try:
            self._prepare()
            for number in range(rounds):
                if number % RESET == 0:
                    self._put("state", self._world)
                kind = self._chance.choice(KINDS)
                kind(self, f"r{number}")
                self.counts["races"] += 1
                self.counts[f"races, {kind.__name__[1:].replace('_', ' ')}"] += 1
                if len(self.wrong) > 20:
                    return
        except Exception as error:  # noqa: BLE001 - every end of a client is reported
            self.wrong.append(f"a client ended: {error!r}")
        finally:
            for lane in self._lanes:
                lane.close()

    def _prepare(self) -> None:
        """A world with two environments that are Ready, which is imported again and again."""
        self._put("clock", b'{"mode": "manual"}')
        self._must(form("CreateApplication", self._account, ApplicationName="shop"))
        for label in ("v1", "v2"):
            self._must(form("CreateApplicationVersion", self._account, ApplicationName="shop", VersionLabel=label))
        for name in WEB:
            self._must(self._environment(name, VersionLabel="v1"))
        self._until_ready()
        self._world = self._must(request("GET", "/_beanpole/state", account=self._account)).body

    def _environment(self, name: str, **more: str) -> bytes:
        named = {"ApplicationName": "shop", "EnvironmentName": name, "SolutionStackName": STACK}
        return form("CreateEnvironment", self._account, **named, **more)

    def _put(self, room: str, body: bytes) -> None:
        self._must(request("PUT", f"/_beanpole/{room}", body, JSON, self._account))

    def _must(self, sent: bytes) -> Answer:
        (answer,) = self._together([sent])
        if answer.status not in (200, 201):
            self.wrong.append(f"{sent[:500]!r} was answered {answer.status}: {answer.text[:300]}")
        return answer

    def _call(self, action: str, **parameters: str) -> bytes:
        return form(action, self._account, **parameters)

    def _together(self, sent: list[bytes]) -> list[Answer]:
        """The answers to requests that are on their way at the same time, each on a connection of its own."""
        lanes = self._chance.sample(self._lanes, len(sent))
        for lane, call in zip(lanes, sent, strict=True):
            lane.send(call)
        answers = [lane.read() for lane in lanes]
        for call, answer in zip(sent, answers, strict=True):
            self.counts["racing calls"] += 1
            self.counts[f"answered {answer.status}"] += 1
            if answer.status not in (200, 201, 400, 404, 409):
                self.wrong.append(f"{call[:500]!r} was answered {answer.status}: {answer.text[:300]}")
        return answers

    def _law(self, holds: bool, what: str, answers: list[Answer]) -> None:
        if not holds:
            self.wrong.append(f"{what}: {[(answer.status, answer.text[:300]) for answer in answers]}")

    def _one_wins(self, what: str, sent: list[bytes]) -> None:
        answers = self._together(sent)
        won = sum(answer.status in (200, 201) for answer in answers)
        self._law(won == 1, f"{won} of {len(sent)} {what}", answers)

    def _creation_of_an_application(self, name: str) -> None:
        self._one_wins(f"created {name}", [self._call("CreateApplication", ApplicationName=name)] * 4)

    def _creation_of_a_version(self, name: str) -> None:
        named = {"ApplicationName": "shop", "VersionLabel": name}
        self._one_wins(f"created {name}", [self._call("CreateApplicationVersion", **named)] * 4)

    def _deletion_of_a_version(self, name: str) -> None:
        named = {"ApplicationName": "shop", "VersionLabel": name}
        self._must(self._call("CreateApplicationVersion", **named))
        answers = self._together([self._call("DeleteApplicationVersion", **named)] * 4)
        self._law(any(answer.status == 200 for answer in answers), f"no call deleted {name}", answers)
        left = self._must(
            self._call("DescribeApplicationVersions", ApplicationName="shop", VersionLabels__member__1=name)
        )
        self._law(f"<VersionLabel>{name}<" not in left.text, f"{name} is there after its deletion", [left])

    def _creation_of_a_template(self, name: str) -> None:
        named = {"ApplicationName": "shop", "TemplateName": name, "SolutionStackName": STACK}
        self._one_wins(f"created {name}", [self._call("CreateConfigurationTemplate", **named)] * 4)

    def _description_of_an_application(self, name: str) -> None:
        values = [f"{name}-{number}" for number in range(4)]
        calls = [self._call("UpdateApplication", ApplicationName="shop", Description=value) for value in values]
        answers = self._together(calls)
        self._law(all(answer.status == 200 for answer in answers), "an update was refused", answers)
        listing = self._must(self._call("DescribeApplications"))
        self._law(any(f"<Description>{value}<" in listing.text for value in values), f"{name} was lost", [listing])

    def _tags_of_an_environment(self, name: str) -> None:
        arn = f"arn:aws:elasticbeanstalk:us-east-1:{self._account}:application/shop"
        tags = [{"TagsToAdd__member__1__Key": f"k{number}", "TagsToAdd__member__1__Value": name} for number in range(4)]
        answers = self._together([self._call("UpdateTagsForResource", ResourceArn=arn, **tag) for tag in tags])
        self._law(all(answer.status == 200 for answer in answers), "a tag was refused", answers)
        listing = self._must(self._call("ListTagsForResource", ResourceArn=arn))
        self._law(listing.text.count(f"<Value>{name}<") == 4, "a tag was lost", [listing])

    def _deletion_of_an_application(self, name: str) -> None:
        named = {"ApplicationName": name}
        self._must(self._call("CreateApplication", **named))
        delete, version = self._call("DeleteApplication", **named), {"VersionLabel": "v1", **named}
        sent = [delete, self._call("CreateApplicationVersion", **version), delete]
        sent.append(self._call("UpdateApplication", Description="x", **named))
        answers = self._together(sent)
        self._law(any(answers[index].status == 200 for index in (0, 2)), f"no call deleted {name}", answers)
        left = [self._must(self._call(f"Describe{kind}")) for kind in ("Applications", "ApplicationVersions")]
        self._law(not any(f"<ApplicationName>{name}<" in answer.text for answer in left), f"{name} remains", left)

    def _creation_of_an_environment(self, name: str) -> None:
        name = f"env-{name}"
        self._one_wins(f"created {name}", [self._environment(name)] * 4)

    def _taking_of_a_cname(self, name: str) -> None:
        names = [f"own-{number}-{name}" for number in range(4)]
        calls = [self._environment(label, CNAMEPrefix=f"front-{name}") for label in names]
        self._one_wins(f"took front-{name}", calls)

    def _update_of_an_environment(self, name: str) -> None:
        self._put("state", self._world)
        named = {"EnvironmentName": "web-1", "VersionLabel": "v2"}
        self._one_wins("updated web-1", [self._call("UpdateEnvironment", **named)] * 4)

    def _swap(self, name: str) -> None:
        self._put("state", self._world)
        before = self._cnames()
        named = {"SourceEnvironmentName": "web-1", "DestinationEnvironmentName": "web-2"}
        self._one_wins("swapped", [self._call("SwapEnvironmentCNAMEs", **named)] * 4)
        self._until_ready()
        after = self._cnames()
        if [before["web-1"], before["web-2"]] != [after["web-2"], after["web-1"]]:
            self.wrong.append(f"{name}: a swap made {after} of {before}")

    def _termination(self, name: str) -> None:
        self._put("state", self._world)
        named = {"EnvironmentName": "web-1"}
        actions = ["TerminateEnvironment", "TerminateEnvironment", "RebuildEnvironment", "RestartAppServer"]
        answers = self._together([self._call(action, **named) for action in actions])
        events = self._must(self._call("DescribeEvents", EnvironmentName="web-1")).text
        for action, word in (("terminate", answers[:2]), ("rebuild", answers[2:3])):
            done = events.count(f"<Message>{action}Environment is starting.<")
            successes = sum(answer.status == 200 for answer in word)
            self._law(
                done == min(successes, 1), f"{name}: {action} began {done} times, after {successes} calls", answers
            )

    def _advance_with_a_key(self, name: str) -> None:
        self._put("state", self._world)
        key = f"Idempotency-Key: {name}-{self._chance.random()}\r\n"
        before = self._now()
        sent = request("POST", "/_beanpole/clock/advance", b'{"seconds": 60}', JSON, self._account, key)
        answers = self._together([sent] * 3)
        moved = {json.loads(answer.body).get("now") for answer in answers if answer.status == 200}
        self._law(len(moved) == 1 and self._now() in moved and before not in moved, "it moved otherwise", answers)

    def _fault_that_fires_once(self, name: str) -> None:
        fault = {"what": "refuse", "code": "Throttling", "message": name, "times": 1}
        self._must(request("POST", "/_beanpole/faults", json.dumps(fault).encode(), JSON, self._account))
        answers = self._together([self._call("CheckDNSAvailability", CNAMEPrefix=f"free-{name}")] * 4)
        refused = sum(answer.status == 400 for answer in answers)
        self._law(refused == 1, f"a fault that fires once fired {refused} times", answers)

    def _import(self, name: str) -> None:
        put = request("PUT", "/_beanpole/state", self._world, JSON, self._account)
        answers = self._together([put, put, self._call("CreateApplication", ApplicationName=name)])
        self._law(any(answer.status == 200 for answer in answers[:2]), "no import was done", answers)
        exported = self._must(request("GET", "/_beanpole/state", account=self._account))
        self._put("state", exported.body)

    def _until_ready(self) -> None:
        for name in WEB:
            advance = json.dumps({"until": {"environment": name, "status": "Ready"}}).encode()
            self._must(request("POST", "/_beanpole/clock/advance", advance, JSON, self._account))

    def _now(self) -> str:
        answer = self._must(request("GET", "/_beanpole/clock", account=self._account))
        return str(json.loads(answer.body)["now"])

    def _cnames(self) -> dict[str, str]:
        text = self._must(self._call("DescribeEnvironments")).text
        names, cnames = re.findall("<EnvironmentName>(.*?)<", text), re.findall("<CNAME>(.*?)<", text)
        return dict(zip(names, cnames, strict=True))


# Those of the first row need no imported world, so that they are quick: most races are of them.
KINDS: list[Callable[[Racer, str], None]] = [
    *[Racer._creation_of_an_application, Racer._creation_of_a_version, Racer._creation_of_a_template] * 6,
    *[Racer._deletion_of_a_version, Racer._description_of_an_application, Racer._tags_of_an_environment] * 4,
    *[Racer._deletion_of_an_application, Racer._creation_of_an_environment, Racer._taking_of_a_cname] * 2,
    *[Racer._update_of_an_environment, Racer._swap, Racer._termination, Racer._advance_with_a_key],
    *[Racer._fault_that_fires_once, Racer._import],
]


def run(number: int, seed: int, clients: int = 2) -> tuple[Counter[str], list[str]]:
    """The counts and the violations of races against two servers on one Redis, one by waitress and one by gunicorn."""
    with tempfile.TemporaryDirectory(prefix="beanpole-chaos-") as name, ExitStack() as stack:
        folder = Path(name)
        redis = stack.enter_context(closing(Server(folder)))
        servers = [serving("serve", folder, redis.url), gunicorn("gunicorn", folder, redis.url, "60")]
        parties = [*servers, worker("worker", folder, redis.url)]
        for party in parties:
            stack.callback(party.kill)
        for party in servers:
            until(lambda party=party: ask(party.port, request("GET", "/_beanpole/health")).status == 200, "it answers")
        racers = _race(servers, number, seed, clients)
        counts = sum((racer.counts for racer in racers), Counter())
        return counts, [line for racer in racers for line in racer.wrong] + complaints(parties)


def _race(parties: list[Party], rounds: int, seed: int, clients: int) -> list[Racer]:
    racers = [Racer(parties, f"{900 + number:012}", seed * clients + number) for number in range(clients)]
    threads = [threading.Thread(target=racer.run, args=(rounds // clients,)) for racer in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return racers
