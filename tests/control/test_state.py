"""The state of an account is exported and restored, and the account goes on as if nothing had happened."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now
from beanpole.model.applications.application import Application
from beanpole.model.changes.change import Change
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock, Target
from beanpole.store import moment, restoration, snapshot, world_check
from beanpole.store.commit import Conflict
from beanpole.store.connection import Connection
from beanpole.store.event_log import EventFilter
from beanpole.store.keys import WorldKeys
from beanpole.store.store import Store
from beanpole.store.world_check import Inconsistent
from beanpole_workers.play import manual
from control.calling import ACCOUNT, Caller

STATE, ADVANCE = "/_beanpole/state", "/_beanpole/clock/advance"


@pytest.fixture
def other(connection: Connection) -> Connection:
    """The Redis on which a state is restored."""
    return connection


def _later(store: Store) -> list[Event]:
    """The events after the account has gone on for an hour."""
    target = Target("t", store.clocks.get(ACCOUNT).reading + 3_600_000)
    manual.advance(store, catalog.load(), ACCOUNT, target)
    return list(store.world(ACCOUNT, "us-east-1").events(EventFilter())[0])


def test_a_state_exported_during_a_launch_is_restored_on_either_back_end(manual: Caller, other: Connection) -> None:
    manual.launch()
    manual.request("POST", ADVANCE, {"seconds": 60})
    exported = manual.request("GET", STATE)
    elsewhere = Caller(create_app(Store(other), catalog.load()).test_client(), Store(other))
    elsewhere.request("PUT", STATE, exported)
    assert elsewhere.request("GET", STATE) == exported
    assert elsewhere.request("GET", "/_beanpole/environments/shop-web/fleet") == manual.request(
        "GET", "/_beanpole/environments/shop-web/fleet"
    )
    assert _later(elsewhere.store) == _later(manual.store)
    manual.call("CreateApplication", ApplicationName="second")
    elsewhere.call("CreateApplication", ApplicationName="second")
    assert elsewhere.request("GET", STATE) == manual.request("GET", STATE)


def test_a_restoration_undoes_later_changes(manual: Caller) -> None:
    manual.launch()
    exported = manual.request("GET", STATE)
    manual.request("POST", ADVANCE, {"seconds": 3600})
    manual.call("CreateApplication", ApplicationName="second")
    manual.request("PUT", STATE, exported)
    assert manual.request("GET", STATE) == exported


def test_a_state_holds_all_regions_of_one_account(manual: Caller) -> None:
    manual.launch()
    manual.store.world(ACCOUNT, "eu-west-1").commit(Change(puts=(Application("far", "arn:far", 1, 1),)))
    manual.store.world("222222222222", "us-east-1").commit(Change(puts=(Application("else", "arn:else", 1, 1),)))
    exported = manual.request("GET", STATE)
    assert {
        name: [application["application_name"] for application in region["applications"]]
        for name, region in exported["regions"].items()
    } == {
        "eu-west-1": ["far"],
        "us-east-1": ["shop"],
    }


def test_members_due_on_a_wall_clock_are_due_after_the_restoration(wall: Caller, other: Connection) -> None:
    wall.launch()
    exported = wall.request("GET", STATE)
    store = Store(other)
    restoration.restore(store, world_check.decode(json.dumps(exported).encode(), ACCOUNT))
    members, _ = store.due.pop(real_now(), 10, 1000)
    assert [member.split("|")[:3] for member in members] == [[ACCOUNT, "us-east-1", "environment"]]
    assert snapshot.take(store, ACCOUNT).regions["us-east-1"].wakes[0].id == members[0].split("|")[3]


def test_a_log_ahead_of_real_time_sets_the_clock_ahead(other: Connection) -> None:
    store, at = Store(other), real_now() + 86_400_000
    region = snapshot.Region(events=(Event(at, "said", application_name="shop"),))
    restoration.restore(store, snapshot.Snapshot(2, ACCOUNT, Clock(), 0, {"us-east-1": region}))
    assert store.clocks.get(ACCOUNT).now(real_now()) >= at


def test_a_long_log_is_restored_whole(manual: Caller, other: Connection) -> None:
    world = manual.store.world(ACCOUNT, "us-east-1")
    for start in range(0, 2500, 500):
        lines = (Event(at, f"line {at}", application_name="shop") for at in range(start, start + 500))
        world.commit(Change(events=tuple(lines)))
    exported = snapshot.take(manual.store, ACCOUNT)
    assert len(exported.regions["us-east-1"].events) == 2500
    store = Store(other)
    restoration.restore(store, exported)
    assert snapshot.take(store, ACCOUNT) == exported


def test_an_account_that_keeps_changing_is_not_exported(manual: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    manual.launch()
    numbers = iter(range(1000))
    environment = manual.store.world(ACCOUNT, "us-east-1").environments()[0]
    key = manual.store.world(ACCOUNT, "us-east-1").keys.entities("environment")
    blob, numbers, ids = manual.store.redis.hget(key, environment.id), iter(range(1000)), moment._ids

    def create(redis: Connection, world: WorldKeys) -> moment.Ids:
        """Somebody creates an environment after each look at their ids."""
        old_ids, id_ = ids(redis, world), f"e-{next(numbers)}"
        redis.hset(key, id_, blob.replace(environment.id.encode(), id_.encode()))
        return old_ids

    monkeypatch.setattr(moment, "_ids", create)
    with pytest.raises(Conflict):
        snapshot.take(manual.store, ACCOUNT)


VERSION = {
    "application_name": "shop",
    "version_label": "v1",
    "application_version_arn": "arn",
    "date_created": 0,
    "date_updated": 0,
}

INSTANCE = {"id": "i-1", "launched_at": 0, "group": "g"}
SYMPTOM = {"fault": "fault-1", "what": "fever", "since": 0}


def _put(region: dict[str, Any]) -> dict[str, Any]:
    clock = {"mode": "manual"}
    return {"format": 2, "account_id": ACCOUNT, "clock": clock, "draws": 0, "regions": {"us-east-1": region}}


def _ready_though_it_launches(region: dict[str, Any]) -> None:
    region["environments"][0]["status"] = "Ready"


def _launching_though_nothing_happens(region: dict[str, Any]) -> None:
    del region["environments"][0]["activity"]
    region["plans"] = {}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (_put({}) | {"format": 1}, "format"),
        (_put({}) | {"account_id": "222222222222"}, "222222222222"),
        (_put({}) | {"clock": {"reading": 10**15}}, "instant"),
        (_put({}) | {"regions": {"a:b": {}}}, "regex"),
        (_put({"beans": []}), "beans"),
        (_put({"applications": [{"application_name": 1}]}), "application_name"),
        (_put({"events": [{"at": -1, "message": "m"}]}), "instant"),
        (_put({"fleets": {"e-1": []}}), "e-1"),
        (_put({"fleets": {"e-1": [INSTANCE | {"symptoms": [SYMPTOM]}]}}), "there is no symptom fever"),
        (_put({"faults": [{"number": 1, "what": "explode"}]}), "there is no fault explode"),
        (_put({"wakes": [{"kind": "environment", "id": "e-2", "at": 0}]}), "e-2"),
        (_put({"versions": [VERSION | {"status": "PROCESSING"}]}), "version shop/v1 must be due if, and only if"),
        (_put({"versions": [VERSION | {"due": 1}]}), "version shop/v1 must be due if, and only if"),
        (_put({"versions": [VERSION | {"status": "Processed"}]}), "status"),
        (_put({"wakes": [{"kind": "clock", "id": "e-2", "at": 0}]}), "a clock is due in us-east-1"),
    ],
)
def test_a_document_that_is_no_state_changes_nothing(manual: Caller, document: object, reason: str) -> None:
    manual.launch()
    exported = manual.request("GET", STATE)
    assert reason in manual.request("PUT", STATE, document, 400)["detail"]
    assert manual.request("GET", STATE) == exported


def _without_claim(region: dict[str, Any]) -> None:
    del region["claims"]["environment/shop-web"]


def _with_claim_too_many(region: dict[str, Any]) -> None:
    region["claims"]["cname/free.us-east-1.elasticbeanstalk.com"] = region["environments"][0]["environment_id"]


def _with_namesake(region: dict[str, Any]) -> None:
    region["environments"].append(region["environments"][0] | {"environment_id": "e-namesake"})


def _without_plan(region: dict[str, Any]) -> None:
    region["plans"].clear()


def _behind_its_plan(region: dict[str, Any]) -> None:
    activity = region["environments"][0]["activity"]
    activity["step"] = activity["steps"]


def _before_its_plan(region: dict[str, Any]) -> None:
    region["environments"][0]["activity"]["step"] = -1


def _with_sightings_of_none(region: dict[str, Any]) -> None:
    region["sightings"]["e-stranger"] = [[0, "i-1", None]]


def _seen_before_1970(region: dict[str, Any]) -> None:
    region["sightings"][region["environments"][0]["environment_id"]] = [[-1, "i-1", None]]


def _seen_by_a_strange_id(region: dict[str, Any]) -> None:
    region["sightings"][region["environments"][0]["environment_id"]] = [[0, "<b>", None]]


def _of_no_kind(region: dict[str, Any]) -> None:
    region["environments"][0]["activity"]["request"]["kind"] = "lunch"


def _with_member_of_another_kind(region: dict[str, Any]) -> None:
    region["environments"][0]["activity"]["request"]["partner"] = "web2"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_with_sightings_of_none, "no environment e-stranger, to which"),
        (_seen_before_1970, "an instant lies before 1970"),
        (_seen_by_a_strange_id, "the id of an instance cannot be"),
        (_of_no_kind, "Invalid value 'lunch'"),
        (_with_member_of_another_kind, "contains unknown field `partner`"),
        (_without_claim, "is live, but does not hold the claim environment/shop-web"),
        (_with_claim_too_many, "no live environment in us-east-1 has the claim cname/free"),
        (_with_namesake, "environment e-namesake is live, but does not hold the claim environment/shop-web"),
        (_without_plan, "has a plan of 0 steps, but its activity counts"),
        (_behind_its_plan, "stands at step"),
        (_before_its_plan, "stands at step -1"),
        (_ready_though_it_launches, "is Ready, but its launch is in progress"),
        (_launching_though_nothing_happens, "is Launching, but it has no activity"),
    ],
)
def test_a_state_that_no_worker_could_play_is_refused(
    manual: Caller, spoil: Callable[[dict[str, Any]], None], reason: str
) -> None:
    manual.launch()
    manual.request("POST", ADVANCE, {"seconds": 60})
    exported = manual.request("GET", STATE)
    spoilt = json.loads(json.dumps(exported))
    spoil(spoilt["regions"]["us-east-1"])
    assert reason in manual.request("PUT", STATE, spoilt, 400)["detail"]
    assert manual.request("GET", STATE) == exported


def test_an_environment_of_another_account_is_refused(manual: Caller) -> None:
    manual.launch()
    exported = json.dumps(manual.request("GET", STATE)).replace(ACCOUNT, "222222222222")
    with pytest.raises(Inconsistent, match="elsewhere"):
        world_check.decode(exported.replace("222222222222", ACCOUNT, 1).encode(), ACCOUNT)
