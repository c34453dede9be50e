"""Redis dies, freezes, fills up, refuses, lies and comes back: answers are honest, and no lost world is served."""

import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from rq import Callback, Queue, Webhook
from rq.serializers import JSONSerializer

from attacks.process_on_redis import call, create, names, process
from beanpole.machine.clock import real_now, sleep
from beanpole.store import connection
from beanpole.store.store import Store
from beanpole_workers.play import rq_workers
from beanpole_workers.play import worker as workers
from clients_environment import environment
from killable import Server
from programs import Program

BOUND = 60_000  # milliseconds for a state that must come
INSTANT = {"mode": "wall", "speed": "instant"}


def unavailable(api: FlaskClient, *, writes_only: bool = False) -> None:
    """Every call that cannot be answered is refused in its own form, and soon."""
    answer = call(api, "CreateApplication", ApplicationName="never")
    assert (answer.status_code, answer.content_type) == (503, "text/xml")
    assert "<Code>ServiceUnavailable</Code>" in answer.text
    health = api.get("/_beanpole/health")
    assert (health.status_code, health.content_type) == (503, "application/problem+json")
    assert health.json["detail"].startswith("The store is unavailable: ")
    if not writes_only:
        begun = real_now()
        assert call(api, "DescribeApplications").status_code == 503
        assert api.get("/_beanpole/clock").status_code == 503
        assert real_now() - begun < 5_000


def test_a_killed_redis_is_told_and_used_again_when_it_is_back(server, api) -> None:
    assert create(api, "before") == 200
    server.kill()
    unavailable(api)
    server.start()
    assert names(api) == ["before"]
    assert create(api, "after") == 200
    assert api.get("/_beanpole/health").json["status"] == "ok"


def test_a_frozen_redis_is_told_and_used_again(server, api) -> None:
    assert create(api, "before") == 200
    server.process.send_signal(signal.SIGSTOP)
    unavailable(api)
    server.process.send_signal(signal.SIGCONT)
    assert names(api) in (["before"], ["before", "never"])  # what was sent to a frozen Redis may still be done
    assert create(api, "after") == 200


def test_a_full_redis_refuses_writes_and_answers_reads(server, api) -> None:
    assert create(api, "before") == 200
    server.client.config_set("maxmemory", 1)
    unavailable(api, writes_only=True)
    assert names(api) == ["before"]
    server.client.config_set("maxmemory", 0)
    assert create(api, "after") == 200


def test_a_replica_refuses_writes_and_answers_reads(server, api) -> None:
    assert create(api, "before") == 200
    server.client.replicaof("127.0.0.1", "1")
    unavailable(api, writes_only=True)
    assert names(api) == ["before"]
    server.client.replicaof("NO", "ONE")
    assert create(api, "after") == 200


def test_a_wrong_password_is_told(server, api) -> None:
    server.client.config_set("requirepass", "secret")
    server.client.execute_command("CLIENT", "KILL", "TYPE", "normal")
    unavailable(api)


def test_a_redis_that_never_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A black hole: the connection stands, and nothing comes back."""
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.3)
    with closing(socket.create_server(("127.0.0.1", 0))) as hole:
        unavailable(process(f"redis://127.0.0.1:{hole.getsockname()[1]}", monkeypatch))


def test_no_world_that_was_flushed_is_served(server, api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when another process has written as often since: what this one remembers is of another data set."""
    other = process(server.url, monkeypatch)
    for name in ("one", "two"):
        assert create(api, name) == 200
    assert names(api) == names(other) == ["one", "two"]
    server.client.flushall()
    for name in ("three", "two"):
        assert create(other, name) == 200
    assert names(api) == names(other) == ["three", "two"]


@pytest.mark.parametrize("is_read_first", [True, False])
def test_no_world_is_served_of_which_redis_lost_the_end(
    server, api, is_read_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back as it was a while ago, and goes on from there, before or after a process reads it."""
    other = process(server.url, monkeypatch)
    assert create(api, "kept") == 200
    dump = {key: server.client.dump(key) for key in server.client.keys("*")}
    assert create(api, "lost") == 200
    assert names(api) == names(other) == ["kept", "lost"]
    server.client.flushall()
    for key, value in dump.items():
        server.client.restore(key, 0, value)
    if is_read_first:
        assert names(api) == ["kept"]
    assert create(other, "next") == 200
    assert names(api) == names(other) == ["kept", "next"]
    assert create(api, "lost") == 200


class Worker:
    """`beanpole worker`, and what it says."""

    def __init__(self, url: str) -> None:
        self.process = Program(
            ["worker", "--redis", url],
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr or ()))
        self._reader.start()

    def end(self) -> int:
        """Its exit status, once it is told to end."""
        self.process.terminate()
        status = self.process.wait(BOUND / 1000)
        self._reader.join()
        if self.process.stderr:
            self.process.stderr.close()
        return status


@pytest.fixture
def worker(server: Server) -> Iterator[Worker]:
    own_worker = Worker(server.url)
    yield own_worker
    if own_worker.process.poll() is None:
        own_worker.end()


def until(true: Any, what: str) -> None:
    begun = real_now()
    while not true():
        assert real_now() - begun < BOUND, what
        sleep(0.02)


def ready(api: FlaskClient, number: int) -> bool:
    return call(api, "DescribeEnvironments").text.count("<Status>Ready</Status>") == number


def begin_launch(api: FlaskClient, name: str) -> int:
    stack = "64bit Amazon Linux 2023 v4.13.7 running Python 3.14"
    return int(
        call(
            api, "CreateEnvironment", ApplicationName="shop", EnvironmentName=name, SolutionStackName=stack
        ).status_code
    )


@pytest.mark.parametrize("how", ["killed", "frozen"])
@pytest.mark.merge
def test_a_worker_outlives_redis(server, api, worker, how: str) -> None:
    """It says a line for each try, comes back by itself, and what it was at goes on."""
    assert create(api, "shop") == 200
    assert api.put("/_beanpole/clock", json={"mode": "wall", "speed": 600}).status_code == 200
    assert begin_launch(api, "before") == 200
    until(lambda: api.get("/_beanpole/health").json.get("workers") == 1, "the worker is seen")
    for _ in range(3):
        if how == "killed":
            server.kill()
            server.start()
        else:
            server.process.send_signal(signal.SIGSTOP)
            sleep(0.3)
            server.process.send_signal(signal.SIGCONT)
    until(lambda: ready(api, 1), "the environment that was launching is Ready")
    assert begin_launch(api, "after1") == 200
    until(lambda: ready(api, 2), "another is Ready")
    assert worker.end() == 0
    assert not [line for line in worker.lines if "Traceback" in line]
    assert len(worker.lines) < 30


def test_a_worker_waits_for_a_redis_that_is_not_there_yet(server, api) -> None:
    server.kill()
    worker = Worker(server.url)
    until(lambda: worker.lines, "it says that it waits")
    line = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} WARNING the worker cannot reach Redis and tries again in .*\n?"
    assert re.fullmatch(line, worker.lines[0])
    server.start()
    assert create(api, "shop") == 200
    assert api.put("/_beanpole/clock", json=INSTANT).status_code == 200
    assert begin_launch(api, "here") == 200
    until(lambda: ready(api, 1), "the environment is Ready")
    assert worker.end() == 0
    assert not [line for line in worker.lines if "Traceback" in line]


def test_a_worker_that_waits_for_redis_ends_when_it_is_told_to(server) -> None:
    server.kill()
    worker = Worker(server.url)
    until(lambda: worker.lines, "it says that it waits")
    assert worker.end() == 0


def test_health_knows_that_no_worker_is_there(server, api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beanpole.control.health.LATE", 100)
    assert api.get("/_beanpole/health").json["workers"] == 0
    assert create(api, "shop") == 200
    assert begin_launch(api, "here") == 200
    until(lambda: api.get("/_beanpole/health").status_code == 503, "health says that nothing happens")
    detail = api.get("/_beanpole/health").json["detail"]
    assert detail.startswith("Something has been due for ")
    assert detail.endswith(" s: no worker was seen lately.")


class Hook:
    """A server that counts the calls of a webhook."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"

    def called(self) -> bool:
        try:
            self.socket.accept()[0].close()
        except TimeoutError:
            return False
        return True


FOREIGN: dict[str, Any] = {
    "a function": {},
    "after success": {"on_success": Callback("os.abort")},
    "after failure": {"on_failure": Callback("os.abort")},
    "when stopped": {"on_stopped": Callback("os.abort")},
}


def test_a_job_that_is_not_ours_runs_nothing(server, api, worker, tmp_path: Path) -> None:
    """Whoever reaches the queue can make no worker run code, or call a host."""
    queue = Queue("beanpole", connection=server.client, serializer=JSONSerializer)
    until(lambda: api.get("/_beanpole/health").json.get("workers") == 1, "the worker is seen")
    assert create(api, "shop") == 200
    assert api.put("/_beanpole/clock", json=INSTANT).status_code == 200
    mark = tmp_path / "ran"
    with closing((hook := Hook()).socket):
        webhooks = [Webhook(hook.url, "finished"), Webhook(hook.url, "failed")]
        for number, (kind, members) in enumerate(FOREIGN.items(), 1):
            if members:
                queue.enqueue("beanpole_workers.play.jobs.step", [], webhooks=webhooks, **members)
            queue.enqueue("os.mkdir", str(mark), webhooks=webhooks)
            assert begin_launch(api, f"here-{number}") == 200
            until(partial(ready, api, number), f"the worker goes on after a job of {kind}")
            assert not mark.exists(), kind
            assert not hook.called(), kind
    assert worker.end() == 0


@pytest.mark.merge
def test_the_thread_that_runs_commands_outlives_a_full_redis(server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_workers, "TTL", 16)  # so that it looks at Redis each second
    redis = connection.connect(server.url)
    running = workers._Running(Store(redis), connection.connect(server.url), None)
    running.start()
    until(lambda: redis.scard("rq:workers") == 1, "it works")
    (before,) = redis.smembers("rq:workers")
    server.client.config_set("maxmemory", 1)
    until(
        lambda: running._worker is not None and f"rq:worker:{running._worker.name}".encode() != before, "it tries again"
    )
    server.client.config_set("maxmemory", 0)
    until(lambda: redis.smembers("rq:workers") - {before}, "it works again")
    running.stop()
    assert not running._thread.is_alive()
