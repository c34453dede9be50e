"""What Prometheus reads: the form, the counts of all processes, and the dashboard that shows them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.control.metrics import METRICS
from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import Clock
from beanpole.store import counters, keys, processes
from beanpole.store.commit import Conflict
from beanpole.store.connection import StoreError, connect
from beanpole.store.counters import PAUSE
from beanpole.store.store import Store
from beanpole_workers.play import jobs
from control.calling import ACCOUNT, Caller
from servers import empty_redis, end_timers

PATH = "/_beanpole/metrics"
DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana.json"
LABELS = r'(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)*\})?'
SAMPLE = re.compile(rf"(?P<name>[a-z_]+)(?P<labels>{LABELS}) (?P<value>[0-9.e+-]+)")
HEAD = re.compile(r"# (HELP|TYPE) (?P<name>[a-z_]+) \S.*")


@pytest.fixture(params=["fakeredis", "redis"])
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    with empty_redis(request) as redis:
        yield another(Store(redis, Clock(speed="instant")))


def another(store: Store) -> Caller:
    """A server on a store."""
    return Caller(create_app(store, catalog.load()).test_client(), store)


def read(caller: Caller) -> dict[str, float]:
    """Each sample by its name with its labels; the form is held to."""
    text: str = caller.request("GET", PATH)
    assert text.endswith("\n")
    samples, name, heads = {}, "", 0
    for line in text.splitlines():
        if head := HEAD.fullmatch(line):
            heads, name = (heads + 1 if head["name"] == name else 1), head["name"]
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        assert (sample["name"], heads) == (name, 2)
        assert f"{name}{sample['labels']}" not in samples
        samples[f"{name}{sample['labels']}"] = float(sample["value"])
    return samples


def work(store: Store) -> None:
    """Play all that is due by now."""
    while members := store.due.pop(real_now() + 10_000, 100, 1000)[0]:
        jobs.play(store, catalog.load(), members)


def requests(operation: str, status: int, code: str) -> str:
    return f'beanpole_requests_total{{operation="{operation}",status="{status}",code="{code}"}}'


def test_calls_are_counted_by_operation_status_and_code(caller: Caller) -> None:
    caller.launch()
    for _ in range(3):
        caller.call("DescribeEnvironments")
    for form in (
        {"Action": "TerminateEnvironment", "EnvironmentName": "nobody"},
        {"Action": "TerminateEnvironment", "EnvironmentName": "x" * 5000},
        {"Action": "Levitate"},
    ):
        assert caller.client.post("/", data=form, headers=caller.signed).status_code == 400
    counted = read(caller)
    assert counted[requests("DescribeEnvironments", 200, "OK")] == 3
    assert counted[requests("CreateEnvironment", 200, "OK")] == 1
    assert counted[requests("TerminateEnvironment", 400, "InvalidParameterValue")] == 1
    assert counted[requests("TerminateEnvironment", 400, "ValidationError")] == 1
    assert counted[requests("", 400, "InvalidAction")] == 1


def test_commits_conflicts_and_steps_are_counted(caller: Caller) -> None:
    caller.launch()
    before = read(caller)
    assert (before["beanpole_commits_total"], before["beanpole_steps_total"]) == (2, 0)
    assert before["beanpole_due_members"] == 1
    assert before["beanpole_accounts"] == 1
    work(caller.store)
    world = caller.store.world(ACCOUNT, "us-east-1")
    (environment,) = world.environments()
    assert environment.status == "Ready"
    from beanpole.model.changes.change import Change

    stale = Change(puts=(environment,))
    world.commit(stale)
    with pytest.raises(Conflict):
        world.commit(stale)
    after = read(caller)
    assert after["beanpole_commits_total"] > before["beanpole_commits_total"]
    assert after["beanpole_steps_total"] > 0
    assert after["beanpole_conflicts_total"] == 1


def test_lag_is_that_of_what_is_due_the_longest(caller: Caller) -> None:
    caller.launch()
    (member,) = caller.store.redis.zrange(keys.DUE, 0, -1)
    caller.store.redis.zadd(keys.DUE, {member: real_now() - 7_000})
    assert 7 <= read(caller)["beanpole_due_lag_seconds"] < 60


def test_counts_are_those_of_all_processes(redis_url: str) -> None:
    first, second = (another(Store(connect(redis_url), Clock("manual"))) for _ in range(2))
    first.call("CreateApplication", ApplicationName="shop")
    second.call("DescribeApplications")
    first.store.counters.write_at_times(real_now() + PAUSE)
    counted = read(second)
    assert (
        counted[requests("CreateApplication", 200, "OK")] == counted[requests("DescribeApplications", 200, "OK")] == 1
    )
    assert counted["beanpole_redis_memory_bytes"] > 0
    assert read(first).keys() == counted.keys()


def test_counts_are_written_though_nobody_calls_again(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "PAUSE", 50)
    first, second = (another(Store(connect(redis_url), Clock("manual"))) for _ in range(2))
    for _ in range(3):
        first.call("DescribeApplications")
    begun = real_now()
    while read(second).get(requests("DescribeApplications", 200, "OK")) != 3:
        assert real_now() - begun < 10_000
        sleep(0.01)
    end_timers()


def test_memory_processor_and_worlds_are_those_of_each_process(redis_url: str) -> None:
    redis = connect(redis_url)
    redis.flushall()
    ours = another(Store(redis, Clock("manual")))
    ours.launch()
    for name, written_at in (("other-1", real_now()), ("killed-2", real_now() - 3_600_000)):
        redis.hset(keys.PROCESSES, name, json.dumps({"at": written_at, "resident": 5, "processor": 2.5, "worlds": 3}))
    samples, own = read(ours), processes.name()
    assert {name.partition("{")[2] for name in samples if name.startswith(("process_", "beanpole_worlds"))} == {
        f'process="{own}"}}',
        'process="other-1"}',
    }
    assert samples['process_resident_memory_bytes{process="other-1"}'] == 5
    assert samples['process_cpu_seconds_total{process="other-1"}'] == 2.5
    assert samples['beanpole_worlds{process="other-1"}'] == 3
    assert samples[f'beanpole_worlds{{process="{own}"}}'] == 1
    assert samples[f'process_resident_memory_bytes{{process="{own}"}}'] > 2**20
    assert set(redis.hkeys(keys.PROCESSES)) == {b"other-1", own.encode()}


def test_what_could_not_be_written_is_counted_later(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise StoreError("Redis is away")

    of_store = caller.store.counters
    of_store.add("steps", by=5)
    with monkeypatch.context() as away:
        away.setattr(caller.store.redis, "pipeline", lost)
        if not of_store._shared:
            of_store.write_at_times(real_now() + PAUSE)  # nothing is written where nobody else reads it
        else:
            with pytest.raises(StoreError):
                of_store.write_at_times(real_now() + PAUSE)
    assert read(caller)["beanpole_steps_total"] == 5


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    board = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    names = {name for text in expressions for name in re.findall(r"\b(?:beanpole|process)_[a-z_]+", text)}
    assert names == set(METRICS)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
