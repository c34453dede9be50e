"""A connection that breaks after Redis has done what it was sent, before it has answered: it is sent again."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import Clock
from beanpole.store.connection import connect
from beanpole.store.store import Store
from chaos.proxy import Proxy
from environments import STACK
from servers import close

CALLS = [
    {"Action": "CreateApplication", "ApplicationName": "shop"},
    {"Action": "CreateApplicationVersion", "ApplicationName": "shop", "VersionLabel": "v1"},
    {"Action": "CreateEnvironment", "ApplicationName": "shop", "EnvironmentName": "web-1", "SolutionStackName": STACK},
    {"Action": "UpdateApplication", "ApplicationName": "shop", "Description": "changed"},
    {"Action": "DeleteApplicationVersion", "ApplicationName": "shop", "VersionLabel": "v1"},
]


class Lossy(Proxy):
    """A way to a Redis. `losses` says of the next scripts whether the answer is lost: then the connection breaks."""

    def __init__(self, redis_url: str) -> None:
        self.losses: list[bool] = []
        self.lost = 0
        self._callers: set[socket.socket] = set()  # the clients that wait for the answer of a script
        super().__init__(redis_url.removeprefix("unix://"))

    def _forwards(self, received: bytes, sender: socket.socket, client: socket.socket) -> bool:
        if sender is client:
            if b"EVALSHA" in received:
                self._callers.add(client)
            return True
        if client not in self._callers:
            return True
        self._callers.remove(client)
        if not self.losses or not self.losses.pop(0):
            return True
        self.lost += 1
        return False


@pytest.fixture
def lossy(redis_url: str) -> Iterator[Lossy]:
    with closing(Lossy(redis_url)) as way:
        yield way


@pytest.fixture
def api(lossy: Lossy, redis_url: str) -> Iterator[Any]:
    store = Store(connect(lossy.url), Clock("manual"))
    store.reset()
    client = create_app(store, catalog.load()).test_client()
    for call in CALLS:  # so that every script is loaded
        client.post("/", data=call)
    store.reset()
    yield client
    close(store)


def events(api: Any) -> list[str]:
    state = api.get("/_beanpole/state").get_json()
    return [event["message"] for event in state["regions"].get("us-east-1", {"events": []})["events"]]


def test_what_was_done_is_answered_so_and_told_once(api: Any, lossy: Lossy) -> None:
    for call in CALLS:
        lossy.losses = [True]
        answer = api.post("/", data=call)
        assert answer.status_code == 200, answer.text
    assert lossy.lost == len(CALLS)
    messages = events(api)
    assert len(messages) == len(set(messages))
    assert "createEnvironment is starting." in messages


def test_an_import_that_was_done_is_answered_so(api: Any, lossy: Lossy) -> None:
    for call in CALLS[:3]:
        assert api.post("/", data=call).status_code == 200
    state = api.get("/_beanpole/state").data
    api.put("/_beanpole/state", data=state, content_type="application/json")
    before = json.loads(api.get("/_beanpole/state").data)
    lossy.losses = [
        True,
        False,
        True,
        False,
        True,
    ]  # of the scripts that reserve generations, append events and replace
    assert api.put("/_beanpole/state", data=state, content_type="application/json").status_code == 200
    assert (lossy.losses, lossy.lost) == ([], 3)
    assert json.loads(api.get("/_beanpole/state").data)["regions"].keys() == before["regions"].keys()
