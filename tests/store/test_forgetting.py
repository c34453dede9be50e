"""Events older than their retention are removed, from every stream that holds them."""

import pytest

from beanpole.model.changes.change import Change
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock
from beanpole.store import event_log
from beanpole.store.connection import Connection
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole.store.world import World

DAY = 86_400_000
WEEKS = 42 * DAY
START = 20_000 * DAY


@pytest.fixture
def world(connection: Connection) -> World:
    return Store(connection, Clock(mode="manual")).world("111111111111", "us-east-1")


def line(at: int, number: int = 0, **more: object) -> Event:
    named = {"application_name": "shop", "environment_name": "web", "request_id": f"request-{number}"}
    return Event(at, f"said {number}", **(named | more))


def requests(redis: Connection, world: World) -> list[str]:
    """The requests whose events can be found."""
    return sorted(request_id.decode() for request_id in redis.hkeys(world.keys.requests))


def entries(redis: Connection, world: World) -> int:
    """The number of entries in all streams of the log, none of which may be empty."""
    lengths = [redis.xlen(stream) for stream in redis.scan_iter(match=f"{world.keys.events}*")]
    assert all(lengths)
    return sum(lengths)


def messages_by(world: World, **members: object) -> list[str]:
    events, _ = world.events(EventFilter(**members))
    return [event.message for event in events]


def test_old_events_go_from_every_stream_when_a_new_day_is_told_of(connection, world):
    template, platform = {"template_name": "saved"}, {"platform_arn": "arn"}
    world.commit(
        Change(events=(line(START, 1, severity="WARN"), line(START + 1, 2, **template), line(START + 2, 3, **platform)))
    )
    assert entries(connection, world) == 3 + 1 + 3 + 1 + 3 + 1
    assert requests(connection, world) == ["request-1", "request-2", "request-3"]
    world.commit(Change(events=(line(START + WEEKS, 4),)))
    assert messages_by(world) == ["said 4", "said 3", "said 2", "said 1"]
    world.commit(Change(events=(line(START + WEEKS + DAY, 5),)))
    assert messages_by(world) == ["said 5", "said 4"]
    assert entries(connection, world) == 3 + 3
    assert requests(connection, world) == ["request-4", "request-5"]
    for members in ({"environment_name": "web"}, {"application_name": "shop"}, {"request_id": "request-5"}):
        assert "said 5" in messages_by(world, **members)
    for members in ({"request_id": "request-1"}, {"severity": "WARN"}, template, platform):
        assert messages_by(world, **members) == []


def test_old_events_are_looked_for_once_a_day(world, monkeypatch):
    befores: list[int] = []
    monkeypatch.setattr(event_log, "forget", lambda backend, keys, before: befores.append(before))
    for hours in (0, 1, 23, 24, 25):
        world.commit(Change(events=(line(START + hours * 3_600_000),)))
    assert befores == [START - WEEKS, START + DAY - WEEKS]


def test_more_than_a_handful_goes_in_one_go_and_only_what_is_old(connection, world):
    for start in range(0, 2500, 500):
        lines = (line(START, start + index, environment_name=f"web-{index}") for index in range(500))
        world.commit(Change(events=tuple(lines)))
    world.commit(Change(events=(line(START + DAY, 1),)))
    world.commit(Change(events=(line(START + WEEKS + DAY, 2),)))
    assert messages_by(world) == ["said 2", "said 1"]
    assert entries(connection, world) == 3 + 3
    assert requests(connection, world) == ["request-1", "request-2"]


def test_what_comes_late_in_an_old_stream_still_comes_last(world):
    world.commit(Change(events=(line(START, 1),)))
    world.commit(Change(events=(line(START + 2 * WEEKS, 2),)))
    world.commit(Change(events=(line(START, 3),)))
    events, _ = world.events(EventFilter(environment_name="web"))
    assert [event.message for event in events] == ["said 3", "said 2"]
    assert events[0].at == events[1].at + 1


def test_the_chain_of_old_events_goes_with_them(connection, world):
    """Else each name that an environment ever had would stay for good."""
    world.commit(Change(events=(line(START, 1), line(START, 2, environment_name="other"))))
    world.commit(Change(events=(line(START + WEEKS, 3, environment_name="other"),)))
    world.commit(Change(events=(line(START + WEEKS + DAY, 4, environment_name="third"),)))
    chains = {chain.decode() for chain in connection.hkeys(world.keys.chains)}
    assert chains == {"", "environment/other", "environment/third"}


def record(number: int, finished_at: int) -> ManagedActionRecord:
    ended = {"executed_at": finished_at - 1000, "finished_at": finished_at}
    return ManagedActionRecord("e-1", f"action-{number}", "InstanceRefresh", "Instance refresh", **ended)


def test_managed_actions_of_more_than_six_weeks_ago_are_removed(world):
    world.commit(Change(puts=tuple(record(number, START + number * DAY) for number in range(4))))
    world.commit(Change(events=(line(START + WEEKS, 1),)))
    assert len(world.managed_action_records("e-1")) == 4
    world.commit(Change(events=(line(START + WEEKS + 2 * DAY, 2),)))
    assert [record.action_id for record in world.managed_action_records("e-1")] == ["action-3", "action-2"]


def test_two_processes_may_remove_the_same_managed_actions(connection, world):
    world.commit(Change(puts=(record(1, START),)))
    other = Store(connection).world("111111111111", "us-east-1")
    assert other.managed_action_records("e-1") == world.managed_action_records("e-1")
    for side in (world, other):
        side.commit(Change(events=(line(START + WEEKS + DAY, 1),)))
        assert side.managed_action_records("e-1") == ()
