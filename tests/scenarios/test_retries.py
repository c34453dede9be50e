"""A member that fails is tried again, later each time, with one log entry each time, and delays no other member."""

import logging

import pytest
from msgspec.structs import replace

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now
from beanpole.model.changes.change import Change, PlanChange
from beanpole.model.time.clock import Clock, Target
from beanpole.store import keys
from beanpole.store.due import member
from beanpole.store.store import Store
from beanpole_workers.play import jobs, manual, retries
from environments import STACK
from servers import empty_redis

ACCOUNT, REGION = "123456789012", "us-east-1"
CREDENTIAL = {"Authorization": f"Credential={ACCOUNT}/20260101/{REGION}/elasticbeanstalk/aws4_request"}
MINUTE = 60_000
ATTEMPTS = 100  # jobs that it may take to play a wish


@pytest.fixture(params=["fakeredis", "redis"])
def redis(request):
    with empty_redis(request) as redis:
        yield redis


def three(redis, clock):
    """A store with three new environments that no worker has played yet."""
    store = Store(redis, clock)
    http = create_app(store, catalog.load()).test_client()
    http.post("/", data={"Action": "CreateApplication", "ApplicationName": "shop"}, headers=CREDENTIAL)
    for name in ("well-a", "poisoned", "well-b"):
        parameters = {"Action": "CreateEnvironment", "ApplicationName": "shop", "EnvironmentName": name}
        assert http.post("/", data=parameters | {"SolutionStackName": STACK}, headers=CREDENTIAL).status_code == 200
    return store


def poison(store):
    """Give one of them a plan that cannot be decoded, and return its member."""
    world = store.world(ACCOUNT, REGION)
    environment = world.environment_named("poisoned")
    planned = replace(environment, activity=replace(environment.activity, steps=9))
    world.commit(Change(puts=(planned,), plan=PlanChange(environment.id, (b"{}",) * 9)))
    return member(ACCOUNT, REGION, "environment", environment.id)


def statuses(store):
    return {
        environment.environment_name: environment.status for environment in store.world(ACCOUNT, REGION).environments()
    }


def logged(caplog):
    return [record.getMessage().partition("): ")[2] for record in caplog.records if record.levelno == logging.ERROR]


def test_on_a_wall_clock_each_lease_is_twice_as_long_and_the_batch_goes_on(redis, caplog):
    store = three(redis, Clock(speed="instant"))
    poisoned = poison(store)
    now, waits = 10**13, []
    for _ in range(8):
        members, _ = store.due.pop(now, 100, retries.LEASE)
        assert poisoned in members
        before = real_now()
        jobs.play(store, catalog.load(), members)
        until = redis.zscore(keys.LEASED, poisoned)
        waits.append((until - before) // 1000)
        redis.zadd(keys.LEASED, {poisoned: now})
    assert statuses(store) == {"well-a": "Ready", "poisoned": "Launching", "well-b": "Ready"}
    assert [round(wait) for wait in waits] == [2, 4, 8, 16, 32, 60, 60, 60]
    assert logged(caplog) == [f"it is tried again in {seconds} s" for seconds in (2, 4, 8, 16, 32, 60, 60, 60)]
    assert all(record.exc_info for record in caplog.records)


def test_on_a_manual_clock_the_others_are_played_to_the_target(redis, caplog):
    store = three(redis, Clock("manual", seed=1))
    poisoned = poison(store)
    start = store.clocks.get(ACCOUNT).reading
    wish = Target("wish", start + 60 * MINUTE)
    store.clocks.advance(ACCOUNT, wish)
    clock = member(ACCOUNT, "", "clock", ACCOUNT)
    for _ in range(ATTEMPTS):
        jobs.play(store, catalog.load(), [clock])
        if not store.clocks.is_pending(ACCOUNT, wish):
            break
    assert not store.clocks.is_pending(ACCOUNT, wish)
    assert store.clocks.get(ACCOUNT).reading == start + 60 * MINUTE
    assert statuses(store) == {"well-a": "Ready", "poisoned": "Launching", "well-b": "Ready"}
    assert [int(message.split()[5]) for message in logged(caplog)] == [2 * 2**number for number in range(11)]
    assert redis.zscore(keys.manual_due(ACCOUNT), poisoned) > start + 60 * MINUTE


def test_a_player_in_this_process_gets_the_exception(redis):
    store = three(redis, Clock("manual", seed=1))
    poison(store)
    with pytest.raises(Exception, match=r"."):
        manual.advance(store, catalog.load(), ACCOUNT, Target("wish", store.clocks.get(ACCOUNT).reading + MINUTE))


def test_a_change_of_the_member_ends_its_wait(redis):
    store = three(redis, Clock(speed="instant"))
    poisoned = poison(store)
    members, _ = store.due.pop(10**13, 100, retries.LEASE)
    jobs.play(store, catalog.load(), members)
    assert redis.zscore(keys.LEASED, poisoned) is not None
    world = store.world(ACCOUNT, REGION)
    environment = world.environment_named("poisoned")
    unplanned = replace(environment, activity=replace(environment.activity, steps=0))
    world.commit(Change(puts=(unplanned,), plan=PlanChange(environment.id, ())))
    members, _ = store.due.pop(10**13, 100, retries.LEASE)
    assert members == [poisoned]
    jobs.play(store, catalog.load(), members)
    assert statuses(store)["poisoned"] == "Ready"


def test_the_count_of_retries_is_forgotten_with_the_account(redis):
    store = three(redis, Clock(speed="instant"))
    name = member(ACCOUNT, REGION, "environment", "e-1")
    assert [store.due.count_retry(name) for _ in range(2)] == [1, 2]
    assert 0 < redis.ttl(keys.retries(ACCOUNT)) <= 3600
    store.reset(ACCOUNT)
    assert store.due.count_retry(name) == 1
    assert retries.MOST < 3_600_000  # a row lasts for longer than its longest wait
