"""A Redis that refuses: reads are answered where it answers them, nothing is half written, and all processes go on."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient
from redis.connection import AbstractConnection as Connection
from redis.exceptions import ResponseError

from attacks.process_on_redis import call, create, names
from attacks.states_of_redis import READS_ONLY, STATES, forbids_a_command, is_a_replica, is_lost, is_out_of_memory
from beanpole.operations import HANDLERS
from beanpole.store import commit, connection, counters, journal, replacement, scripts
from beanpole.store.commit_script import COMMIT
from beanpole.store.permissions import COMMANDS
from chaos.client import ask, form, request
from chaos.parties import Party, complaints, gunicorn, serving, until, worker
from environments import STACK
from killable import Server

ACCOUNT = "222222222222"
# Redis queues no command of a transaction while its memory is full, not even one that reads.
OF_ONE_MOMENT = {"/_beanpole/state", "stream"}
PATHS = {"environment": "here", "account": "123456789012", "region": "us-east-1", "name": "none", "file": "none"}
NAMED = {
    "ApplicationName": "shop",
    "EnvironmentName": "here",
    "TemplateName": "small",
    "SolutionStackName": STACK,
    "InfoType": "tail",
    "CNAMEPrefix": "here",
    "ResourceArn": "arn:aws:elasticbeanstalk:us-east-1:123456789012:application/shop",
}


def launch(api: FlaskClient) -> int:
    named = {"ApplicationName": "shop", "EnvironmentName": "here", "SolutionStackName": STACK}
    return int(call(api, "CreateEnvironment", **named).status_code)


@pytest.mark.parametrize("state", READS_ONLY)
def test_every_read_is_answered_while_writes_are_refused(server: Server, api: FlaskClient, state) -> None:
    assert (create(api, "shop"), launch(api)) == (200, 200)
    end = state(server)
    refused = {
        name: answer.text
        for name, handler in HANDLERS.items()
        if handler.reads and (answer := call(api, name, **NAMED)).status_code not in (200, 400)
    }
    rules = [rule for rule in api.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = [re.sub(r"<(?:\w+:)?(\w+)>", lambda match: PATHS.get(match[1], "here"), rule.rule) for rule in rules]
    for path in (path for path in paths if path.startswith("/_beanpole") and not path.endswith(("/health", "/stream"))):
        answer = api.get(path)
        if answer.status_code >= 500:
            refused[path] = answer.text
    stream = api.get("/_beanpole/stream")
    stream.close()
    if stream.status_code != 200:
        refused["stream"] = stream.text
    assert refused.keys() == (OF_ONE_MOMENT if state is is_out_of_memory else set())
    assert create(api, "other") == 503
    end()
    assert create(api, "other") == 200


def test_what_is_counted_while_writes_are_refused_is_counted(server: Server, api: FlaskClient) -> None:
    end = is_a_replica(server)
    assert create(api, "shop") == 503
    row = 'beanpole_requests_total{operation="CreateApplication",status="503",code="ServiceUnavailable"} 1'
    assert row in api.get("/_beanpole/metrics").text.splitlines()
    end()
    assert row in api.get("/_beanpole/metrics").text.splitlines()


def test_a_call_waits_for_a_redis_that_does_not_answer_once(server: Server, api: FlaskClient, monkeypatch) -> None:
    monkeypatch.setattr(counters, "PAUSE", 0)  # counts are written with each answer
    assert create(api, "shop") == 200
    waits: list[str] = []
    server.freeze()
    receive = Connection.read_response

    def wait(*arguments, **more):
        waits.append(threading.current_thread().name)
        return receive(*arguments, **more)

    monkeypatch.setattr(Connection, "read_response", wait)
    assert call(api, "DescribeApplications").status_code == 503
    server.thaw()
    assert waits.count(threading.current_thread().name) == 1


def test_a_script_without_the_right_to_all_its_commands_writes_nothing(server: Server, api: FlaskClient) -> None:
    """Else an environment could be written that is due at no instant, and would be launching for ever."""
    server.client.execute_command("ACL", "SETUSER", "default", "-zadd")
    health = api.get("/_beanpole/health")
    sentence = "The store is unavailable: the user of Redis may not call ZADD with our keys and channels"
    assert (health.status_code, health.json["detail"]) == (503, sentence)
    assert create(api, "shop") == 503
    assert server.client.keys("beanpole:1*") == []
    server.client.execute_command("ACL", "SETUSER", "default", "+zadd")
    assert (create(api, "shop"), launch(api), names(api)) == (200, 200, ["shop"])


def test_health_sees_a_right_that_was_taken_away(server: Server, api: FlaskClient) -> None:
    assert create(api, "shop") == 200
    end = forbids_a_command(server)
    assert api.get("/_beanpole/health").status_code == 503
    end()
    assert api.get("/_beanpole/health").status_code == 200


def test_a_state_of_a_newer_program_is_not_written_by_a_server_that_found_no_redis(server: Server, api) -> None:
    server.client.set("beanpole:format", 99)
    assert create(api, "shop") == 503
    answer = api.get("/_beanpole/health")
    assert (answer.status_code, "the state has format 99, which a newer beanpole wrote" in answer.text) == (503, True)
    server.client.delete("beanpole:format")
    assert create(api, "shop") == 200


def test_every_command_of_a_script_is_asked_for() -> None:
    """Those that Lua names, and those that a commit or a replacement hands over."""
    modules = [Path(module.__file__).read_text() for module in (scripts, commit, replacement, journal)]
    lua = set(re.findall(r"redis\.call\('([A-Z]+)'", "".join([*modules, COMMIT])))
    handed = set(re.findall(r'\[+"([A-Z]{3,})"', "".join(modules)))
    assert lua | handed <= set(COMMANDS)


def test_the_words_of_a_refusal_hold_no_command_that_was_refused(server: Server) -> None:
    is_a_replica(server)
    pipeline = server.client.pipeline()
    pipeline.set("name", "a secret")
    with pytest.raises(ResponseError) as refused:
        pipeline.execute()
    assert "a secret" in str(refused.value)
    assert connection.reason(refused.value).startswith("You can't write against a read only replica")


class Processes(NamedTuple):
    """The image's server, `beanpole serve` and a worker on one Redis."""

    redis: Server
    servers: list[Party]
    worker: Party

    def call(self, action: str, server: int = 0, **parameters: str) -> str:
        answer = ask(self.servers[server].port, form(action, ACCOUNT, **parameters))
        assert answer.status in (200, 503), answer.text
        return answer.text if answer.status == 200 else ""

    def is_ready(self, name: str) -> bool:
        return "<Status>Ready</Status>" in self.call("DescribeEnvironments", EnvironmentNames__member__1=name)

    def launch(self, name: str, server: int = 0) -> None:
        named = {"ApplicationName": "shop", "EnvironmentName": name, "SolutionStackName": STACK}
        assert self.call("CreateEnvironment", server, **named)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("redis")
    (logs := folder / "logs").mkdir()
    redis = Server(folder)
    servers = [gunicorn("service", logs, redis.url, "600"), serving("serve", logs, redis.url, "--speed", "600")]
    running = Processes(redis, servers, worker("worker", logs, redis.url))
    for party in servers:
        until(lambda party=party: ask(party.port, form("DescribeApplications", ACCOUNT)).status == 200, party.name)
    until(lambda: _workers(running) == 1, "the worker is seen")
    assert running.call("CreateApplication", ApplicationName="shop")
    yield running
    parties = [*servers, running.worker]
    wrong = complaints(parties)
    statuses = [party.end() for party in parties]
    redis.close()
    assert (wrong, statuses) == ([], [0, 0, 0])


def _workers(processes: Processes) -> int:
    answer = ask(processes.servers[0].port, request("GET", "/_beanpole/health"))
    return int(json.loads(answer.body).get("workers", 0))


@pytest.mark.merge
def test_a_redis_that_was_away_for_long_is_used_soon(processes: Processes) -> None:
    """However often a worker has tried by then."""
    end, before = is_lost(processes.redis), len(processes.worker.stderr())
    until(lambda: "again in 2 s" in processes.worker.stderr()[before:], "its pauses are as long as they become")
    end()
    processes.launch("soon")
    until(lambda: processes.is_ready("soon"), "an environment is Ready", 5_000)


@pytest.mark.merge
@pytest.mark.parametrize("state", STATES)
def test_every_process_says_why_and_what_was_launching_goes_on(processes: Processes, state) -> None:
    name = state.__name__.replace("_", "-")[:30]
    before = len(processes.worker.stderr())
    processes.launch(f"{name}-a")
    end = state(processes.redis)
    for party in processes.servers:
        answer = ask(party.port, form("CreateApplication", ACCOUNT, ApplicationName=f"never-{party.name}"))
        assert (answer.status, "<Code>ServiceUnavailable</Code>" in answer.text) == (503, True)
        health = ask(party.port, request("GET", "/_beanpole/health"))
        assert health.status == 503
        assert "The store is unavailable: " in health.text or "Something has been due for " in health.text
    until(lambda: "again in" in processes.worker.stderr()[before:], "the worker says that it tries again")
    end()
    until(lambda: processes.is_ready(f"{name}-a"), "what was launching is Ready")
    processes.launch(f"{name}-b", server=1)
    until(lambda: processes.is_ready(f"{name}-b"), "another is Ready")


@pytest.mark.merge
def test_a_redis_that_comes_back_empty_is_a_new_world(processes: Processes) -> None:
    processes.redis.client.flushall()
    for number in (0, 1):
        assert "<member>" not in processes.call("DescribeApplications", number)
    assert processes.call("CreateApplication", ApplicationName="shop")
    processes.launch("anew", server=1)
    until(lambda: processes.is_ready("anew"), "an environment of the new world is Ready")
    until(lambda: bool(processes.redis.client.get("beanpole:format")), "its format is named")
