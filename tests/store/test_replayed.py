"""The commands of a world are answered by a server as by the embedded store, and an answer that differs is noticed."""

from collections.abc import Iterator

import pytest

from beanpole.store import snapshot
from beanpole.store.connection import Connection, connect
from beanpole.store.restoration import restore
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK, describe
from options import SINGLE
from replayed import Command, differences, load_scripts, recorded


@pytest.fixture
def server(redis_url: str) -> Iterator[Connection]:
    """A client of a server with our scripts."""
    client = connect(redis_url)
    load_scripts(client)
    yield client
    client.flushall()
    client.close()


@pytest.fixture
def life() -> list[Command]:
    """The commands of a launch, of what is described of it, and of the restoration of its world."""
    world = Beanstalk()
    with recorded(world) as commands:
        world.client.create_application(ApplicationName="shop")
        world.client.create_environment(
            ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=[SINGLE]
        )
        world.until_ready("web1")
        assert describe(world)["Status"] == "Ready"
        assert world.events("web1")
        restore(world.store, snapshot.take(world.store, ACCOUNT))
        world.store.reset()
    return commands


def test_a_server_answers_every_command_of_a_life_as_the_embedded_store_does(
    server: Connection, life: list[Command]
) -> None:
    names = {command.words[0] for command in life}
    assert {b"EVALSHA", b"MULTI", b"EXEC", b"HGET", b"HMGET", b"HGETALL", b"XRANGE", b"SCAN", b"HKEYS"} <= names
    assert differences(life, server) == []


def test_every_answer_that_differs_is_noticed(server: Connection, life: list[Command]) -> None:
    for index, command in enumerate(life):
        other = [*life[:index], command._replace(answer=b"another"), *life[index + 1 :]]
        if index % 5 == 0 and command.words[0] not in (b"HELLO", b"CLIENT"):
            assert len(differences(other, server)) >= 1, command.words


def test_an_order_that_no_back_end_promises_is_no_difference(server: Connection) -> None:
    world = Beanstalk()
    with recorded(world) as commands:
        for number in range(300):  # more than Redis keeps in order
            world.store.redis.hset("hash", f"field-{number}", number)
        assert len(world.store.redis.hgetall("hash")) == len(world.store.redis.hkeys("hash")) == 300
    assert differences(commands, server) == []
    late = [*commands[:-3], commands[-1]]
    assert len(differences(late, server)) == 1
