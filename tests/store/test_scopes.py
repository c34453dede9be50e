"""The worlds of a store are those whose keys are there, whatever wrote or removed them."""

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.changes.change import Change
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock
from beanpole.store.connection import Connection
from beanpole.store.store import Store
from control.calling import Caller

FIRST, SECOND, THIRD = "111111111111", "222222222222", "333333333333"
HERE, THERE = "us-east-1", "eu-west-1"


def searched(redis: Connection) -> list[tuple[str, str]]:
    """The account and the region of each world that has keys, by a search of all keys."""
    names = [key.decode().split(":") for key in redis.keys("beanpole:*")]
    worlds = (name for name in names if len(name) == 4 and name[3] in ("versions", "chains"))
    return sorted({(name[1], name[2]) for name in worlds})


@pytest.fixture
def store(connection: Connection) -> Store:
    """A store with an application named `versions` in two accounts, in one of them in two regions."""
    store = Store(connection, Clock("manual"))
    for account in (FIRST, SECOND):
        caller(store, account).call("CreateApplication", ApplicationName="versions")
    store.world(FIRST, THERE).commit(Change(events=(Event(1, "It began", environment_name="chains"),)))
    return store


def caller(store: Store, account: str) -> Caller:
    return Caller(create_app(store, catalog.load()).test_client(), store, account)


def test_each_world_is_listed_with_its_first_event(store: Store) -> None:
    assert store.scopes() == searched(store.redis) == [(FIRST, THERE), (FIRST, HERE), (SECOND, HERE)]
    assert (store.regions(FIRST), store.regions(THIRD)) == ([THERE, HERE], [])


def test_a_reset_removes_the_worlds_of_its_account_alone(store: Store) -> None:
    store.reset(FIRST)
    assert store.scopes() == searched(store.redis) == [(SECOND, HERE)]
    caller(store, FIRST).call("CreateApplication", ApplicationName="again")
    assert store.scopes() == searched(store.redis) == [(FIRST, HERE), (SECOND, HERE)]
    store.reset()
    assert store.scopes() == searched(store.redis) == []


def test_an_import_lists_the_worlds_that_it_brings(store: Store) -> None:
    document = caller(store, FIRST).request("GET", "/_beanpole/state")
    for account in (SECOND, THIRD):
        empty = {"format": document["format"], "account_id": account}
        caller(store, account).request("PUT", "/_beanpole/state", document | empty)
    assert store.scopes() == searched(store.redis)
    assert store.regions(SECOND) == store.regions(THIRD) == [THERE, HERE]
