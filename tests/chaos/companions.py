"""Calls of S3, SNS and IAM while a server is killed: in the end what was acknowledged is there, and nothing else."""

import random
import re
import threading
from urllib.parse import urlencode

from beanpole.machine.clock import real_now, sleep
from chaos.client import BOUND, FORM, NONE, ask, request, sure
from chaos.ledger import Key, Ledger

ACCOUNT = "444444444444"
BUCKET = "chaos-files"
OBJECTS = 12  # keys that are written again and again
SIGNED = "Authorization: AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/{}/aws4_request, Signature=0\r\n"
VERSIONS = {"sns": "2010-03-31", "iam": "2010-05-08"}
DONE = {200, 204}


def signed(service: str, method: str, target: str, body: bytes = b"") -> bytes:
    """The bytes of a call to a service."""
    kind = "text/plain" if service == "s3" else FORM
    return request(method, target, body, kind, more=SIGNED.format(ACCOUNT, service))


def query(service: str, action: str, **parameters: str) -> bytes:
    """The bytes of a call of an operation of SNS or IAM."""
    form = urlencode({"Action": action, "Version": VERSIONS[service], **parameters})
    return signed(service, "POST", "/", form.encode())


class Companions:
    """A client of the companion. `acknowledged` counts the calls that were answered as done."""

    def __init__(self, port: int, seed: int) -> None:
        self._port, self._chance = port, random.Random(seed)
        self.wrong: list[str] = []
        self.may_call = threading.Event()
        self.may_call.set()
        self._ledger, self._next = Ledger(), 0
        self._names: dict[str, list[str]] = {"topic": [], "role": []}
        self.acknowledged = 0

    def await_calls(self, number: int) -> None:
        """Wait until so many more calls are acknowledged."""
        before, begun = self.acknowledged, real_now()
        while self.acknowledged < before + number:
            assert real_now() - begun < BOUND, "other services acknowledge no calls"
            sleep(0.005)

    def run(self, over: threading.Event) -> None:
        """Create a bucket, and make calls until it is over."""
        while not self._ledger.is_sure(("bucket",), BUCKET):
            self._record(("bucket",), BUCKET, signed("s3", "PUT", f"/{BUCKET}"))
        while not over.is_set():
            self.may_call.wait()
            self._chance.choice((self._put, self._put, self._delete, self._create, self._remove))()

    def violations(self) -> list[str]:
        """What is there though it may not, or is not though it must be."""
        listed = self._sure(signed("s3", "GET", f"/{BUCKET}?list-type=2"))
        there: dict[Key, str] = {("bucket",): BUCKET}
        for name in re.findall("<Key>(.*?)</Key>", listed):
            there["object", name] = self._sure(signed("s3", "GET", f"/{BUCKET}/{name}"))
        topics = self._sure(query("sns", "ListTopics"))
        there |= {("topic", name): name for name in re.findall(rf"{ACCOUNT}:(topic-\d+)<", topics)}
        roles = self._sure(query("iam", "ListRoles", MaxItems="1000"))
        there |= {("role", name): name for name in re.findall(r"<RoleName>(role-\d+)<", roles)}
        return self.wrong + self._ledger.violations(there)

    def _put(self) -> None:
        name, content = f"k{self._chance.randrange(OBJECTS)}", self._new("body") * self._chance.choice((1, 1, 20_000))
        self._record(("object", name), content, signed("s3", "PUT", f"/{BUCKET}/{name}", content.encode()))

    def _delete(self) -> None:
        name = f"k{self._chance.randrange(OBJECTS)}"
        self._record(("object", name), None, signed("s3", "DELETE", f"/{BUCKET}/{name}"))

    def _create(self) -> None:
        kind = self._chance.choice(("topic", "role"))
        name = self._new(f"{kind}-")
        self._names[kind].append(name)
        self._record((kind, name), name, _creation(kind, name))

    def _remove(self) -> None:
        """Delete what is surely there."""
        kind = self._chance.choice(("topic", "role"))
        name = next((name for name in self._names[kind] if self._ledger.is_sure((kind, name), name)), None)
        if name is not None:
            self._names[kind].remove(name)
            self._record((kind, name), None, _deletion(kind, name))

    def _record(self, key: Key, value: str | None, sent: bytes) -> None:
        """Call, and note what is known then."""
        answer = ask(self._port, sent)
        if answer.status in DONE:
            self.acknowledged += 1
            answer = answer._replace(status=200)
        elif answer.status not in (NONE.status, 503):
            self.wrong.append(f"{key} was refused with {answer.status}: {answer.text[:300]}")
        else:
            sleep(0.02)
        self._ledger.note(key, value, answer)

    def _sure(self, sent: bytes) -> str:
        """The text of the answer to a read, which is repeated until it is one."""
        return sure(lambda sent: ask(self._port, sent), sent).text

    def _new(self, word: str) -> str:
        self._next += 1
        return f"{word}{self._next}"


def _creation(kind: str, name: str) -> bytes:
    if kind == "topic":
        return query("sns", "CreateTopic", Name=name)
    return query("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument="{}")


def _deletion(kind: str, name: str) -> bytes:
    if kind == "topic":
        return query("sns", "DeleteTopic", TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}")
    return query("iam", "DeleteRole", RoleName=name)
