"""Faults, however many and however slow, leave the control routes and health answered."""

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from beanpole.api import call_faults
from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.command import server, serving
from beanpole.control.faults import arm_file
from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import Clock
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from beanpole.tables import limits

BOUND = 10_000  # milliseconds for a state that must come
MOST = limits.most("waiting_calls")
DELAY = {"what": "delay", "seconds": 60}


class Gate(threading.Event):
    """Where calls are delayed until it is open, and how many have come to it."""

    arrived = 0

    def delay(self, _: float) -> None:
        self.arrived += 1
        self.wait(BOUND / 1000)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    opened = Gate()
    monkeypatch.setattr(call_faults, "sleep", opened.delay)
    return opened


@pytest.fixture
def port(gate: Gate) -> Iterator[int]:
    """The whole service behind waitress, in this process."""
    listener = serving.listen(create_app(Store(embedded(), Clock()), catalog.load()), "127.0.0.1", 0)
    thread = threading.Thread(target=listener.answer)
    thread.start()
    yield listener.address[1]
    gate.set()
    listener.stop()
    thread.join()


def send(port: int, method: str, path: str, body: object = None) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=BOUND / 1000)) as connection:
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def describe(port: int) -> tuple[int, str]:
    return send(port, "GET", "/?Action=DescribeApplications&Version=2010-12-01")


def test_calls_that_are_delayed_leave_health_and_disarming_answered(port: int, gate: Gate) -> None:
    assert send(port, "POST", "/_beanpole/faults", DELAY)[0] == 201
    with ThreadPoolExecutor(2 * server.THREADS) as pool:
        calls = [pool.submit(describe, port) for _ in range(2 * server.THREADS)]
        begun = real_now()
        while gate.arrived < MOST:
            assert real_now() - begun < BOUND
            sleep(0.01)
        assert send(port, "GET", "/_beanpole/health")[0] == 200
        assert send(port, "DELETE", "/_beanpole/faults")[0] == 200
        assert describe(port)[0] == 200
        assert gate.arrived == MOST
        gate.set()
        answers = [call.result() for call in calls]
    refused = [text for status, text in answers if status == 400]
    assert all("<Code>Throttling</Code>" in text and "Rate exceeded" in text for text in refused)
    assert len(answers) - len(refused) == sum(status == 200 for status, _ in answers)


def test_there_are_more_threads_than_calls_may_wait() -> None:
    assert server.THREADS >= MOST + 8


def test_so_many_faults_and_no_more_are_armed(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    most = limits.most("armed_faults")
    store = Store(embedded(), Clock())
    api = create_app(store, catalog.load()).test_client()
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([DELAY] * (most - 1)))
    arm_file(store, file)
    assert api.post("/_beanpole/faults", json=DELAY).status_code == 201
    refused = api.post("/_beanpole/faults", json=DELAY)
    assert refused.status_code == 400
    assert refused.json["errors"] == {"_body": [f"No more than {most} faults are armed at once in a region."]}
    file.write_text(json.dumps([DELAY] * most))
    with pytest.raises(ValueError, match="No more than"):
        arm_file(store, file)
