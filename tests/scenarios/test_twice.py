"""A job that runs twice, late, or on several workers at once has the effect of once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now
from beanpole.model.changes.change import Change
from beanpole.model.faults.fault import Fault
from beanpole.model.time.clock import Clock
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole_workers.play import jobs
from environments import STACK
from servers import empty_redis

NAMES = [f"shop-{number}" for number in range(5)]


@pytest.fixture(params=["fakeredis", "redis"])
def store(request):
    """A store on which no worker runs and no time passes in between."""
    with empty_redis(request) as redis:
        yield Store(redis, Clock(speed="instant"))


@pytest.fixture
def launching(store):
    """Environments of which nothing has happened yet, and the members that a timekeeper would hand over."""
    http = create_app(store, catalog.load()).test_client()
    http.post("/", data={"Action": "CreateApplication", "ApplicationName": "shop"})
    for name in NAMES:
        parameters = {"Action": "CreateEnvironment", "ApplicationName": "shop", "EnvironmentName": name}
        assert http.post("/", data=parameters | {"SolutionStackName": STACK}).status_code == 200
    members, _ = store.due.pop(real_now(), 100, 60_000)
    assert len(members) == len(NAMES)
    return members


def told_once(store):
    """Every environment is Ready, and nothing was told of it twice."""
    world = store.world("000000000000", "us-east-1")
    assert {environment.status for environment in world.environments()} == {"Ready"}
    lengths = set()
    for name in NAMES:
        events, _ = world.events(EventFilter(environment_name=name))
        messages = [event.message for event in events]
        assert len(set(messages)) == len(messages)
        assert len({event.at for event in events}) == len(events)
        lengths.add(len(messages))
    assert len(lengths) == 1
    assert store.due.pop(real_now() + 10**9, 100, 1)[0] == []


def test_a_job_that_runs_twice(store, launching):
    for _ in range(2):
        jobs.play(store, catalog.load(), launching)
    told_once(store)


def test_one_job_on_four_workers_at_once(store, launching):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.play(store, catalog.load(), launching), range(4)))
    told_once(store)


def test_a_limited_fault_hits_no_more_on_four_workers_at_once(store, launching):
    world = store.world("000000000000", "us-east-1")
    world.commit(Change(puts=(Fault(1, "command-fails", times=2),)))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.play(store, catalog.load(), launching), range(4)))
    assert [fault.fired for fault in world.faults()] == [2]
    fleets = [world.fleet(environment.id).values() for environment in world.environments()]
    assert sum(instance.failed for fleet in fleets for instance in fleet) == 2
    assert {environment.status for environment in world.environments()} == {"Ready"}
