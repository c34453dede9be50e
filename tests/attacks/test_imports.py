"""The import of a world is one change, and nothing in it is believed before it is checked."""

import json
import logging
from collections.abc import Callable
from threading import get_ident
from typing import Any

import pytest
from redis.client import Pipeline

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import Clock, Target
from beanpole.store import keys, restoration, snapshot, world_check, world_document
from beanpole.store.commit import Conflict
from beanpole.store.connection import Connection, is_embedded
from beanpole.store.store import Store
from beanpole.tables import limits
from beanpole.testing import ACCOUNT, Beanstalk
from beanpole.text import log_lines
from beanpole_workers.play import manual
from control.calling import Caller, service
from environments import STACK

STATE = "/_beanpole/state"


class Killed(BaseException):
    """The process is gone."""


def launched(redis: Connection | None = None, clock: Clock | None = None, name: str = "web-1") -> Caller:
    """A caller whose environment has been launching for two minutes."""
    store = Store(redis, clock or Clock("manual")) if redis else service(Clock("manual")).store
    caller = Caller(create_app(store, catalog.load()).test_client(), store, ACCOUNT)
    caller.launch(name)
    if store.clocks.get(ACCOUNT).mode == "manual":
        target = Target("launch", store.clocks.get(ACCOUNT).reading + 120_000)
        manual.advance(store, catalog.load(), ACCOUNT, target)
    return caller


@pytest.fixture(scope="module")
def exported() -> Any:
    caller = launched(name="imported")
    return json.loads(world_document.encode(snapshot.take(caller.store, ACCOUNT)))


BESIDE = (keys.SENT.encode(), keys.journal(ACCOUNT).encode())  # what expires, and is of no world


def kill_after(commands: int, redis: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the process die when this thread, which stands for it, has sent so many commands."""
    left, thread = [commands], get_ident()

    def dying(send: Callable[..., Any]) -> Callable[..., Any]:
        def sent(*words: Any, **more: Any) -> Any:
            if get_ident() == thread:
                if left[0] == 0:
                    raise Killed
                left[0] -= 1
            return send(*words, **more)

        return sent

    client = type(redis)
    monkeypatch.setattr(client, "execute_command", dying(client.execute_command))
    monkeypatch.setattr(Pipeline, "execute", dying(Pipeline.execute))


@pytest.mark.parametrize("mode", ["manual", "wall"])
def test_a_process_that_is_killed_leaves_the_old_world_or_the_new(
    redis: Connection, exported: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = launched(redis, Clock("manual") if mode == "manual" else Clock())
    new = world_check.decode(json.dumps(exported | {"clock": {"mode": mode}}).encode(), ACCOUNT)
    old = snapshot.take(caller.store, ACCOUNT)
    kills = 0
    while True:
        with monkeypatch.context() as patch:
            kill_after(kills, redis, patch)
            try:
                restoration.restore(caller.store, new)
                break
            except Killed:
                kills += 1
        assert regions(caller.store) == old.regions
        left = [key for key in redis.scan_iter() if b":import-" in key]
        assert all(redis.pttl(key) > 0 for key in left)
    assert kills > 5
    assert regions(caller.store) == new.regions
    assert not [key for key in redis.scan_iter() if b":import-" in key]
    expiring = [key for key in redis.scan_iter() if redis.pttl(key) > 0]
    assert [key for key in expiring if not key.startswith(BESIDE)] == []


def test_events_whose_answer_was_lost_are_sent_again_and_written_once(
    redis: Connection, exported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = launched(redis)
    new, backend = world_check.decode(json.dumps(exported).encode(), ACCOUNT), caller.store.backend
    append, answers = backend.scripts.append_events, []

    def sent_again(**call: Any) -> None:
        answers.extend(append(**call) for _ in range(1 if is_embedded(redis) else 2))  # which no connection is between

    again = backend._replace(scripts=backend.scripts._replace(append_events=sent_again))
    monkeypatch.setattr(caller.store, "backend", again)
    restoration.restore(caller.store, new)
    assert answers == ([1] if is_embedded(redis) else [1, 0])
    assert regions(caller.store) == new.regions


def regions(store: Store) -> dict[str, snapshot.Region]:
    return snapshot.take(Store(store.redis, Clock("manual")), ACCOUNT).regions


def test_an_import_that_another_overtakes_changes_nothing(
    redis: Connection, exported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = launched(redis)
    old = regions(caller.store)
    write = restoration._write

    def overtaken(*words: Any) -> set[str]:
        names = write(*words)
        caller.store.redis.delete(*(key for key in redis.scan_iter() if b":import-" in key))
        return names

    monkeypatch.setattr(restoration, "_write", overtaken)
    with pytest.raises(Conflict):
        restoration.restore(caller.store, world_check.decode(json.dumps(exported).encode(), ACCOUNT))
    assert regions(caller.store) == old


def test_what_is_made_during_an_import_is_in_the_world_before_it_or_after_it(
    redis: Connection, exported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit between the look at the old world and its replacement leaves no key of the old one behind."""
    caller = launched(redis)
    replace = caller.store.backend.scripts.replace
    calls = []

    def interrupted(**words: Any) -> Any:
        if not calls:
            caller.call("CreateApplication", ApplicationName="meanwhile")
        calls.append(words)
        return replace(**words)

    monkeypatch.setattr(
        caller.store,
        "backend",
        caller.store.backend._replace(scripts=caller.store.backend.scripts._replace(replace=interrupted)),
    )
    new = world_check.decode(json.dumps(exported).encode(), ACCOUNT)
    restoration.restore(caller.store, new)
    assert len(calls) == 2
    assert regions(caller.store) == new.regions
    assert not [key for key in redis.scan_iter() if b"meanwhile" in key]


def test_a_reset_leaves_nothing_that_is_made_meanwhile_half_there(
    redis: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = launched(redis)
    caller.store.reset(ACCOUNT)
    assert list(redis.scan_iter(match=f"{keys.account(ACCOUNT)}*")) == []
    assert redis.zcard(keys.DUE) == redis.zcard(keys.LEASED) == redis.scard(keys.ACCOUNTS) == 0


def region_of(state: Any) -> Any:
    return state["regions"]["us-east-1"]


def with_step(step: Any) -> Callable[[Any], None]:
    def spoil(state: Any) -> None:
        (plan,) = region_of(state)["plans"].values()
        plan[-1] = step

    return spoil


def with_member(kind: str, member: str, value: Any) -> Callable[[Any], None]:
    def spoil(state: Any) -> None:
        region_of(state)[kind][0][member] = value

    return spoil


def with_more(kind: str, *rows: Any) -> Callable[[Any], None]:
    def spoil(state: Any) -> None:
        region_of(state)[kind] = [*region_of(state)[kind], *rows]

    return spoil


def with_forged_environment(state: Any) -> None:
    id_ = region_of(state)["environments"][0]["environment_id"]
    text = json.dumps(region_of(state)).replace(id_, "e-1\\nERROR forged")
    state["regions"]["us-east-1"] = json.loads(text)


def with_foreign_instance(state: Any) -> None:
    (fleet,) = region_of(state)["fleets"].values()
    fleet[0]["id"] = "i-1\n2"


DELAY = {"number": 1, "what": "delay", "seconds": 1e9}
REFUSALS: list[tuple[Callable[[Any], None], str]] = [
    (with_step({"step": {"does": "fly"}, "lasts": 1.0}), "step "),
    (with_step({"step": {"does": "repoint", "kind": "spaceship"}, "lasts": 1.0}), "has no 'spaceship'"),
    (with_step({"step": {"does": "provision", "kind": "spaceship"}, "lasts": 1.0}), "no resource 'spaceship'"),
    (with_step({"step": {"does": "close"}, "lasts": -1.0}), "lasts -1.0 s"),
    (with_step({"step": {"does": "close"}, "lasts": 1e300}), "lasts"),
    (with_step({"step": {"does": "register", "instances": ["i-\n"]}, "lasts": 1.0}), "instances cannot be 'i-\\n'"),
    (with_step("fly"), "is none"),
    (with_forged_environment, "environment_id cannot be 'e-1\\nERROR forged'"),
    (with_foreign_instance, "the id of an instance cannot be 'i-1\\n2'"),
    (with_member("environments", "environment_name", "web\n2"), "environment_name cannot be 'web\\n2'"),
    (with_member("applications", "application_name", "a/b"), "application_name cannot be 'a/b'"),
    (with_member("applications", "application_name", "a" * 101), "application_name cannot be"),
    (with_member("applications", "description", "\0"), "description holds a character that XML cannot carry"),
    (with_member("environments", "deployment_id", 10**30), "deployment_id is more than"),
    (with_member("environments", "traffic", 2**60), "traffic is more than"),
    (with_more("wakes", {"kind": "environment", "id": "e-1\n", "at": 0}), "id cannot be"),
    (with_more("faults", DELAY), "fault-1 is no fault: seconds"),
    (with_more("faults", {"number": 1, "what": "delay", "seconds": 1, "rate": 1}), "fault-1 is no fault: rate"),
    (with_more("faults", {"number": 1, "what": "high-cpu", "severity": {"percent": 1e9}}), "fault-1 is no fault"),
    (lambda state: with_more("applications", *region_of(state)["applications"])(state), "more than once"),
]


@pytest.mark.parametrize(("spoil", "reason"), REFUSALS)
def test_what_could_not_go_on_is_refused(exported: Any, spoil: Callable[[Any], None], reason: str) -> None:
    caller = launched()
    before = snapshot.take(caller.store, ACCOUNT)
    spoilt = json.loads(json.dumps(exported))
    spoil(spoilt)
    detail = caller.request("PUT", STATE, spoilt, 400)["detail"]
    assert reason in detail
    assert "\n" not in detail
    assert snapshot.take(caller.store, ACCOUNT) == before


@pytest.mark.parametrize(
    "digits", [b"9" * 5_000, b"9" * 500_000, b"1" + b"0" * 310, b"1e999", b"-" + b"9" * 5_000, b"0." + b"9" * 500_000]
)
def test_a_number_of_any_length_is_refused(exported: Any, digits: bytes) -> None:
    caller = launched()
    document = json.dumps(exported | {"draws": 77_777}).encode().replace(b"77777", digits)
    assert caller.send("PUT", STATE, document).status_code == 400


@pytest.mark.parametrize(
    "policy", ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"]
)
def test_every_world_on_the_way_of_an_update_can_be_imported(policy: str) -> None:
    beanstalk = Beanstalk()
    client = beanstalk.client
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    options = {
        ("aws:autoscaling:asg", "MinSize"): "2",
        ("aws:elasticbeanstalk:command", "DeploymentPolicy"): policy,
        ("aws:elasticbeanstalk:environment", "LoadBalancerType"): "application",
    }
    settings = [
        {"Namespace": namespace, "OptionName": option, "Value": value} for (namespace, option), value in options.items()
    ]
    common = {"EnvironmentName": "web-1", "OptionSettings": settings}
    client.create_environment(ApplicationName="shop", VersionLabel="v1", SolutionStackName=STACK, **common)
    importable(beanstalk, 30)
    client.update_environment(EnvironmentName="web-1", VersionLabel="v2")
    importable(beanstalk, 30)
    client.update_environment(EnvironmentName="web-1", OptionSettings=[settings[0] | {"Value": "3"}])
    importable(beanstalk, 60)
    client.terminate_environment(EnvironmentName="web-1")
    importable(beanstalk, 60)


def importable(beanstalk: Beanstalk, seconds: int) -> None:
    """Every world until the environment is idle is one that can be imported."""
    for _ in range(100):
        copy = snapshot.take(beanstalk.store, ACCOUNT)
        assert world_check.decode(world_document.encode(copy), ACCOUNT) == copy
        if copy.regions["us-east-1"].environments[0].activity is None:
            return
        beanstalk.advance(seconds)
    raise AssertionError("the environment is never idle")


def test_no_name_forges_a_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    log, handler = log_lines.logger("beanpole.of_this_test"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    log.addHandler(handler)
    name = "web\nERROR forged\r\x1b[2J\u2028\x85"
    try:
        log.warning("%s is late", name)
        try:
            raise ValueError(name)
        except ValueError:
            log.exception("%s failed", name)
    finally:
        log.removeHandler(handler)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == r"WARNING web\nERROR forged\r\x1b[2J\u2028\x85 is late"
    assert [line for line in lines if not line.startswith("  ")] == [
        lines[0],
        r"ERROR web\nERROR forged\r\x1b[2J\u2028\x85 failed",
    ]


def test_more_faults_than_may_be_armed_are_not_imported(exported: Any) -> None:
    most = limits.most("armed_faults")
    for number, status in ((most, 200), (most + 1, 400)):
        faults = [{"number": index, "what": "delay", "seconds": 1} for index in range(1, number + 1)]
        state = json.loads(json.dumps(exported))
        region_of(state)["faults"] = faults
        answer = launched().request("PUT", STATE, state, status)
    assert limits.sentence("armed_faults").removesuffix(".") in answer["detail"]
