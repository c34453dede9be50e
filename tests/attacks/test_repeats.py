"""A call whose answer was lost is repeated by its client, and answered as the first was; nothing happens twice."""

import http.client
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from flask.testing import FlaskClient

from beanpole.api import app as api_app
from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.command import serving
from beanpole.model.time.clock import Clock, Target
from beanpole.operations import environments
from beanpole.store import keys, snapshot
from beanpole.store.connection import Connection, embedded
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.testing import ACCOUNT, REGION
from beanpole_workers.play import manual
from environments import STACK

APPLICATION = {"ApplicationName": "shop"}
WEB, OTHER = {"EnvironmentName": "web-1"}, {"EnvironmentName": "web-2"}
VERSION = APPLICATION | {"VersionLabel": "v1"}
TEMPLATE = APPLICATION | {"TemplateName": "small"}
BIG = {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "2"}
RULE = "ResourceLifecycleConfig.VersionLifecycleConfig.MaxCountRule"
ROLE = "arn:aws:iam::123456789012:role/ops"
LIFECYCLE = {"ResourceLifecycleConfig.ServiceRole": ROLE, f"{RULE}.Enabled": "true", f"{RULE}.MaxCount": "9"}
ARN = f"arn:aws:elasticbeanstalk:{REGION}:{ACCOUNT}:application/shop"

# A story: each call, and the simulated seconds after it.
STORY: list[tuple[str, dict[str, str], int]] = [
    ("CreateApplication", APPLICATION, 0),
    ("CreateApplicationVersion", VERSION, 0),
    ("UpdateApplicationVersion", VERSION | {"Description": "first"}, 0),
    ("UpdateApplication", APPLICATION | {"Description": "a shop"}, 0),
    ("UpdateApplicationResourceLifecycle", APPLICATION | LIFECYCLE, 0),
    ("UpdateTagsForResource", {"ResourceArn": ARN, "TagsToAdd.member.1.Key": "k", "TagsToAdd.member.1.Value": "v"}, 0),
    ("CreateConfigurationTemplate", TEMPLATE | {"SolutionStackName": STACK}, 0),
    ("UpdateConfigurationTemplate", TEMPLATE | {f"OptionSettings.member.1.{key}": BIG[key] for key in BIG}, 0),
    ("CreateEnvironment", APPLICATION | WEB | {"SolutionStackName": STACK}, 600),
    ("CreateEnvironment", APPLICATION | OTHER | {"SolutionStackName": STACK}, 600),
    ("UpdateEnvironment", WEB | {"VersionLabel": "v1"}, 5),
    ("AbortEnvironmentUpdate", WEB, 600),
    ("SwapEnvironmentCNAMEs", {"SourceEnvironmentName": "web-1", "DestinationEnvironmentName": "web-2"}, 600),
    ("RestartAppServer", WEB, 600),
    ("RequestEnvironmentInfo", WEB | {"InfoType": "tail"}, 60),
    ("AssociateEnvironmentOperationsRole", WEB | {"OperationsRole": ROLE}, 0),
    ("DisassociateEnvironmentOperationsRole", WEB, 0),
    ("RebuildEnvironment", WEB, 900),
    ("TerminateEnvironment", OTHER, 900),
    ("DeleteConfigurationTemplate", TEMPLATE, 0),
    ("DeleteApplicationVersion", VERSION, 0),
    ("DeleteApplication", APPLICATION | {"TerminateEnvByForce": "true"}, 900),
]


class Killed(BaseException):
    """The process is gone."""


def service(redis: Connection) -> tuple[FlaskClient, Store]:
    store = Store(redis, Clock("manual"))
    return create_app(store, catalog.load()).test_client(), store


def call(api: FlaskClient, action: str, parameters: Mapping[str, str], id_: str, attempt: int = 1) -> Any:
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/elasticbeanstalk/aws4_request",
        "amz-sdk-invocation-id": id_,
        "amz-sdk-request": f"attempt={attempt}; max=5",
    }
    return api.post("/", data={"Action": action, **parameters}, headers=headers)


def play(store: Store, seconds: int) -> None:
    manual.advance(store, catalog.load(), ACCOUNT, Target(f"{seconds}", by=seconds * 1000))


def call_killed(api: FlaskClient, *arguments: Any) -> None:
    """A call whose process dies when it has committed, before anything of the answer is sent."""

    def die(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_app, "_response", die)
        call(api, *arguments)


def test_a_story_in_which_every_answer_is_lost_is_the_undisturbed_one(redis: Connection) -> None:
    (calm, calm_store), (api, store) = service(embedded()), service(redis)
    for number, (action, parameters, seconds) in enumerate(STORY):
        answer = call(calm, action, parameters, f"id-{number}")
        assert answer.status_code == 200, answer.text
        with pytest.raises(Killed):
            call_killed(api, action, parameters, f"id-{number}")
        repeated = call(api, action, parameters, f"id-{number}", 2)
        assert (repeated.status_code, repeated.data) == (200, answer.data)
        assert repeated.headers["x-amzn-RequestId"] == answer.headers["x-amzn-RequestId"]
        for side in (calm_store, store):
            play(side, seconds)
    assert snapshot.take(store, ACCOUNT) == snapshot.take(calm_store, ACCOUNT)


def test_a_change_and_its_answer_are_one_commit(redis: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    api, store = service(redis)
    commits: list[object] = []
    commit = World.commit
    monkeypatch.setattr(World, "commit", lambda world, change: commits.append(change) or commit(world, change))
    for number, (action, parameters, seconds) in enumerate(STORY):
        before = len(commits)
        assert call(api, action, parameters, f"id-{number}").status_code == 200
        assert len(commits) == before + 1, action
        play(store, seconds)


@pytest.mark.parametrize(
    ("id_", "attempt", "action", "label"),
    [
        ("one", 1, "CreateApplicationVersion", "v1"),
        ("two", 2, "CreateApplicationVersion", "v1"),
        ("one", 2, "CreateApplicationVersion", "v2"),
        ("one", 2, "UpdateApplicationVersion", "v1"),
        ("one!", 2, "CreateApplicationVersion", "v1"),
        ("x" * 100_000, 2, "CreateApplicationVersion", "v1"),
        ("", 2, "CreateApplicationVersion", "v1"),
    ],
)
def test_another_call_is_no_repetition(redis: Connection, id_: str, attempt: int, action: str, label: str) -> None:
    api, _ = service(redis)
    call(api, "CreateApplication", APPLICATION, "zero")
    first = call(api, "CreateApplicationVersion", VERSION, "one")
    other = call(api, action, APPLICATION | {"VersionLabel": label}, id_, attempt)
    assert other.status_code in (200, 400)
    assert other.data != first.data


@pytest.mark.parametrize("words", ["", "attempt=", "attempt=two", "attempt=-2", "attempt=" + "9" * 5_000, "max=5"])
def test_a_number_of_an_attempt_that_is_none_is_no_repetition(redis: Connection, words: str) -> None:
    api, _ = service(redis)
    call(api, "CreateApplication", APPLICATION, "one")
    headers = {
        "amz-sdk-invocation-id": "one",
        "amz-sdk-request": words,
        "Authorization": f"Credential={ACCOUNT}/x/{REGION}/",
    }
    assert api.post("/", data={"Action": "CreateApplication", **APPLICATION}, headers=headers).status_code == 400


def test_an_answer_is_kept_for_a_while_and_not_beyond_a_reset(redis: Connection) -> None:
    api, store = service(redis)
    call(api, "CreateApplication", APPLICATION, "one")
    (key,) = redis.keys(f"{keys.PREFIX}:*:answer:*")
    assert 0 < redis.ttl(key) <= limits.most("remembered_seconds")
    redis.expire(key, 0)
    assert "already exists" in call(api, "CreateApplication", APPLICATION, "one", 2).text
    call(api, "UpdateApplication", APPLICATION, "two")
    store.reset(ACCOUNT)
    assert redis.keys(f"{keys.PREFIX}:*:answer:*") == []
    assert call(api, "UpdateApplication", APPLICATION, "two", 2).status_code == 400


def test_a_refusal_is_judged_anew(redis: Connection) -> None:
    api, _ = service(redis)
    assert call(api, "UpdateApplication", APPLICATION, "one").status_code == 400
    call(api, "CreateApplication", APPLICATION, "two")
    assert call(api, "UpdateApplication", APPLICATION, "one", 2).status_code == 200


def test_a_repetition_that_overtakes_its_first_attempt_is_answered_as_that_one(
    redis: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gave up waiting; while the second attempt is checked, the first one commits."""
    api, _ = service(redis)
    call(api, "CreateApplication", APPLICATION, "zero")
    arguments = ("CreateEnvironment", APPLICATION | WEB | {"SolutionStackName": STACK}, "one")
    first: list[Any] = []
    target = environments.targets.of_creation

    def overtaken(context: Any, request: Any) -> Any:
        answer = target(context, request)
        if not first:
            first.append(None)
            first.append(call(api, *arguments))
        return answer

    monkeypatch.setattr(environments.targets, "of_creation", overtaken)
    second = call(api, *arguments, attempt=2)
    assert (second.status_code, second.data) == (200, first[1].data)


class Losing:
    """A proxy that loses the first answer to each new call: the client sees its connection closed."""

    def __init__(self, port: int) -> None:
        self.server = port
        self.lost: set[str] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, suppress(OSError):  # either side may have gone
                self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        sent = b""
        while b"\r\n\r\n" not in sent:
            sent += _received(client)
        head, _, body = sent.partition(b"\r\n\r\n")
        lines = [line.partition(": ")[::2] for line in head.decode().split("\r\n")[1:]]
        headers = {name: value for name, value in lines if name.lower() not in ("connection", "expect")}
        length = int({name.lower(): value for name, value in lines}["content-length"])
        while len(body) < length:
            body += _received(client)
        server = http.client.HTTPConnection("127.0.0.1", self.server, timeout=10)
        server.request("POST", "/", body, headers)
        answer = server.getresponse()
        text = answer.read()
        server.close()
        id_ = {name.lower(): value for name, value in lines}["amz-sdk-invocation-id"]
        if id_ in self.lost:
            client.sendall(
                b"HTTP/1.1 %d X\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n%b" % (answer.status, text)
            )
        self.lost.add(id_)

    def close(self) -> None:
        self._listener.close()


def _received(client: socket.socket) -> bytes:
    part = client.recv(65536)
    if not part:
        raise ConnectionAbortedError
    return part


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_client_whose_connection_breaks_repeats_its_calls_and_nothing_happens_twice(mode: str) -> None:
    store = Store(embedded(), Clock("manual"))
    server = serving.listen(create_app(store, catalog.load()), "127.0.0.1", 0)
    thread = Thread(target=server.answer)
    thread.start()
    proxy = Losing(server.address[1])
    try:
        client = boto3.client(
            "elasticbeanstalk",
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{proxy.port}",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="secret",
            config=Config(retries={"mode": mode, "max_attempts": 3}),
        )
        application = client.create_application(**APPLICATION)
        environment = client.create_environment(
            ApplicationName="shop", EnvironmentName="web-1", SolutionStackName=STACK
        )
    finally:
        proxy.close()
        server.stop()
        thread.join()
    assert application["ResponseMetadata"]["RetryAttempts"] == environment["ResponseMetadata"]["RetryAttempts"] == 1
    world = store.world(ACCOUNT, REGION)
    assert [environment.environment_id for environment in world.environments()] == [environment["EnvironmentId"]]
    assert len(proxy.lost) == 2
