"""An advance that is long, or whose caller is gone, neither keeps others waiting nor moves a clock later."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.control import advancing
from beanpole.machine.clock import sleep
from beanpole.model.time.clock import MANUAL_EPOCH, Clock, Target
from beanpole.store import keys
from beanpole.store.clocks import Clocks
from beanpole.store.connection import StoreError, embedded
from beanpole.store.due import member
from beanpole.store.store import Store
from beanpole_workers.play import jobs, manual
from beanpole_workers.play.worker import Embedded
from environments import STACK
from servers import empty_redis

ACCOUNTS = ["100000000001", "100000000002", "100000000003"]
DAY = 86_400_000
TURNS = 1000  # more than any test here needs
ADVANCE = "/_beanpole/clock/advance"


@pytest.fixture(params=["fakeredis", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with empty_redis(request) as redis:
        yield Store(redis, Clock("manual", seed=1))


@pytest.fixture
def api(store: Store) -> FlaskClient:
    return create_app(store, catalog.load()).test_client()


WEEKLY = {  # an update of every instance each week, so that years are many instants
    "aws:elasticbeanstalk:managedactions": {
        "ManagedActionsEnabled": "true",
        "PreferredStartTime": "Sun:03:00",
        "ServiceRoleForManagedUpdates": "aws-elasticbeanstalk-service-role",
    },
    "aws:elasticbeanstalk:managedactions:platformupdate": {"UpdateLevel": "minor", "InstanceRefreshEnabled": "true"},
}


def launch_shop(api: FlaskClient, account: str, options: dict[str, dict[str, str]] | None = None) -> None:
    rows = [(space, *row) for space, named in (options or {}).items() for row in named.items()]
    settings = {
        f"OptionSettings.member.{number}.{word}": text
        for number, row in enumerate(rows, 1)
        for word, text in zip(("Namespace", "OptionName", "Value"), row, strict=True)
    }
    signed = {"Authorization": f"Credential={account}/20260101/us-east-1/elasticbeanstalk/aws4_request"}
    named = {"ApplicationName": "shop", "EnvironmentName": "shop-web", "SolutionStackName": STACK}
    for action in ("CreateApplication", "CreateEnvironment"):
        parameters = named | settings if action == "CreateEnvironment" else {"ApplicationName": "shop"}
        assert api.post("/", data={"Action": action, **parameters}, headers=signed).status_code == 200


def clock_of(account: str) -> str:
    return member(account, "", "clock", account)


def advance(api: FlaskClient, body: dict[str, Any], key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.post(ADVANCE, json=body, headers=headers, query_string={"account": ACCOUNTS[0]})


def moves(store: Store, begun: dict[str, int]) -> list[str]:
    """The accounts whose clocks have moved since."""
    return [account for account, reading in begun.items() if store.clocks.get(account).reading > reading]


def test_a_job_plays_one_member_while_others_wait(
    store: Store, api: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So whoever waits, waits for one commit, however far the clock is to move."""
    launch_shop(api, ACCOUNTS[0])
    store.clocks.advance(ACCOUNTS[0], Target("far", MANUAL_EPOCH + 365 * DAY))
    commits: list[object] = []
    commit_all = Store.commit_all
    monkeypatch.setattr(Store, "commit_all", lambda *changes: commits.append(changes) or commit_all(*changes))
    for number in range(1, 4):
        (member,), _ = store.due.pop(2**45, 10, 1000)
        assert member == clock_of(ACCOUNTS[0])
        manual.drain(store, catalog.load(), [member], others_wait=lambda: True)
        assert store.clocks.get(ACCOUNTS[0]).reading < MANUAL_EPOCH + DAY
        assert len(commits) == number
    assert store.redis.zscore(keys.LEASED, clock_of(ACCOUNTS[0])) is None


def test_clocks_that_move_at_once_take_turns(store: Store, api: FlaskClient) -> None:
    for account in ACCOUNTS:
        launch_shop(api, account)
        store.clocks.advance(account, Target(f"far-{account}", MANUAL_EPOCH + DAY))
    order: list[str] = []
    for _ in range(TURNS):
        members, _ = store.due.pop(2**45, 10, 1000)
        if not members:
            break
        begun = {account: store.clocks.get(account).reading for account in ACCOUNTS}
        manual.drain(store, catalog.load(), members, others_wait=lambda: True)
        order += moves(store, begun)
    assert [store.clocks.get(account).reading for account in ACCOUNTS] == [MANUAL_EPOCH + DAY] * 3
    counts = [order[: len(order) // 2].count(account) for account in ACCOUNTS]
    assert min(counts) > 0
    assert max(counts) - min(counts) <= 1


def test_the_story_is_the_same_in_turns_and_in_one_go(store: Store, api: FlaskClient) -> None:
    def answer(interrupted: bool) -> Any:
        store.reset(ACCOUNTS[0])
        launch_shop(api, ACCOUNTS[0])
        store.clocks.advance(ACCOUNTS[0], Target(f"told-{interrupted}", MANUAL_EPOCH + DAY))
        for _ in range(TURNS):
            members, _ = store.due.pop(2**45, 10, 1000)
            manual.drain(store, catalog.load(), members, others_wait=lambda: interrupted)
        return api.get("/_beanpole/state", query_string={"account": ACCOUNTS[0]}).json

    assert answer(interrupted=True) == answer(interrupted=False)


def test_a_target_that_nobody_renews_moves_no_clock(store: Store) -> None:
    """Its caller's process was killed: the target expires, also while it is played, and the next one has its turn."""
    dead, alive = Target("dead", MANUAL_EPOCH + DAY), Target("alive", by=1000)
    store.clocks.advance(ACCOUNTS[0], dead)
    store.clocks.advance(ACCOUNTS[0], alive)
    assert 0 < store.redis.pttl(keys.target(ACCOUNTS[0], "dead")) <= 5000
    assert store.clocks.target(ACCOUNTS[0]) == dead
    store.redis.pexpire(keys.target(ACCOUNTS[0], "dead"), 0)
    assert not store.clocks.move(ACCOUNTS[0], dead.to, dead)
    jobs.play(store, catalog.load(), [clock_of(ACCOUNTS[0])])
    assert store.clocks.get(ACCOUNTS[0]).reading == MANUAL_EPOCH + 1000
    assert store.redis.llen(keys.targets(ACCOUNTS[0])) == 0


def test_an_advance_that_was_answered_with_503_moves_the_clock_no_more(
    store: Store, api: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> bool:
        raise StoreError("Redis is away")

    with monkeypatch.context() as away:
        away.setattr(Clocks, "is_pending", lost)
        assert advance(api, {"seconds": 90}).status_code == 503
    jobs.play(store, catalog.load(), [clock_of(ACCOUNTS[0])])
    assert store.clocks.get(ACCOUNTS[0]).reading == MANUAL_EPOCH


def test_an_advance_whose_caller_closed_the_connection_is_withdrawn(
    store: Store, api: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "RENEWAL", 0)
    environ = {"waitress.client_disconnected": lambda: True}
    where = {"account": ACCOUNTS[0]}
    answer = api.post(ADVANCE, json={"seconds": 90}, query_string=where, environ_overrides=environ)
    assert answer.status_code == 504
    jobs.play(store, catalog.load(), [clock_of(ACCOUNTS[0])])
    assert store.clocks.get(ACCOUNTS[0]).reading == MANUAL_EPOCH


def test_a_repeated_advance_is_recognised_by_its_key(
    store: Store, api: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call moves the clock, the second, with the same key, finds it there; one without a key adds up."""
    add = Clocks.advance

    def play(clocks: Clocks, account_id: str, target: Target) -> None:
        add(clocks, account_id, target)
        jobs.play(store, catalog.load(), [clock_of(account_id)])

    monkeypatch.setattr(Clocks, "advance", play)
    for body, key, seconds in (
        ({"seconds": 90}, "once", 90),
        ({"seconds": 90}, "once", 90),
        ({"seconds": 90}, None, 180),
        ({"seconds": 90}, "once", 180),
        ({"seconds": 90}, "another", 270),
    ):
        assert advance(api, body, key).status_code == 200
        assert store.clocks.get(ACCOUNTS[0]).reading == MANUAL_EPOCH + seconds * 1000
    assert advance(api, {"seconds": 1}, "x" * 256).status_code == 400


def test_a_clock_that_moves_far_keeps_no_other_waiting_in_the_process_of_a_server() -> None:
    store = Store(embedded(), Clock("manual"))
    api = create_app(store, catalog.load()).test_client()
    slow, quick = ACCOUNTS[:2]
    launch_shop(api, slow, WEEKLY)
    launch_shop(api, quick)
    far, near = Target("far", MANUAL_EPOCH + 3650 * DAY), Target("near", MANUAL_EPOCH + DAY)
    engine = Embedded(store)
    engine.start()
    try:
        store.clocks.advance(slow, far)
        store.clocks.advance(quick, near)
        while store.clocks.is_pending(quick, near):
            assert store.clocks.get(slow).reading < far.to
    finally:
        engine.stop()
    assert store.clocks.get(quick).reading == near.to
    assert MANUAL_EPOCH < store.clocks.get(slow).reading < far.to


def test_clients_that_never_stop_calling_stop_no_clock() -> None:
    store = Store(embedded(), Clock("wall", "instant"))
    launch_shop(create_app(store, catalog.load()).test_client(), ACCOUNTS[0])
    calls: list[int] = []
    engine = Embedded(store, is_calling=lambda: not calls.append(1))  # type: ignore[func-returns-value]  # always true
    engine.start()
    try:
        while store.due.count():
            sleep(0.01)
    finally:
        engine.stop()
    assert calls
    (environment,) = store.world(ACCOUNTS[0], "us-east-1").environments()
    assert environment.status == "Ready"
