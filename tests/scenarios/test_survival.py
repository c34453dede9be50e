"""A worker dies, again and again, at any moment; another carries on; nobody can tell from the story.

How long that takes in real time is the machine's business (tests/bench measures it): here what is told stands at the
account's own instants, and what a dead worker held is held for no longer than its lease.
"""

import random

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import Clock
from beanpole.store import keys
from beanpole.store.connection import connect
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole_workers.play.retries import LEASE
from environments import STACK
from scenarios.mortal_workers import Workers
from servers import close

ENVIRONMENTS = 50
SPEED = 60


LAUNCH, DEPLOYMENT = 200, 71  # simulated seconds, at most, of api-spec/catalog/timings.yaml


JITTER = 1.1
SLACK = 100  # milliseconds by which the steps of a story are later than they would be one by one
LOOKS = 6_000
DEATHS = 60  # of which nobody is to need so many


@pytest.fixture
def workers(redis_url):
    client = connect(redis_url)
    client.flushall()
    client.close()
    workers = Workers(redis_url)
    yield workers
    workers.stop()


@pytest.fixture
def store(redis_url):
    store = Store(connect(redis_url), Clock(speed=SPEED))
    yield store
    close(store)


@pytest.fixture
def world(store):
    return store.world("123456789012", "us-east-1")


@pytest.fixture
def call(store):
    http = create_app(store, catalog.load()).test_client()

    def call(action, **parameters):
        scope = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request"
        answer = http.post("/", data={"Action": action, **parameters}, headers={"Authorization": scope})
        assert answer.status_code == 200, answer.data

    return call


def until(true):
    """Look again and again, less often on a busy machine, but not for ever."""
    for _ in range(LOOKS):
        if true():
            return
        sleep(0.01)
    raise AssertionError("it never comes")


def until_ready(world, die_sometimes):
    """Whatever dies meanwhile; while nothing happens nobody dies for ever."""
    for _ in range(DEATHS):
        if all(environment.status == "Ready" for environment in world.environments()):
            return
        die_sometimes()
    raise AssertionError([environment.status for environment in world.environments()])


def stories(world):
    """What was told of each environment's operations, with names and ids made alike."""
    by_name = {}
    for environment in world.environments():
        events, _ = world.events(EventFilter(environment_name=environment.environment_name))
        assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
        messages = [event.message for event in reversed(events) if event.request_id]
        for resource in sorted(environment.resources, key=lambda path: -len(path.name)):
            messages = [text.replace(resource.name, resource.kind) for text in messages]
        by_name[environment.environment_name] = [
            text.replace(environment.cname, "CNAME")
            .replace(environment.environment_name, "NAME")
            .replace(environment.environment_id, "ID")
            for text in messages
        ]
    return by_name


@pytest.mark.slow
def test_deaths_cost_seconds_and_neither_an_event_nor_a_step(world, call, workers):
    chance = random.Random(7)
    call("CreateApplication", ApplicationName="shop")
    call("CreateApplicationVersion", ApplicationName="shop", VersionLabel="v2")
    names = [f"web-{number}" for number in range(ENVIRONMENTS)]
    for name in names:
        call("CreateEnvironment", ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK)
    workers.start()
    workers.start()

    def die_sometimes():
        sleep(chance.uniform(0.2, 0.9))
        until(workers.are_up)
        workers.kill()

    for _ in range(2):
        die_sometimes()
    until_ready(world, die_sometimes)
    spans = [environment.date_updated - environment.date_created for environment in world.environments()]
    assert max(spans) <= LAUNCH * JITTER * 1000 / SPEED + SLACK
    for name in names:
        call("UpdateEnvironment", EnvironmentName=name, VersionLabel="v2")
    until_ready(world, die_sometimes)
    spans = [environment.done.ended - environment.done.started for environment in world.environments()]
    assert max(spans) <= DEPLOYMENT * JITTER * 1000 / SPEED + SLACK

    assert {environment.version_label for environment in world.environments()} == {"v2"}
    outcome = stories(world)
    assert len(outcome) == ENVIRONMENTS
    assert outcome["web-0"][-1] == "Environment update completed successfully."
    assert [name for name in names if outcome[name] != outcome["web-0"]] == []


def test_what_a_dead_worker_held_is_held_for_no_longer_than_its_lease(store, world, call, workers):
    call("CreateApplication", ApplicationName="shop")
    for number in range(ENVIRONMENTS):
        call("CreateEnvironment", ApplicationName="shop", EnvironmentName=f"web-{number}", SolutionStackName=STACK)
    workers.start()
    workers.start()
    until(lambda: world.environments()[0].resources)
    workers.kill()
    killed = real_now()
    leases = store.redis.zrange(keys.LEASED, 0, -1, withscores=True)
    assert all(end <= killed + LEASE for _, end in leases)
    until(lambda: all(store.redis.zscore(keys.LEASED, name) != end for name, end in leases))
    until(lambda: all(environment.status == "Ready" for environment in world.environments()))
