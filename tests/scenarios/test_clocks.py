"""Several hands on one clock, and a clock that is put back: nothing is lost, and nobody else waits."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import MANUAL_EPOCH, Clock
from beanpole.store.connection import connect
from beanpole.store.store import Store
from environments import STACK
from servers import close, redis_server, worker_processes

ACCOUNTS = [f"{number:012d}" for number in range(1, 7)]


@pytest.fixture(scope="module")
def store():
    """A store on a Redis of its own with two worker processes, where accounts begin on a manual clock with seed 7."""
    with redis_server() as url, worker_processes(url, 2):
        store = Store(connect(url), Clock("manual", seed=7))
        yield store
        close(store)


@pytest.fixture
def ask(store):
    app = create_app(store, catalog.load())

    def ask(method, path, account, **more):
        answer = app.test_client().open(path, method=method, query_string={"account": account}, **more)
        assert answer.status_code == 200, answer.data
        return answer.get_json(silent=True)

    return ask


def create(store, ask, account):
    signed = {"Authorization": f"Credential={account}/20260101/us-east-1/elasticbeanstalk/aws4_request"}
    for call in (
        {"Action": "CreateApplication", "ApplicationName": "shop"},
        {
            "Action": "CreateEnvironment",
            "ApplicationName": "shop",
            "EnvironmentName": "shop-web",
            "SolutionStackName": STACK,
        },
    ):
        ask("POST", "/", account, data=call, headers=signed)


def advance(ask, account, body):
    return ask("POST", "/_beanpole/clock/advance", account, json=body)


def test_advances_at_once_add_up(store, ask):
    account = "900000000001"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: advance(ask, account, {"seconds": 10}), range(8)))
    assert store.clocks.get(account).reading == MANUAL_EPOCH + 80_000


@pytest.mark.parametrize("account", ACCOUNTS)
def test_many_hands_on_one_clock_leave_no_environment_behind(store, ask, account):
    create(store, ask, account)
    ready = {"until": {"environment": "shop-web", "status": "Ready"}}
    with ThreadPoolExecutor(5) as pool:
        moves = [pool.submit(advance, ask, account, ready)]
        moves += [pool.submit(advance, ask, account, {"seconds": 1}) for _ in range(4)]
        for move in moves:
            move.result()
    assert [environment.status for environment in store.world(account, "us-east-1").environments()] == ["Ready"]
    assert store.clocks.get(account).reading < MANUAL_EPOCH + 400_000


def test_a_reset_account_begins_as_the_server_says_even_while_workers_look(store, ask):
    account = "900000000002"
    for _ in range(10):
        create(store, ask, account)
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(store.clocks.advance, account, _far())
            ask("POST", "/_beanpole/reset", account)
            moving.result()
        ask("POST", "/_beanpole/reset", account)
        clock = store.clocks.get(account)
        assert (clock.mode, clock.seed, clock.reading) == ("manual", 7, MANUAL_EPOCH)


def _far():
    from beanpole.model.time.clock import Target

    return Target("far", MANUAL_EPOCH + 10**9)
