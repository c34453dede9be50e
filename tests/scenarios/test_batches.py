"""A batch of members of many accounts: few round trips to Redis, and leases that last while it is played."""

from threading import get_ident

import pytest
from redis.connection import AbstractConnection

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now
from beanpole.model.time.clock import Clock
from beanpole.store import keys
from beanpole.store.store import Store
from beanpole_workers.play import jobs, retries, wall
from control.calling import Caller
from servers import empty_redis

ACCOUNTS = [f"{number:012d}" for number in range(1, 13)]
ROUND_TRIPS = 10  # of a batch of launches, however many accounts there are; the commit may wait and be sent again


@pytest.fixture
def batch(request):
    """A Redis and members of as many accounts, each with an environment to be launched."""
    with empty_redis(request) as redis:
        store = Store(redis, Clock(speed="instant"))
        http = create_app(store, catalog.load()).test_client()
        for account in ACCOUNTS:
            Caller(http, store, account).launch()
        members, _ = store.due.pop(real_now(), 100, 60_000)
        assert len(members) == len(ACCOUNTS)
        yield redis, members


def environment(store, account):
    (only,) = store.world(account, "us-east-1").environments()
    return only


@pytest.mark.parametrize("batch", ["redis"], indirect=True)
def test_a_batch_of_many_accounts_is_read_and_written_in_few_round_trips(batch, monkeypatch):
    redis, members = batch
    store, sent, send = Store(redis), [], AbstractConnection.send_packed_command
    store.due.renew(members, real_now(), 60_000)  # the permissions are asked for once in a while

    def noted(connection, words, **more):
        sent.append(get_ident())
        send(connection, words, **more)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", noted)
    jobs.play(store, catalog.load(), members)
    assert 0 < sent.count(get_ident()) <= ROUND_TRIPS  # other threads write the journals of the launches meanwhile
    assert {environment(store, account).status for account in ACCOUNTS} == {"Ready"}


@pytest.mark.parametrize("batch", ["fakeredis", "redis"], indirect=True)
def test_each_account_is_played_by_its_own_clock_and_its_own_faults(batch):
    redis, members = batch
    store = Store(redis, Clock(speed="instant"))
    still, faulty, *others = ACCOUNTS
    store.clocks.set(still, Clock("manual"))
    http = create_app(store, catalog.load()).test_client()
    armed = Caller(http, store, faulty).send("POST", "/_beanpole/faults", {"what": "command-fails"})
    assert armed.status_code == 201
    jobs.play(Store(redis), catalog.load(), members)
    assert environment(store, still).status == "Launching"
    assert environment(store, faulty).health == "Red"
    assert {environment(store, account).health for account in others} == {"Green"}


@pytest.mark.parametrize("batch", ["fakeredis", "redis"], indirect=True)
def test_leases_begin_anew_when_their_job_begins(batch, monkeypatch):
    redis, members = batch
    store, leased = Store(redis), []
    store.due.renew(members, real_now(), 1)  # the job has waited for a worker until they are about to end

    def look(*_):
        leased.extend(redis.zrange(keys.LEASED, 0, -1, withscores=True))
        return []

    monkeypatch.setattr(wall, "_play_once", look)
    begun = real_now()
    jobs.play(store, catalog.load(), members)
    assert len(leased) == len(members)
    assert all(begun + retries.LEASE <= until for _, until in leased)
