"""A call reads the clock and the versions of all listings at once, and what it reads is not older than the call."""

from threading import get_ident

import pytest
from redis.connection import AbstractConnection

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.faults.fault import Fault
from beanpole.store.connection import Connection, connect
from beanpole.store.counters import Counters
from beanpole.store.present import look
from beanpole.testing import ACCOUNT, Beanstalk
from engine.stories import environment
from environments import STACK
from servers import end_timers

REGION = "us-east-1"


def test_a_world_stands_as_the_world_itself(connection: Connection) -> None:
    account = Beanstalk(connection)
    client, world = account.client, account.store.world(ACCOUNT, REGION)
    client.create_application(ApplicationName="shop")
    for name in ("web1", "web2"):
        client.create_environment(ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK)
    clock, present = look(world)
    ids = [environment.id for environment in world.environments()]
    assert clock == world.clock()
    assert present.environments() == world.environments()
    assert present.environments_called(["web2", "none"]) == world.environments_called(["web2", "none"])
    assert [present.environment(id_) for id_ in (*ids, "e-none")] == [*world.environments(), None]
    assert present.environments_of([*ids, "e-none"]) == [*(world.environment(id_) for id_ in ids), None]
    assert present.environment_named("web1") == world.environment_named("web1")
    assert present.application("shop") == world.application("shop")
    assert present.application("none") is None
    assert present.version("environment") == world.version("environment") != ""
    assert present.version("fault") == world.version("fault") == ""
    assert present.all(Fault) == ()


def test_a_world_that_stands_still_gives_nothing_older_than_it_stands(connection: Connection) -> None:
    world = Beanstalk(connection).store.world(ACCOUNT, REGION)
    world.commit(Change(puts=(environment("single", "web1", "e-web1"),)))
    _, present = look(world)
    assert world.environment("e-web1") is not None
    world.commit(Change(puts=(environment("single", "web2", "e-web2"),)))
    assert {stored.id for stored in present.all(Environment)} >= {"e-web1"}
    assert {stored.id for stored in world.environments()} == {"e-web1", "e-web2"}
    assert {stored.id for stored in present.all(Environment)} >= {"e-web1"}
    assert {stored.id for stored in look(world)[1].all(Environment)} == {"e-web1", "e-web2"}


def test_a_call_makes_few_round_trips(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = connect(redis_url)
    redis.flushall()
    client = Beanstalk(redis).client
    client.create_application(ApplicationName="shop")

    def create(name: str) -> None:
        client.create_environment(ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK)

    create("first")
    client.describe_environments()
    sent: list[int] = []  # threads
    send = AbstractConnection.send_packed_command

    def noted(connection: AbstractConnection, words: bytes, **more: bool) -> None:
        sent.append(get_ident())
        send(connection, words, **more)

    monkeypatch.setattr(Counters, "write_at_times", lambda *_: None)  # it writes once a second
    monkeypatch.setattr(AbstractConnection, "send_packed_command", noted)
    client.describe_environments()
    assert sent.count(get_ident()) == 1
    sent.clear()
    create("second")
    assert sent.count(get_ident()) == 4  # with the ids, the number of environments, and the commit
    end_timers()
    redis.close()
